// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A program that runs beside the test.
final class Beside {
    private let output: Pipe
    private let errors: Pipe
    private let process: pid_t
    private var isRunning = true

    init(_ program: Program) throws {
        output = try Pipe()
        errors = try Pipe()
        process = try program.start(output: output.writing, errors: errors.writing)
        output.closeWriting()
        errors.closeWriting()
    }

    deinit {
        if isRunning {
            kill(process, SIGKILL)
            wait(for: process)
        }
    }

    func send(_ signal: Int32) { kill(process, signal) }

    /// The next line of its standard error; `nil` at the end.
    func errorLine() -> String? { errors.line() }

    /// Waits for its end; one that does not end within a minute is killed.
    func end() -> Outcome {
        let texts = Pipe.readAll([output, errors], seconds: 60) { kill(process, SIGKILL) }
        isRunning = false
        return Outcome(status: wait(for: process), output: texts[0], errors: texts[1])
    }
}
