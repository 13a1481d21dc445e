// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
// `environ` is a variable of C; nothing here changes the environment.
@preconcurrency import Glibc

/// Runs a step's command: no shell, the caller's terminal, environment and working directory.
///
/// The command is in the caller's process group. Until it ends, SIGINT and SIGQUIT do nothing
/// to the caller, as in `system(3)`: Ctrl-C reaches the command, and how that ends is recorded.
/// Other signals sent to the caller alone do not reach the command.
public struct StepRunner: Sendable {
    public struct Options: Sendable {
        /// Keep what the command writes, and show it as it comes; the command then writes to
        /// pipes instead of the terminal.
        public var recordStreams = false
        /// Kill the command, though not what it started, after this many seconds.
        public var timeoutSeconds: Int?
        /// What the streams together may hold.
        public var maximumOutputBytes = 64 << 20

        public init() {}
    }

    public let options: Options

    public init(_ options: Options = Options()) { self.options = options }

    /// Runs a command to its end.
    ///
    /// - Parameter command: name or path, looked up in PATH, and arguments.
    /// - Throws: ``RecordingError``: `.commandNotFound`, `.commandNotRun`, `.timedOut`,
    ///   `.tooMuchOutput`, `.containsNUL`.
    public func run(_ command: [String]) throws(RecordingError) -> CommandResult {
        guard let name = command.first, !name.isEmpty else { throw .commandNotFound("") }
        for argument in command { try expectNoNUL(argument) }
        let deadline = options.timeoutSeconds.map {
            ContinuousClock.now.advanced(by: .seconds($0))
        }
        let quiet = QuietInterrupts()
        defer { quiet.end() }
        guard options.recordStreams else {
            var child = try spawn(command, streams: nil, restoring: quiet.interrupts)
            let status = try child.wait(until: deadline, options.timeoutSeconds)
            return CommandResult(waitStatus: status, stdout: [], stderr: [])
        }
        var streams = try CommandStreams(maximumBytes: options.maximumOutputBytes, of: name)
        var child = try spawn(command, streams: streams.writeEnds, restoring: quiet.interrupts)
        streams.closeWriteEnds()
        while streams.areOpen, try !child.hasEnded(by: deadline, options.timeoutSeconds) {
            streams.forward(waitingMilliseconds: 100)
        }
        // Who still holds a pipe now is not the command.
        streams.forwardRest()
        let status = try child.wait(until: deadline, options.timeoutSeconds)
        let (stdout, stderr) = try streams.finish()
        return CommandResult(waitStatus: status, stdout: stdout, stderr: stderr)
    }

    private func spawn(
        _ command: [String], streams: (stdout: Int32, stderr: Int32)?, restoring: [Int32]
    ) throws(RecordingError) -> ChildProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let streams {
            posix_spawn_file_actions_adddup2(&actions, streams.stdout, 1)
            posix_spawn_file_actions_adddup2(&actions, streams.stderr, 2)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in restoring + [SIGPIPE] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        // Threads of a pool block all signals; the command must not inherit that.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let error = posix_spawnp(
            &process, command[0], &actions, &attributes, &arguments, environ)
        switch error {
        case 0: return ChildProcess(process, name: command[0])
        case ENOENT, ENOTDIR: throw .commandNotFound(command[0])
        default: throw .commandNotRun(command[0], SystemError(number: error))
        }
    }
}

/// How a command ended and what it wrote.
public struct CommandResult: Sendable, Equatable {
    public enum Ending: Sendable, Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    public let ending: Ending
    /// What it wrote; empty unless asked for.
    public let stdout: [UInt8]
    public let stderr: [UInt8]

    init(waitStatus: Int32, stdout: [UInt8], stderr: [UInt8]) {
        // WIFSIGNALED and WEXITSTATUS of sys/wait.h, macros.
        let signal = waitStatus & 0x7F
        ending = signal == 0 ? .exited(waitStatus >> 8 & 0xFF) : .killed(signal: signal)
        self.stdout = stdout
        self.stderr = stderr
    }

    /// The status that a shell would report: 128 and the signal's number for a killed command.
    public var status: Int32 {
        switch ending {
        case .exited(let status): status
        case .killed(let signal): 128 + signal
        }
    }

    /// As a link records it: a killed command returns the negative number of its signal, and
    /// bytes of output that are not UTF-8 become U+FFFD.
    public var byproducts: JSON {
        let value: Int32
        switch ending {
        case .exited(let status): value = status
        case .killed(let signal): value = -signal
        }
        return [
            "return-value": .integer(Int(value)),
            "stdout": .text(String(decoding: stdout, as: UTF8.self)),
            "stderr": .text(String(decoding: stderr, as: UTF8.self)),
        ]
    }
}
