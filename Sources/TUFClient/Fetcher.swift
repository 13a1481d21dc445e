// SPDX-License-Identifier: Apache-2.0

/// Gets files by URL: the client's only way to the outside.
///
/// An implementation follows no redirect to another host or to a weaker scheme, decodes no
/// content encoding, retries no 404, and stops at the byte that passes the limit.
public protocol Fetcher: Sendable {
    /// The whole file, in memory.
    ///
    /// - Parameters:
    ///   - url: absolute URL, already percent-encoded; sent as it is.
    ///   - maximumBytes: the file may be this long and no longer.
    /// - Throws: ``FetchError``.
    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8]

    /// Streams the file's bytes from `offset` to its end into `sink`, in order and each of them
    /// once, whatever is repeated on the way.
    ///
    /// A range is not proven: whoever asks for one has to check the digest of the whole file.
    ///
    /// - Parameters:
    ///   - offset: 0 or more; the sink gets nothing that comes before.
    ///   - maximumBytes: bounds the whole file, what comes before `offset` included.
    /// - Throws: ``FetchError``; `.sinkRefused` if the sink returned `false`, `.rangeRefused` if
    ///   only the whole file is to be had, from 0.
    func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError)
}

extension Fetcher {
    /// Streams the whole file into `sink`, in order.
    ///
    /// - Throws: ``FetchError``; `.sinkRefused` if the sink returned `false`.
    public func stream(
        _ url: String, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        try await stream(url, from: 0, maximumBytes: maximumBytes, into: sink)
    }

    /// By way of memory, for a fetcher that has its files there: others write their own.
    public func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        let bytes = try await fetch(url, maximumBytes: maximumBytes)
        guard offset == 0 || (0..<bytes.count).contains(offset) else {
            throw FetchError(
                url: url, reason: .rangeRefused("\(bytes.count) bytes, asked from \(offset)"))
        }
        let isTaken = bytes.withUnsafeBytes {
            $0.isEmpty || sink.receive(UnsafeRawBufferPointer(rebasing: $0[offset...]))
        }
        guard isTaken else { throw FetchError(url: url, reason: .sinkRefused) }
    }
}

/// Takes the bytes of one download, chunk by chunk, from one thread at a time.
public protocol FetchSink: AnyObject, Sendable {
    /// Takes the next bytes; they are not valid after the call.
    ///
    /// - Returns: `false` to end the transfer; the sink keeps the reason.
    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool
}

/// Why a URL gave no file.
public struct FetchError: Error, Equatable, Sendable {
    /// What went wrong.
    public enum Reason: Equatable, Sendable {
        /// The server answered 404.
        case notFound
        /// The server answered with this other status.
        case status(Int)
        /// The file is longer than allowed.
        case tooLarge(maximumBytes: Int)
        /// Fewer bytes a second than allowed, for this many seconds.
        case tooSlow(minimumBytesPerSecond: Int, seconds: Int)
        /// The transfer took longer than allowed in all.
        case timedOut(seconds: Int)
        /// The answer ended before the announced length.
        case truncated
        /// A redirect to another host, to a weaker scheme, or one too many.
        case redirectRefused(to: String)
        /// The scheme is not allowed for this address.
        case schemeRefused(String)
        /// No connection: name resolution, refused, TLS; the transport's own words.
        case unreachable(String)
        /// The sink ended the transfer.
        case sinkRefused
        /// The task that asked was cancelled.
        case cancelled
        /// The server gives no such part of the file, or another one than was asked for: begin
        /// again at 0.
        case rangeRefused(String)
    }

    /// The URL asked for, without a user's name and password.
    public let url: String
    /// What went wrong.
    public let reason: Reason

    public init(url: String, reason: Reason) {
        self.url = FetchError.withoutCredentials(url)
        self.reason = reason
    }

    /// A URL, or what somebody took for one, without what stands before the `@` of its host.
    ///
    /// Where host and port cannot be told, nothing before the last `@` stays: a password may have
    /// a slash in it.
    package static func withoutCredentials(_ url: String) -> String {
        let bytes = Array(url.utf8)
        let at = UInt8(ascii: "@")
        guard var last = bytes.lastIndex(of: at) else { return url }
        var start = 0
        if let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            bytes[colon...].starts(with: "://".utf8)
        {
            start = colon + 3
            let authority = bytes[start...].prefix { !"/?#".utf8.contains($0) }
            if let end = authority.lastIndex(of: at) {
                last = end
            } else if isHostAndPort(authority) {
                return url
            }
        }
        return String(decoding: bytes[..<start] + bytes[(last + 1)...], as: UTF8.self)
    }
}

private func isHostAndPort(_ authority: ArraySlice<UInt8>) -> Bool {
    guard let colon = authority.lastIndex(of: UInt8(ascii: ":")) else { return true }
    return authority.last == UInt8(ascii: "]")
        || authority[(colon + 1)...].allSatisfy { (0x30...0x39).contains($0) }
}

extension FetchError: CustomStringConvertible {
    public var description: String { "\(url): \(reason)" }
}

extension FetchError.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFound: "not found (404)"
        case .status(let code): "status \(code), expected 200"
        case .tooLarge(let maximum): "longer than the \(maximum) bytes allowed"
        case .tooSlow(let rate, let seconds):
            "slower than \(rate) bytes a second for \(seconds) s"
        case .timedOut(let seconds): "not finished after \(seconds) s"
        case .truncated: "ended before its announced length"
        case .redirectRefused(let to): "redirect refused, to \(to)"
        case .schemeRefused(let scheme): "scheme \(scheme) refused, expected https"
        case .unreachable(let words): "not reachable, \(words)"
        case .sinkRefused: "download stopped by the receiver"
        case .cancelled: "cancelled"
        case .rangeRefused(let words): "range refused, \(words)"
        }
    }
}
