// SPDX-License-Identifier: Apache-2.0

/// How long, how slow, how often and by which ways a download may go.
///
/// Times are measured with the system's monotonic clock and do not depend on the time of day.
public struct TransportLimits: Equatable, Sendable {
    /// Seconds until a connection stands, name resolution and TLS included.
    public var connectSeconds = 15
    /// Body bytes a second below which a transfer is slow; 0 allows any pace.
    ///
    /// Headers do not count: a server that has sent no body yet is slow, too.
    public var minimumBytesPerSecond = 1024
    /// Seconds without a break that a transfer may be slow before it ends.
    public var slowSeconds = 20
    /// Seconds for one ``HTTPTransport/fetch(_:maximumBytes:)`` in all, redirects, repetitions and
    /// the pauses between included, from its start and not from its place in the queue; `nil` for
    /// no such limit.
    public var fetchSeconds: Int? = 120
    /// The same for ``HTTPTransport/stream(_:from:maximumBytes:into:)``.
    public var streamSeconds: Int?
    /// Redirects followed for one URL, in each try.
    public var maximumRedirects = 5
    /// Header bytes of one answer, interim answers and trailers included.
    public var maximumHeaderBytes = 65_536
    /// Body bytes of an error answer that are read, so that its connection can be used again.
    public var maximumErrorBodyBytes = 65_536
    /// Transfers at the same time, which bounds the connections; others wait their turn.
    public var parallelTransfers = 16
    /// How often a URL is asked for once more after a broken connection or a server's own fault
    /// (5xx, 429). No other answer and nothing that is refused here is ever repeated.
    public var retries = 2
    /// Milliseconds of the first pause before a repetition, at most; each further one is twice as
    /// long. Chance takes off up to a half, lest many clients come back at the same moment.
    public var retryMilliseconds = 500
    /// Seconds of the longest pause. A server that asks for a longer one (`Retry-After`) is not
    /// asked again.
    public var maximumPauseSeconds = 30
    /// Whether `http:` may go anywhere, not only to 127.0.0.0/8, ::1 and localhost.
    public var allowsPlainHTTPBeyondLoopback = false
    /// Whether a redirect may lead to another host, over `https:` or within this machine: only for
    /// what is trusted for nothing. Release pages keep their files elsewhere.
    public var followsToOtherHosts = false

    public init() {}

    /// At least one transfer goes on, whatever is set.
    var connectionLimit: Int { max(1, parallelTransfers) }
    var headerLimit: Int { max(0, maximumHeaderBytes) }
    var errorBodyLimit: Int { max(0, maximumErrorBodyBytes) }

    /// How long to wait before another try; `nil` if the server asks for more than is allowed.
    ///
    /// - Parameters:
    ///   - repetition: 1 for the first.
    ///   - askedSeconds: what the server asks for; 0 if it does not.
    ///   - chance: from 0 to 1; takes off up to a half.
    package func pauseMilliseconds(
        beforeRepetition repetition: Int, askedSeconds: Int, chance: Double
    ) -> Int? {
        let longest = max(0, maximumPauseSeconds)
        guard askedSeconds <= longest else { return nil }
        let doubled = max(0, retryMilliseconds) << min(max(0, repetition - 1), 16)
        let bounded = min(doubled, longest * 1000)
        return max(askedSeconds * 1000, bounded - Int(Double(bounded) * chance / 2))
    }
}
