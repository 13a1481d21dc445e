// SPDX-License-Identifier: Apache-2.0
import Glibc
import Mirroring
import Synchronization

/// One line on a terminal that says how far a synchronization is; nothing in a pipe.
final class MirrorProgressLine: Sendable {
    private struct State {
        var shownAt = 0.0
        var isShown = false
    }

    private let state = Mutex(State())
    private let begun = MirrorProgressLine.clock()

    /// `nil` unless standard error is a terminal.
    static func onTerminal() -> MirrorProgressLine? {
        let isDumb = Home.variable("TERM") == "dumb"
        return isatty(2) == 1 && !isDumb ? MirrorProgressLine() : nil
    }

    /// Shows at most ten lines a second, none for what is done in less than half of one.
    func take(_ progress: MirrorProgress) {
        state.withLock { state in
            let now = MirrorProgressLine.clock()
            guard now - begun > 0.5, now - state.shownAt > 0.1 else { return }
            state.shownAt = now
            state.isShown = true
            let rate = Double(progress.bytes) / (now - begun) / 1e6
            Output.progress(
                "\(progress.roles) roles, \(progress.files) files looked at, "
                    + "\(progress.received) received, \(progress.bytes / 1_000_000) MB, "
                    + "\(Int(rate * 10) / 10).\(Int(rate * 10) % 10) MB/s")
        }
    }

    /// Takes the line away, so that what follows begins at its start.
    func end() {
        state.withLock { state in
            if state.isShown { Output.progress("") }
            state.isShown = false
        }
    }

    private static func clock() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
