// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A command that runs; if it is given up it is killed, so that none is left behind.
struct ChildProcess: ~Copyable {
    private let process: pid_t
    private let name: String
    private var status: Int32?

    init(_ process: pid_t, name: String) {
        self.process = process
        self.name = name
    }

    deinit {
        guard status == nil else { return }
        kill(process, SIGKILL)
        var ignored: Int32 = 0
        while waitpid(process, &ignored, 0) < 0, errno == EINTR {}
    }

    /// Whether it has ended; looks, does not wait.
    ///
    /// - Throws: `.timedOut` after the deadline.
    mutating func hasEnded(
        by deadline: ContinuousClock.Instant?, _ seconds: Int?
    ) throws(RecordingError) -> Bool {
        if status != nil { return true }
        var value: Int32 = 0
        let answer = waitpid(process, &value, WNOHANG)
        if answer == process { status = value }
        if answer < 0, errno != EINTR { throw .commandNotRun(name, .latest) }
        if status == nil, let deadline, let seconds, ContinuousClock.now >= deadline {
            throw .timedOut(name, seconds: seconds)
        }
        return status != nil
    }

    /// Waits for its end.
    ///
    /// - Returns: the status as `waitpid` gives it.
    mutating func wait(
        until deadline: ContinuousClock.Instant?, _ seconds: Int?
    ) throws(RecordingError) -> Int32 {
        while status == nil {
            if deadline != nil {
                // Short at first, for commands that end soon.
                if try !hasEnded(by: deadline, seconds) { poll(nil, 0, 20) }
                continue
            }
            var value: Int32 = 0
            let answer = waitpid(process, &value, 0)
            if answer == process { status = value }
            if answer < 0, errno != EINTR { throw .commandNotRun(name, .latest) }
        }
        return status ?? 0
    }
}
