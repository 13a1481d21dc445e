// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// While one lives, SIGINT and SIGQUIT do nothing to this process, and it can wait for its
/// commands even if it was started with SIGCHLD ignored.
///
/// What a signal does is a property of the whole process, so several at a time share one state:
/// the first sets it, the last puts back what was there.
struct QuietInterrupts {
    private struct Shared {
        var users = 0
        /// What the signals did before.
        var saved: [(signal: Int32, action: sigaction)] = []
    }

    private static let shared = Mutex(Shared())

    /// Those of the signals that were not ignored before: a command gets them back as they are
    /// by default.
    let interrupts: [Int32]

    init() {
        interrupts = QuietInterrupts.shared.withLock { shared in
            if shared.users == 0 {
                shared.saved = [SIGINT, SIGQUIT].map { ($0, QuietInterrupts.set($0, SIG_IGN)) }
                let child = QuietInterrupts.current(SIGCHLD)
                if QuietInterrupts.isIgnoring(child) {
                    _ = QuietInterrupts.set(SIGCHLD, SIG_DFL)
                    shared.saved.append((SIGCHLD, child))
                }
            }
            shared.users += 1
            return shared.saved.filter {
                $0.signal != SIGCHLD && !QuietInterrupts.isIgnoring($0.action)
            }.map(\.signal)
        }
    }

    /// To be called once.
    func end() {
        QuietInterrupts.shared.withLock { shared in
            shared.users -= 1
            guard shared.users == 0 else { return }
            for (signal, action) in shared.saved {
                var action = action
                sigaction(signal, &action, nil)
            }
            shared.saved = []
        }
    }

    /// Sets what a signal does, and gives what it did before.
    private static func set(_ signal: Int32, _ handler: __sighandler_t?) -> sigaction {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        var before = sigaction()
        sigaction(signal, &action, &before)
        return before
    }

    private static func current(_ signal: Int32) -> sigaction {
        var action = sigaction()
        sigaction(signal, nil, &action)
        return action
    }

    private static func isIgnoring(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
