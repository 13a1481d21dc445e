// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// A program with its arguments, run to its end with bytes on its standard input.
struct ProgramRun {
    /// As the user wrote it; for messages.
    let name: String
    let path: String
    var arguments: [String]
    var environment: ProcessEnvironment
    /// Most that is taken from its standard output, in bytes.
    var maximumOutput: Int
    /// Of its error output the end is kept.
    private static let keptErrorBytes = 4096

    /// - Parameter name: absolute path, or a name looked up in the PATH of `environment`, in
    ///   its absolute folders: what the working directory holds is never run.
    /// - Throws: ``ProgramFault/notFound``.
    init(
        _ name: String, arguments: [String], environment: ProcessEnvironment,
        maximumOutput: Int
    ) throws(ProgramFault) {
        self.name = name
        path = try ProgramRun.path(of: name, environment)
        self.arguments = arguments
        self.environment = environment
        // A secret that is for this program alone.
        self.environment["CARNET_PASSPHRASE"] = nil
        self.maximumOutput = maximumOutput
    }

    private static func path(
        of name: String, _ environment: ProcessEnvironment
    ) throws(ProgramFault) -> String {
        if name.utf8.first == UInt8(ascii: "/") {
            guard isExecutable(name) else { throw .notFound }
            return name
        }
        guard !name.utf8.contains(UInt8(ascii: "/")) else { throw .notFound }
        let folders = environment.value("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in folders.utf8.split(separator: UInt8(ascii: ":")) {
            let path = String(decoding: Array(folder), as: UTF8.self) + "/\(name)"
            if path.utf8.first == UInt8(ascii: "/"), isExecutable(path) { return path }
        }
        throw .notFound
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        return access(path, X_OK) == 0
    }

    /// Runs it.
    ///
    /// - Parameter whileWaiting: called once if it takes longer than `patience`.
    /// - Returns: its standard output.
    /// - Throws: ``ProgramFault``, also for every exit status but 0.
    func run(
        input: [UInt8] = [], within limit: Duration, patience: Duration? = nil,
        whileWaiting: () -> Void = {}
    ) throws(ProgramFault) -> [UInt8] {
        var stdin = try ProgramPipe()
        var stdout = try ProgramPipe()
        var stderr = try ProgramPipe()
        var program = try RunningProgram(
            path: path, arguments: arguments, environment: environment,
            streams: (stdin.readEnd, stdout.writeEnd, stderr.writeEnd))
        stdin.closeReadEnd()
        stdout.closeWriteEnd()
        stderr.closeWriteEnd()
        // Only now: the program's ends are others and still block.
        stdin.stopBlocking()
        stdout.stopBlocking()
        stderr.stopBlocking()
        let deadline = Deadline(after: limit)
        var notice = patience.map { Deadline(after: $0) }
        var rest = input[...]
        var output = Collected(maximum: maximumOutput)
        var errors: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let ended = try program.hasEnded()
            // What an ended program left in its pipes, no matter who else holds them open.
            repeat {
                stdin.write(&rest)
                let outBytes = stdout.read(&chunk)
                try output.take(outBytes)
                let some = !outBytes.isEmpty
                let errorBytes = stderr.read(&chunk)
                errors = (errors + errorBytes).suffix(ProgramRun.keptErrorBytes)
                if !some, errorBytes.isEmpty { break }
            } while ended && !deadline.isOver
            if ended { break }
            guard !deadline.isOver else { throw .timedOut(limit) }
            if let due = notice, due.isOver {
                whileWaiting()
                notice = nil
            }
            ProgramRun.wait(stdin.writeEnd, stdout.readEnd, stderr.readEnd, deadline)
        }
        try program.expectSuccess(lastLine: ProgramRun.lastLine(errors))
        return output.bytes
    }

    /// Waits until a stream has something, or a little: the end of a process wakes nobody.
    private static func wait(
        _ stdin: Int32, _ stdout: Int32, _ stderr: Int32, _ deadline: Deadline
    ) {
        // Descriptors of -1 are passed over by poll.
        var waiting = [
            pollfd(fd: stdin, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: stdout, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stderr, events: Int16(POLLIN), revents: 0),
        ]
        let isClosed = stdout < 0 && stderr < 0
        poll(&waiting, 3, deadline.milliseconds(atMost: isClosed ? 5 : 50))
    }

    private static func lastLine(_ bytes: [UInt8]) -> String {
        let lines = bytes.split { $0 == 0x0A || $0 == 0x0D }
        let isBlank = { (line: ArraySlice<UInt8>) in line.allSatisfy { $0 == 0x20 || $0 == 9 } }
        return String(decoding: lines.last { !isBlank($0) } ?? [], as: UTF8.self)
    }
}

/// Output up to a bound.
private struct Collected {
    let maximum: Int
    var bytes: [UInt8] = []

    init(maximum: Int) { self.maximum = maximum }

    mutating func take(_ more: ArraySlice<UInt8>) throws(ProgramFault) {
        guard bytes.count + more.count <= maximum else {
            throw .tooMuchOutput(maximum: maximum)
        }
        bytes += more
    }
}
