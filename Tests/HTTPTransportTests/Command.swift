// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A command of the system that runs beside the test; ended with its last reference.
final class Command: Sendable {
    let identifier: pid_t
    /// Where its output can be read.
    let output: Int32

    init(_ words: [String]) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemError(code: errno) }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        output = ends[0]
        identifier = try Self.spawn(words, output: ends[1])
    }

    deinit {
        kill(identifier, SIGKILL)
        waitpid(identifier, nil, 0)
        close(output)
    }

    /// Reads on to the next line that `isWanted`; `nil` if the output ends before.
    func line(where isWanted: (String) -> Bool) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            let text = String(decoding: line, as: UTF8.self)
            if isWanted(text) { return text }
            line = []
        }
        return nil
    }

    /// Ends the command and gives the lines of output not read yet.
    func end() -> [String] {
        // The mildest signals are blocked on the threads that tests run on, and so in a child.
        kill(identifier, SIGKILL)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(output, &chunk, chunk.count), count > 0 {
            bytes += chunk.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Runs a command to its end.
    ///
    /// - Returns: its wait status.
    static func run(_ words: [String]) throws -> Int32 {
        let silence = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(silence) }
        var status: Int32 = -1
        waitpid(try spawn(words, output: silence), &status, 0)
        return status
    }

    private static func spawn(_ words: [String], output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let code = posix_spawnp(&process, words[0], &actions, nil, &arguments, environ)
        guard code == 0 else { throw SystemError(code: code) }
        return process
    }
}
