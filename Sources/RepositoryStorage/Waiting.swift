// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// Short pauses of tasks, during which no thread of the pool waits: one thread of its own sleeps
/// for all of them, and is there only as long as somebody waits.
///
/// It sleeps by `nanosleep`. `Task.sleep` never ends where the clock is a faked one that stands.
enum Waiting {
    private struct Waiter: Sendable {
        var left: UInt64
        let task: CheckedContinuation<Void, Never>
    }

    private struct State: Sendable {
        var waiters: [Waiter] = []
        var isRunning = false
    }

    private static let state = Mutex(State())

    /// Comes back after about this many nanoseconds, less than a second.
    static func pause(nanoseconds: UInt64) async {
        await withCheckedContinuation { task in
            let mustStart = state.withLock { state in
                state.waiters.append(Waiter(left: nanoseconds, task: task))
                defer { state.isRunning = true }
                return !state.isRunning
            }
            guard mustStart, !start() else { return }
            // No thread can be had: this one sleeps for those who came so far.
            run()
        }
    }

    private static func start() -> Bool {
        var thread = pthread_t()
        guard pthread_create(&thread, nil, runWaiting, nil) == 0 else { return false }
        pthread_detach(thread)
        return true
    }

    /// Sleeps until nobody waits any more.
    fileprivate static func run() {
        while let nanoseconds = next() {
            sleep(nanoseconds)
            let over = state.withLock { state in
                // Who came while this thread slept waits a little less than it wanted to.
                for place in state.waiters.indices {
                    state.waiters[place].left -= min(nanoseconds, state.waiters[place].left)
                }
                let over = state.waiters.filter { $0.left == 0 }
                state.waiters.removeAll { $0.left == 0 }
                return over
            }
            for waiter in over { waiter.task.resume() }
        }
    }

    /// The shortest pause; `nil` if nobody waits, and then the next one who does starts a thread.
    private static func next() -> UInt64? {
        state.withLock { state in
            let shortest = state.waiters.map(\.left).min()
            if shortest == nil { state.isRunning = false }
            return shortest
        }
    }

    private static func sleep(_ nanoseconds: UInt64) {
        var pause = timespec(tv_sec: 0, tv_nsec: Int(min(nanoseconds, 999_999_999)))
        nanosleep(&pause, nil)
    }
}

private func runWaiting(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Waiting.run()
    return nil
}
