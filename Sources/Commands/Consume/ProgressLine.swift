// SPDX-License-Identifier: Apache-2.0
import Glibc
import Releases
import Synchronization

/// One line on a terminal that says how far the downloads are; nothing in a pipe.
final class ProgressLine: Sendable {
    private struct State {
        var files: [String: DownloadProgress] = [:]
        var shownAt = 0.0
        var isShown = false
    }

    private let state = Mutex(State())
    private let begun = ProgressLine.clock()

    /// `nil` unless standard error is a terminal.
    static func onTerminal() -> ProgressLine? {
        let isDumb = Home.variable("TERM") == "dumb"
        return isatty(2) == 1 && !isDumb ? ProgressLine() : nil
    }

    /// Shows at most ten lines a second, none for what is done in less than half of one.
    func take(_ progress: DownloadProgress) {
        state.withLock { state in
            state.files[progress.path] = progress
            let now = ProgressLine.clock()
            guard now - begun > 0.5, now - state.shownAt > 0.1 else { return }
            state.shownAt = now
            state.isShown = true
            Output.progress(DownloadProgress.words(state.files.map(\.value), seconds: now - begun))
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
