// SPDX-License-Identifier: Apache-2.0

/// How long, how slow and by which ways a download may go.
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
    /// Seconds for one ``HTTPTransport/fetch(_:maximumBytes:)`` in all, redirects included, from
    /// its start and not from its place in the queue; `nil` for no such limit.
    public var fetchSeconds: Int? = 120
    /// The same for ``HTTPTransport/stream(_:maximumBytes:into:)``.
    public var streamSeconds: Int?
    /// Redirects followed for one URL.
    public var maximumRedirects = 5
    /// Transfers at the same time, which bounds the connections; others wait their turn.
    public var parallelTransfers = 16
    /// Whether `http:` may go anywhere, not only to 127.0.0.0/8, ::1 and localhost.
    public var allowsPlainHTTPBeyondLoopback = false

    public init() {}

    /// At least one transfer goes on, whatever is set.
    var connectionLimit: Int { max(1, parallelTransfers) }
}
