// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The three standard streams of a program.
struct ProgramStreams: ~Copyable {
    /// Of error output the end is kept, in bytes.
    private static let keptErrors = 4096

    private var stdin: ProgramPipe
    private var stdout: ProgramPipe
    private var stderr: ProgramPipe
    private var input: ArraySlice<UInt8>
    private let maximumOutput: Int
    private var chunk = [UInt8](repeating: 0, count: 64 << 10)
    private(set) var output: [UInt8] = []
    private(set) var errors: [UInt8] = []

    init(input: [UInt8], maximumOutput: Int) throws(ProgramFault) {
        let first = try ProgramPipe()
        let second = try ProgramPipe()
        let third = try ProgramPipe()
        stdin = first
        stdout = second
        stderr = third
        self.input = input[...]
        self.maximumOutput = maximumOutput
    }

    /// What the program takes as its descriptors 0, 1 and 2.
    var programEnds: (stdin: Int32, stdout: Int32, stderr: Int32) {
        (stdin.readEnd, stdout.writeEnd, stderr.writeEnd)
    }

    /// To be called once the program has them: the pipes then end with it.
    mutating func closeProgramEnds() {
        stdin.closeReadEnd()
        stdout.closeWriteEnd()
        stderr.closeWriteEnd()
        // Only now: the program's ends are others and still block.
        stdin.stopBlocking()
        stdout.stopBlocking()
        stderr.stopBlocking()
    }

    /// Writes and reads once what can be without waiting; gives whether something was read.
    ///
    /// - Throws: ``ProgramFault/tooMuchOutput(maximum:)``.
    @discardableResult
    mutating func exchange() throws(ProgramFault) -> Bool {
        stdin.write(&input)
        let outputCount = stdout.read(&chunk)
        guard output.count + outputCount <= maximumOutput else {
            throw .tooMuchOutput(maximum: maximumOutput)
        }
        output += chunk[..<outputCount]
        let errorCount = stderr.read(&chunk)
        errors = (errors + chunk[..<errorCount]).suffix(ProgramStreams.keptErrors)
        return outputCount + errorCount > 0
    }

    /// Waits until a stream has something, or a little: the end of a process wakes nobody.
    borrowing func wait(_ deadline: Deadline) {
        // Descriptors of -1 are passed over by poll.
        var waiting = [
            pollfd(fd: stdin.writeEnd, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: stdout.readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stderr.readEnd, events: Int16(POLLIN), revents: 0),
        ]
        let isClosed = stdout.readEnd < 0 && stderr.readEnd < 0
        poll(&waiting, 3, deadline.milliseconds(atMost: isClosed ? 5 : 50))
    }
}
