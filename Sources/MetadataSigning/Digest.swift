// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// The hash functions that TUF and in-toto name.
public enum DigestAlgorithm: String, Sendable, CaseIterable {
    case sha256, sha384, sha512

    /// Length of a digest in bytes.
    public var byteCount: Int {
        switch self {
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    fileprivate var implementation: FetchedDigest {
        switch self {
        case .sha256: FetchedDigest.sha256
        case .sha384: FetchedDigest.sha384
        case .sha512: FetchedDigest.sha512
        }
    }

    /// What the `EVP_DigestSign` calls take.
    var evp: OpaquePointer { implementation.pointer }

    /// The digest of `bytes`.
    public func digest(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var running = RunningDigest(self)
        running.update(bytes)
        return running.finish()
    }

    /// The digest of `bytes`.
    public func digest(of bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { digest(of: $0) }
    }

    /// The digest of `bytes` in lower-case hexadecimal digits.
    public func hexDigest(of bytes: [UInt8]) -> String {
        var running = RunningDigest(self)
        bytes.withUnsafeBytes { running.update($0) }
        return running.finishHex()
    }
}

/// An algorithm looked up once: fetching costs more than hashing a short message.
///
/// `EVP_MD` is immutable and counted by OpenSSL, so sharing it between threads is safe.
private final class FetchedDigest: @unchecked Sendable {
    static let sha256 = FetchedDigest("SHA2-256")
    static let sha384 = FetchedDigest("SHA2-384")
    static let sha512 = FetchedDigest("SHA2-512")

    let pointer: OpaquePointer

    private init(_ name: String) {
        guard let pointer = EVP_MD_fetch(nil, name, nil) else {
            preconditionFailure("OpenSSL has no \(name)")
        }
        self.pointer = pointer
    }
}

/// A digest being computed.
///
/// The context has one owner, the value, which cannot be copied; so it may move between threads.
public struct RunningDigest: ~Copyable, @unchecked Sendable {
    public let algorithm: DigestAlgorithm
    private let context: OpaquePointer
    /// Whether the digest was given out, and the next update begins a new one.
    private var isFinished = false

    public init(_ algorithm: DigestAlgorithm) {
        self.algorithm = algorithm
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
        self.context = context
        restart()
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Takes the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        if isFinished { restart() }
        let status = EVP_DigestUpdate(context, base, bytes.count)
        precondition(status == 1, "OpenSSL refused to hash")
    }

    /// The digest of all bytes so far; the next update begins a new one.
    public mutating func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { digest, count in
            finish(into: digest)
            count = algorithm.byteCount
        }
    }

    /// The same in lower-case hexadecimal digits.
    public mutating func finishHex() -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: algorithm.byteCount) { digest in
            finish(into: digest)
            return hex(UnsafeBufferPointer(digest))
        }
    }

    /// The same of a SHA-256, without a piece of memory for it.
    public mutating func finishSHA256() -> SHA256Digest {
        precondition(algorithm == .sha256, "not a SHA-256")
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digest in
            finish(into: digest)
            return SHA256Digest(UnsafeRawBufferPointer(digest))
        }
    }

    private mutating func finish(into digest: UnsafeMutableBufferPointer<UInt8>) {
        if isFinished { restart() }
        let status = EVP_DigestFinal_ex(context, digest.baseAddress, nil)
        precondition(status == 1, "OpenSSL refused to hash")
        isFinished = true
    }

    private mutating func restart() {
        isFinished = false
        let status = EVP_DigestInit_ex2(context, algorithm.evp, nil)
        precondition(status == 1, "OpenSSL refused to hash")
    }
}
