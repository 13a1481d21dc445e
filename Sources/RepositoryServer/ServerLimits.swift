// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// What one client, and all clients together, may take.
package struct ServerLimits: Sendable {
    /// Connections served at a time, as far as there are file descriptors; further ones wait in
    /// the listening queue.
    package var connections = 16 * 1024
    /// Connections that wait; the system may have a lower bound of its own.
    package var waitingConnections = 4096
    /// Seconds from one answer to the last byte of the next request's head.
    package var requestSeconds = 30.0
    /// Seconds in which a client takes the next `chunkBytes` of a body.
    package var stallSeconds = 60.0
    /// Seconds a refused request body is read and dropped, so that the answer is not lost.
    package var lingerSeconds = 2.0
    /// Bytes of one request's head, all header lines together.
    package var headBytes = 16 * 1024
    /// Files up to this many bytes are kept in memory: the snapshot of 65,536 roles is one.
    package var cachedFileBytes = 4 * 1024 * 1024
    /// Bytes of memory for all kept files.
    package var cacheBytes = 64 * 1024 * 1024
    /// Seconds a file must have been left alone before it is kept: file times tick too slowly to
    /// tell two changes apart that follow one another at once.
    package var settleSeconds = 0.1
    /// Bytes of a file read at a time while it is streamed.
    package var chunkBytes = 128 * 1024
    /// Seconds for requests in progress after a signal to stop.
    package var shutdownSeconds = 10.0

    package init() {}
}

extension ServerLimits {
    var requestTime: TimeAmount { Self.amount(requestSeconds) }
    var stallTime: TimeAmount { Self.amount(stallSeconds) }
    var lingerTime: TimeAmount { Self.amount(lingerSeconds) }
    var shutdownTime: TimeAmount { Self.amount(shutdownSeconds) }

    private static func amount(_ seconds: Double) -> TimeAmount {
        .nanoseconds(Int64(seconds * 1e9))
    }
}
