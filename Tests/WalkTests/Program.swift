// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// How a program ended, and what it said.
struct Outcome: CustomStringConvertible {
    let status: Int32
    let output: String
    let errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
    var description: String { "status \(status)\n\(output)\n\(errors)" }
}

/// A program to run: its words, its environment, its folder.
struct Program {
    var words: [String]
    var environment: [String: String]
    var folder: String
    /// Files that the program finds open for reading, by descriptor.
    var openFiles: [Int32: String] = [0: "/dev/null"]
    /// After this many seconds it is killed.
    var seconds = 60

    /// Runs it to its end; one that takes too long is killed.
    func run() throws -> Outcome {
        let output = try Pipe()
        let errors = try Pipe()
        let process = try start(output: output.writing, errors: errors.writing)
        output.closeWriting()
        errors.closeWriting()
        let texts = Pipe.readAll([output, errors], seconds: seconds) { kill(process, SIGKILL) }
        return Outcome(status: wait(for: process), output: texts[0], errors: texts[1])
    }

    /// Starts it with these descriptors as its standard output and error.
    func start(output: Int32, errors: Int32) throws -> pid_t {
        try start { actions in
            for (descriptor, path) in openFiles {
                posix_spawn_file_actions_addopen(&actions, descriptor, path, O_RDONLY, 0)
            }
            posix_spawn_file_actions_adddup2(&actions, output, 1)
            posix_spawn_file_actions_adddup2(&actions, errors, 2)
        }
    }

    /// Starts it in a session of its own, whose terminal this is.
    func start(terminal: String) throws -> pid_t {
        try start(inSession: true) { actions in
            posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        }
    }

    private func start(
        inSession: Bool = false, _ prepare: (inout posix_spawn_file_actions_t) -> Void
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        prepare(&actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        if inSession {
            // The mildest signals are blocked on the threads that tests run on.
            var none = sigset_t()
            sigemptyset(&none)
            posix_spawnattr_setsigmask(&attributes, &none)
            let newSession: Int32 = 0x80
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | newSession))
        }
        let variables = environment.map { "\($0.key)=\($0.value)" }
        var process = pid_t()
        let code = withCStrings(["env", "-C", folder] + words) { arguments in
            withCStrings(variables) { variables in
                spawning.withLock { _ in
                    posix_spawnp(&process, "env", &actions, &attributes, arguments, variables)
                }
            }
        }
        guard code == 0 else {
            errno = code
            throw SystemFailure(words[0])
        }
        return process
    }
}

/// Held while a pipe is made and while a process is started, so that no child inherits an end
/// of somebody else's pipe: it would keep it open for as long as it runs.
private let spawning = Mutex(())

/// Waits for a process; its status as a shell would say it.
@discardableResult
func wait(for process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
}

private func withCStrings<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
}

/// A pipe of which no other child process inherits an end.
final class Pipe {
    let reading: Int32
    private(set) var writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        let isMade = spawning.withLock { _ in
            pipe(&ends) == 0 && ends.allSatisfy { fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }
        }
        guard isMade else { throw SystemFailure("pipe") }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        closeWriting()
        close(reading)
    }

    func closeWriting() {
        if writing >= 0 { close(writing) }
        writing = -1
    }

    /// Reads all pipes to their ends at once; `expired` is called if that takes too long.
    static func readAll(_ pipes: [Pipe], seconds: Int, expired: () -> Void) -> [String] {
        var collected = pipes.map { _ in [UInt8]() }
        var polled = pipes.map { pollfd(fd: $0.reading, events: Int16(POLLIN), revents: 0) }
        let end = time(nil) + seconds
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while polled.contains(where: { $0.fd >= 0 }) {
            let left = end - time(nil)
            guard left > 0 else {
                expired()
                break
            }
            guard poll(&polled, nfds_t(polled.count), Int32(left * 1000)) > 0 else { continue }
            for index in polled.indices where polled[index].fd >= 0 && polled[index].revents != 0 {
                let count = read(polled[index].fd, &chunk, chunk.count)
                if count > 0 { collected[index] += chunk[0..<count] } else { polled[index].fd = -1 }
            }
        }
        return collected.map { String(decoding: $0, as: UTF8.self) }
    }

    /// One line without its end; `nil` if the pipe ends before, or nothing comes for a minute.
    func line() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        var polled = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        while poll(&polled, 1, 60_000) > 0, read(reading, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }
}
