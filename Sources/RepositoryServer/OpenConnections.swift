// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization

/// The connections that are open, and how they come to their end.
final class OpenConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
        var isClosing = false
        /// Succeeds with the last connection.
        var emptied: EventLoopPromise<Void>?
    }

    private let state = Mutex(State())

    /// Takes a connection in until it closes; one that comes after the end is closed.
    ///
    /// - Parameter closed: called on the connection's event loop.
    func add(_ channel: any Channel, closed: @escaping @Sendable () -> Void) {
        let id = ObjectIdentifier(channel)
        let isLate = state.withLock {
            $0.channels[id] = channel
            return $0.isClosing
        }
        if isLate { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock {
                $0.channels[id] = nil
                return $0.channels.isEmpty ? $0.emptied.take() : nil
            }?.succeed()
            closed()
        }
    }

    var count: Int { state.withLock { $0.channels.count } }

    /// Whether each connection ends with the answer in progress.
    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Lets each connection end after the requests that it has read.
    func stop() {
        let open = state.withLock {
            $0.isStopping = true
            return Array($0.channels.values)
        }
        // Those that are still to be set up ask for `isStopping` then.
        for channel in open {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    /// Closes all of them at once.
    func close() {
        let open = state.withLock {
            $0.isStopping = true
            $0.isClosing = true
            return Array($0.channels.values)
        }
        for channel in open { channel.close(promise: nil) }
    }

    /// Succeeds when none is open; asked once.
    func emptied(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        let isEmpty = state.withLock {
            if !$0.channels.isEmpty { $0.emptied = promise }
            return $0.channels.isEmpty
        }
        if isEmpty { promise.succeed() }
        return promise.futureResult
    }
}
