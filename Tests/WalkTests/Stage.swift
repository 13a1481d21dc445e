// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// A folder of one test's own, in which people run the built `carnet`. It is removed, and its
/// servers are ended, when the test is over.
final class Stage {
    /// What a person's keys are locked with, if nothing else is said.
    static let passphrase = "alice rides at noon"

    let folder: String
    private var servers: [Server] = []
    var disks: [SmallDisk] = []
    private var isKept = false

    init() throws { folder = try Files.temporaryFolder() }

    /// A stage with a copy of everything that the fixture has.
    static func withRelease() throws -> Stage {
        let stage = try Stage()
        try Files.copy(try Fixture.shared.get().folder, to: stage.folder)
        return stage
    }

    deinit {
        for server in servers { server.stop() }
        for disk in disks { disk.unmount() }
        if !isKept { Files.remove(folder) }
    }

    /// Keeps the folder until the process ends, which is the only end that all suites share.
    ///
    /// - Returns: its path.
    func keep() throws -> String {
        isKept = true
        Stage.kept.withLock { $0.append(folder) }
        guard atexit({ Stage.kept.withLock { $0.forEach(Files.remove) } }) == 0 else {
            throw SystemFailure("atexit")
        }
        return folder
    }

    private static let kept = Mutex<[String]>([])

    /// The absolute path of something on the stage.
    func path(_ relative: String) -> String { "\(folder)/\(relative)" }

    /// Runs `carnet` as the person whose home is `home`.
    ///
    /// - Parameters:
    ///   - folder: the working folder, on the stage.
    ///   - passphrase: `nil` if none is known to the environment.
    func carnet(
        _ words: [String], in folder: String = ".", home: String = "home",
        passphrase: String? = Stage.passphrase, openFiles: [Int32: String] = [:]
    ) throws -> Outcome {
        try run(
            [Carnet.path] + words, in: folder, home: home, passphrase: passphrase,
            openFiles: openFiles)
    }

    /// Runs any program in the environment of `carnet`.
    func run(
        _ words: [String], in folder: String = ".", home: String = "home",
        passphrase: String? = Stage.passphrase, openFiles: [Int32: String] = [:],
        seconds: Int = 60
    ) throws -> Outcome {
        var program = Program(
            words: words, environment: environment(home, passphrase), folder: path(folder))
        program.openFiles.merge(openFiles) { $1 }
        program.seconds = seconds
        return try program.run()
    }

    /// Starts `carnet` at a terminal.
    func terminal(
        _ words: [String], home: String = "home", type: String = "xterm"
    ) throws -> PseudoTerminal {
        var variables = environment(home, nil)
        variables["TERM"] = type
        return try PseudoTerminal(
            Program(words: [Carnet.path] + words, environment: variables, folder: folder))
    }

    /// Starts `carnet`, or it under another command, beside the test, with pipes for what it says.
    func start(
        _ words: [String], home: String = "home", under command: [String] = []
    ) throws -> Beside {
        try Beside(
            Program(
                words: command + [Carnet.path] + words, environment: environment(home, nil),
                folder: folder))
    }

    /// Starts any program beside the test, in the environment of `carnet` and these variables.
    func start(program words: [String], variables: [String: String]) throws -> Beside {
        let environment = environment("home", nil).merging(variables) { $1 }
        return try Beside(Program(words: words, environment: environment, folder: folder))
    }

    /// Runs `carnet` for something that must work.
    @discardableResult
    func succeed(
        _ words: [String], in folder: String = ".", home: String = "home"
    ) throws -> Outcome {
        let outcome = try carnet(words, in: folder, home: home)
        guard outcome.status == 0 else { throw CommandFailed(words: words, outcome: outcome) }
        return outcome
    }

    /// Serves a repository of the stage; returns the server's URL.
    func serve(_ repository: String = "repository") throws -> String {
        let program = Program(
            words: [Carnet.path, "serve", repository, "--port", "0"],
            environment: environment("server-home", nil), folder: folder)
        let server = try Server(program)
        servers.append(server)
        return server.url
    }

    /// Ends the stage's servers.
    func stopServing() {
        for server in servers { server.stop() }
        servers = []
    }

    private func environment(_ home: String, _ passphrase: String?) -> [String: String] {
        var variables = [
            "CARNET_HOME": path(home), "HOME": path("nobody"), "NO_COLOR": "1",
            "LC_ALL": "C.UTF-8", "PATH": getenv("PATH").map { String(cString: $0) } ?? "/bin",
        ]
        if let libraries = getenv("LD_LIBRARY_PATH") {
            variables["LD_LIBRARY_PATH"] = String(cString: libraries)
        }
        variables["CARNET_PASSPHRASE"] = passphrase
        return variables
    }
}

/// A command that had to work and did not. No `#require`: the one failure of the shared fixture
/// must be the failure of every test.
struct CommandFailed: Error, CustomStringConvertible {
    let words: [String]
    let outcome: Outcome

    var description: String { "carnet \(words.joined(separator: " ")): \(outcome)" }
}

/// The program under test.
enum Carnet {
    /// `CARNET_BINARY`, or the one that was built together with the tests.
    static let path: String = {
        if let chosen = getenv("CARNET_BINARY") { return String(cString: chosen) }
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                readlink("/proc/self/exe", $0.baseAddress!, $0.count)
            }
        }
        let own = String(decoding: buffer[0..<max(0, count)], as: UTF8.self)
        let beside = own.lastIndex(of: "/").map { "\(own[..<$0])/carnet" } ?? ""
        guard access(beside, X_OK) != 0, let first = CommandLine.arguments.first,
            let slash = first.lastIndex(of: "/")
        else { return beside }
        return "\(first[..<slash])/carnet"
    }()
}

/// A running `carnet serve`.
private final class Server {
    let url: String
    private var process: pid_t?

    init(_ program: Program) throws {
        let output = try Pipe()
        let process = try program.start(output: output.writing, errors: 2)
        output.closeWriting()
        guard let line = output.line(), let start = line.firstRange(of: "http://") else {
            kill(process, SIGKILL)
            wait(for: process)
            throw SystemFailure("carnet serve said no address")
        }
        self.process = process
        url = String(line[start.lowerBound...])
    }

    func stop() {
        guard let process else { return }
        kill(process, SIGTERM)
        wait(for: process)
        self.process = nil
    }
}
