// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Closes a connection on which nothing has gone forward for too long.
///
/// One scheduled task a connection, moved only when it fires: progress costs a clock reading.
struct Deadline {
    private var since = NIODeadline.now()
    private var allowed: TimeAmount
    private var task: Scheduled<Void>?

    init(_ allowed: TimeAmount) {
        self.allowed = allowed
    }

    /// Begins a wait of this length now.
    mutating func restart(_ allowed: TimeAmount) {
        since = .now()
        self.allowed = allowed
    }

    /// How long the wait still lasts; not positive when it is over.
    var remaining: TimeAmount { since + allowed - .now() }

    /// Calls `body` when the wait could be over.
    mutating func schedule(on eventLoop: any EventLoop, _ body: @escaping () -> Void) {
        task?.cancel()
        task = eventLoop.assumeIsolated().scheduleTask(in: remaining, body)
    }

    mutating func cancel() {
        task?.cancel()
        task = nil
    }
}
