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
            Output.progress(ProgressLine.words(state.files.map(\.value), seconds: now - begun))
        }
    }

    /// Takes the line away, so that what follows begins at its start.
    func end() {
        state.withLock { state in
            if state.isShown { Output.progress("") }
            state.isShown = false
        }
    }

    /// `45%  12.3 of 27.1 MB  3.1 MB/s  5 s left`, and of how many files.
    static func words(_ files: [DownloadProgress], seconds: Double) -> String {
        // Lengths are what metadata says: added as integers, two of them could overflow.
        let received = files.reduce(0.0) { $0 + Double($1.received) }
        let length = files.reduce(0.0) { $0 + Double($1.length) }
        let resumed = files.reduce(0.0) { $0 + Double($1.resumed) }
        let rate = (received - resumed) / max(seconds, 0.001)
        var words = files.count == 1 ? "" : "\(files.count) files  "
        words += "\(length == 0 ? 100 : Int(received / length * 100))%  "
        words += "\(size(received)) of \(size(length))  \(size(rate))/s"
        if rate >= 1, received < length {
            let left = Int(min(((length - received) / rate).rounded(.up), 1e9))
            words += left < 120 ? "  \(left) s left" : "  \(left / 60) min left"
        }
        return words
    }

    /// Bytes as a person reads them: `512 bytes`, `1.2 MB`.
    static func size(_ bytes: Double) -> String {
        let bounded = Int(min(max(bytes, 0), 1e18))
        for (unit, factor) in [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)]
        where bounded >= factor {
            let tenths = bounded / (factor / 10)
            return "\(tenths / 10).\(tenths % 10) \(unit)"
        }
        return "\(bounded) bytes"
    }

    private static func clock() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
