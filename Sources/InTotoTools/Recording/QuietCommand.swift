// SPDX-License-Identifier: Apache-2.0
internal import CLinux
import CanonicalJSON
// `environ` is a variable of C; nothing here changes the environment.
@preconcurrency import Glibc

/// A command whose output is dropped, as python's `subprocess.run(…, stdout=DEVNULL,
/// stderr=DEVNULL)` runs it: no shell, the caller's standard input, folder and environment.
struct QuietCommand {
    private let words: [String]
    private let timeoutSeconds: Int
    private let directory: String

    /// - Parameters:
    ///   - words: the command, looked up in PATH, and its arguments.
    ///   - directory: where it runs.
    init(_ words: [String], timeoutSeconds: Int, directory: String = ".") {
        self.words = words
        self.timeoutSeconds = timeoutSeconds
        self.directory = directory
    }

    /// Runs it to its end.
    ///
    /// - Returns: its exit status; for a killed command the negative number of the signal.
    /// - Throws: `TimeoutExpired` after it was killed, one of the kinds of `OSError`, `ValueError`.
    func run() throws(ToolError) -> Int {
        let deadline = ContinuousClock.now.advanced(by: .seconds(timeoutSeconds))
        let process = try spawn()
        var status: Int32 = 0
        var pause: Int32 = 1
        while true {
            let answer = waitpid(process, &status, WNOHANG)
            if answer == process { break }
            if answer < 0, errno != EINTR { throw ToolError(errno: errno, path: words[0]) }
            if ContinuousClock.now >= deadline {
                kill(process, SIGKILL)
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                let command = PythonValue.array(words.map { .string(.init($0)) }).repr
                throw ToolError(
                    .timeoutExpired,
                    "Command '\(command)' timed out after \(timeoutSeconds) seconds")
            }
            poll(nil, 0, pause)
            pause = min(pause * 2, 20)
        }
        // WIFSIGNALED and WEXITSTATUS of sys/wait.h, macros.
        let signal = status & 0x7F
        return signal == 0 ? Int(status >> 8 & 0xFF) : -Int(signal)
    }

    private func spawn() throws(ToolError) -> pid_t {
        for word in words { try ToolFile.expectNoNUL(word) }
        // Python looks into the folders of PATH and finds these themselves.
        if words[0].isEmpty { throw ToolError(errno: EACCES, path: "") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in [1, 2] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        if directory != "." { carnet_spawn_in(&actions, directory) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        // Threads of a pool block all signals; the command must not inherit that.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let error = posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
        guard error == 0 else { throw ToolError(errno: error, path: words[0]) }
        return process
    }
}
