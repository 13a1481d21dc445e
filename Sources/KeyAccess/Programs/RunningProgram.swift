// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A program that was started; if it is given up it is killed, and it is always waited for, so
/// that no zombie stays. What it started itself is not reached.
struct RunningProgram: ~Copyable {
    private let process: pid_t
    private var status: Int32?

    /// Starts a program: no shell, in this process group, so that it may ask at the terminal.
    init(
        path: String, arguments: [String], environment: ProcessEnvironment,
        streams: (stdin: Int32, stdout: Int32, stderr: Int32)
    ) throws(ProgramFault) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, streams.stdin, 0)
        posix_spawn_file_actions_adddup2(&actions, streams.stdout, 1)
        posix_spawn_file_actions_adddup2(&actions, streams.stderr, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGPIPE, SIGINT, SIGQUIT, SIGTERM] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        // Threads of a pool block all signals; the program must not inherit that.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var argumentList = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for argument in argumentList { free(argument) } }
        var variables: [UnsafeMutablePointer<CChar>?] = environment.entries.map { entry in
            strdup(entry.map(CChar.init(bitPattern:)) + [0])
        }
        variables.append(nil)
        defer { for variable in variables { free(variable) } }
        var process: pid_t = 0
        let error = posix_spawn(
            &process, path, &actions, &attributes, &argumentList, &variables)
        guard error == 0 else { throw .notRun(SystemReason(number: error)) }
        self.process = process
    }

    deinit {
        guard status == nil else { return }
        kill(process, SIGKILL)
        var ignored: Int32 = 0
        while waitpid(process, &ignored, 0) < 0, errno == EINTR {}
    }

    /// Whether it has ended; looks, does not wait.
    mutating func hasEnded() throws(ProgramFault) -> Bool {
        if status != nil { return true }
        var value: Int32 = 0
        let answer = waitpid(process, &value, WNOHANG)
        if answer == process { status = value }
        if answer < 0, errno != EINTR {
            let reason = SystemReason.latest
            // Somebody else waited for it; there is nothing left to kill.
            status = -1
            throw .notRun(reason)
        }
        return status != nil
    }

    /// - Throws: ``ProgramFault``: `.exited`, `.killed` unless it ended well.
    func expectSuccess(lastLine: String) throws(ProgramFault) {
        guard let status, status != 0 else { return }
        // WIFSIGNALED and WEXITSTATUS of sys/wait.h, macros.
        let signal = status & 0x7F
        guard signal == 0 else { throw .killed(signal: signal, lastLine: lastLine) }
        throw .exited(status: status >> 8 & 0xFF, lastLine: lastLine)
    }
}
