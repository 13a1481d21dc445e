// SPDX-License-Identifier: Apache-2.0
import Glibc
import InTotoRecording
import Synchronization

/// One line on a terminal that says how far a recording has come; gone when it is done.
final class RecordingLine: Sendable {
    private struct State {
        var begun: ContinuousClock.Instant?
        var shown: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// `nil` unless standard error is a terminal.
    static func onTerminal() -> RecordingLine? {
        isatty(2) == 1 && Home.variable("TERM") != "dumb" ? RecordingLine() : nil
    }

    /// Shows at most ten lines a second, none for what is done in less than half of one.
    func take(_ progress: RecordingProgress) {
        // The next recording, after the command, begins anew.
        if progress.files == progress.totalFiles { return end() }
        state.withLock { state in
            let now = ContinuousClock.now
            let begun = state.begun ?? now
            state.begun = begun
            guard now - begun > .milliseconds(500),
                state.shown.map({ now - $0 > .milliseconds(100) }) ?? true
            else { return }
            state.shown = now
            let megabytes = progress.bytes / 1_000_000
            Output.progress(
                "recorded \(progress.files) of \(progress.totalFiles) files, \(megabytes) MB read")
        }
    }

    /// Takes the line away, so that what follows begins at its start.
    func end() {
        state.withLock { state in
            if state.shown != nil { Output.progress("") }
            state = State()
        }
    }
}
