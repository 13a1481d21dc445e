// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// A program with its arguments, run to its end with bytes on its standard input.
package struct ProgramRun {
    /// As the user wrote it; for messages.
    let name: String
    let path: String
    var arguments: [String]
    var environment: ProcessEnvironment
    /// Most that is taken from its standard output, in bytes.
    var maximumOutput: Int

    /// - Parameter name: absolute path, or a name looked up in the PATH of `environment`, in
    ///   its absolute folders: what the working directory holds is never run.
    /// - Throws: ``ProgramFault/notFound``.
    package init(
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
    package func run(
        input: [UInt8] = [], within limit: Duration, patience: Duration? = nil,
        whileWaiting: () -> Void = {}
    ) throws(ProgramFault) -> [UInt8] {
        var streams = try ProgramStreams(input: input, maximumOutput: maximumOutput)
        var program = try RunningProgram(
            path: path, arguments: arguments, environment: environment,
            streams: streams.programEnds)
        streams.closeProgramEnds()
        let deadline = Deadline(after: limit)
        var notice = patience.map { Deadline(after: $0) }
        while try !program.hasEnded() {
            try streams.exchange()
            guard !deadline.isOver else { throw .timedOut(limit) }
            if let due = notice, due.isOver {
                whileWaiting()
                notice = nil
            }
            streams.wait(deadline)
        }
        // What an ended program left in its pipes, no matter who else holds them open.
        while try streams.exchange(), !deadline.isOver {}
        try program.expectSuccess(lastLine: ProgramRun.lastLine(streams.errors))
        return streams.output
    }

    private static func lastLine(_ bytes: [UInt8]) -> String {
        let lines = bytes.split { $0 == 0x0A || $0 == 0x0D }
        let isBlank = { (line: ArraySlice<UInt8>) in line.allSatisfy { $0 == 0x20 || $0 == 9 } }
        return String(decoding: lines.last { !isBlank($0) } ?? [], as: UTF8.self)
    }
}
