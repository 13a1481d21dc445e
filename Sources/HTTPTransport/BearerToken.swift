// SPDX-License-Identifier: Apache-2.0
import Glibc
import TUFClient

/// A token (RFC 6750) for one origin: scheme, host and port.
///
/// It goes nowhere else, not even after a redirect, nor over plain HTTP to another machine; no
/// message shows it.
public struct BearerToken: Sendable {
    /// Longer files are refused.
    public static let maximumBytes = 16_384

    let text: String
    private let origin: RequestURL

    /// Reads the token from a file: one line, of the characters of RFC 6750 §2.1.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - origin: any URL of the server that may see the token, `https:` or on this machine.
    /// - Throws: ``CredentialError``.
    public init(file path: String, origin: String) throws(CredentialError) {
        do throws(FetchError) {
            self.origin = try RequestURL(origin)
        } catch {
            throw .originRefused("\(error)")
        }
        guard self.origin.isPrivate else {
            throw .originRefused("\(self.origin.authority): expected https or this machine")
        }
        var token = try Self.read(path)
        if token.last == 0x0a { token.removeLast() }
        if token.last == 0x0d { token.removeLast() }
        guard !token.isEmpty else { throw .empty(path: path) }
        let body = token[..<(token.lastIndex { $0 != UInt8(ascii: "=") } ?? -1).advanced(by: 1)]
        guard !body.isEmpty, body.allSatisfy(Self.isTokenByte) else {
            throw .malformed(path: path)
        }
        text = String(decoding: token, as: UTF8.self)
    }

    /// Whether a request for this URL may carry the token.
    package func isFor(_ url: RequestURL) -> Bool { url.isPrivate && url.hasOrigin(of: origin) }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: "-._~+/".utf8.contains(byte)
        }
    }

    private static func read(_ path: String) throws(CredentialError) -> [UInt8] {
        // A FIFO without a writer must not hold us.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .unreadable(path: path, code: errno) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count)
            }
            if more < 0 && errno == EINTR { continue }
            guard more >= 0 else { throw .unreadable(path: path, code: errno) }
            guard more > 0 else { break }
            count += more
        }
        guard count <= maximumBytes else { throw .tooLong(path: path) }
        return Array(bytes.prefix(count))
    }
}

extension BearerToken: CustomStringConvertible {
    public var description: String { "bearer token for \(origin.authority)" }
}
