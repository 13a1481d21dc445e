// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import HTTPTransport
import MetadataSigning
import RepositoryStorage

/// What goes into one key, and how it is recognised there.
struct StoredContent: Sendable {
    let length: Int
    let sha256: String
    /// Asked before a write is completed.
    let mayEnd: (@Sendable () -> Bool)?
    /// A name for this very write. Whoever finds it at the key has written it, even if the answer
    /// that said so was lost; equal bytes alone might be another writer's.
    let mark: String
    private let source: Source

    private enum Source {
        case bytes([UInt8])
        case file(path: String)
    }

    static let markField = "x-amz-meta-carnet-write"
    private static let digestField = "x-amz-meta-sha256"

    init(_ content: StoreContent) {
        mark = withUnsafeBytes(of: UInt128.random(in: 0...UInt128.max)) { hex(Array($0)) }
        switch content {
        case .bytes(let bytes):
            (length, sha256) = (bytes.count, DigestAlgorithm.sha256.hexDigest(of: bytes))
            source = .bytes(bytes)
            mayEnd = nil
        case .file(let file):
            (length, sha256) = (file.length, file.sha256)
            source = .file(path: file.path)
            mayEnd = { file.isUnchanged }
        case .received(let path, let length, let sha256):
            (self.length, self.sha256) = (length, sha256)
            source = .file(path: path)
            mayEnd = nil
        }
    }

    /// What a request is to have that makes the file.
    func headers(for name: UTF8Text) -> [(String, String)] {
        let isJSON = name.utf8.suffix(5).elementsEqual(".json".utf8)
        return [
            ("content-type", isJSON ? "application/json" : "application/octet-stream"),
            (Self.digestField, sha256), (Self.markField, mark),
        ]
    }

    var body: HTTPRequest.Body {
        switch source {
        case .bytes(let bytes): .bytes(bytes)
        case .file(let path): .file(path: path, offset: 0, length: length)
        }
    }

    /// A part and its SHA-256, for which a file is read once more.
    func part(
        from offset: Int, _ count: Int
    ) throws(BodyFault) -> (body: HTTPRequest.Body, sha256: String) {
        switch source {
        case .bytes(let bytes):
            let part = Array(bytes[offset..<(offset + count)])
            return (.bytes(part), DigestAlgorithm.sha256.hexDigest(of: part))
        case .file(let path):
            let sha256 = try digest(ofFile: path, from: offset, count)
            return (.file(path: path, offset: offset, length: count), sha256)
        }
    }
}

private func digest(
    ofFile path: String, from offset: Int, _ count: Int
) throws(BodyFault) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var digest = RunningDigest(.sha256)
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { chunk.deallocate() }
    var done = 0
    while done < count {
        let wanted = min(chunk.count, count - done)
        let got = pread(descriptor, chunk.baseAddress, wanted, offset + done)
        if got < 0 && errno == EINTR { continue }
        guard got >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
        guard got > 0 else { throw .changed }
        digest.update(UnsafeRawBufferPointer(rebasing: chunk[..<got]))
        done += got
    }
    return digest.finishHex()
}
