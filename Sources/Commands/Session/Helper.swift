// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import Releases
import SourceFiles

/// `carnet-helper`, the program beside this one that holds the YAML parser and the server: with
/// them in this one, every command would pay for loading them.
enum Helper {
    /// Reads a layout's source; `--reader` of ``LayoutFile``.
    @Sendable static func yaml(_ text: String) throws(SourceError) -> SourceNode {
        let start = SourcePlace(line: 1, column: 1)
        guard let answer = ask(["yaml"], Array(text.utf8)),
            let outcome = SourceNode.read(answer)
        else {
            throw SourceError(
                "no answer from \(path), which reads YAML; it must stand beside carnet", at: start)
        }
        return try outcome.get()
    }

    /// Becomes the helper: process id, standard streams and signals stay.
    static func become(_ words: [String]) throws -> Never {
        var pointers = ([path] + words).map { strdup($0) } + [nil]
        execv(path, &pointers)
        throw CommandFailure(
            "\(path): \(String(cString: strerror(errno)))",
            hint: "carnet-helper must stand beside carnet; install both", code: 70)
    }

    /// Beside the running program, wherever that was found.
    private static var path: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
        let bytes = buffer.prefix(count).map { UInt8(bitPattern: $0) }
        let own = bytes.isEmpty ? "carnet" : String(decoding: bytes, as: UTF8.self)
        return (own.lastIndex(of: "/").map { String(own[...$0]) } ?? "") + "carnet-helper"
    }

    /// Runs the helper with `input` and gives what it wrote; `nil` if it failed.
    ///
    /// It reads all before it writes, so there is no waiting for one another.
    private static func ask(_ words: [String], _ input: [UInt8]) -> [UInt8]? {
        guard let toHelper = closedOnExec() else { return nil }
        guard let fromHelper = closedOnExec() else {
            close(toHelper.reading)
            close(toHelper.writing)
            return nil
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toHelper.reading, 0)
        posix_spawn_file_actions_adddup2(&actions, fromHelper.writing, 1)
        var pointers = ([path] + words).map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, path, &actions, nil, &pointers, environ)
        close(toHelper.reading)
        close(fromHelper.writing)
        defer { close(fromHelper.reading) }
        guard failure == 0 else {
            close(toHelper.writing)
            return nil
        }
        send(input, to: toHelper.writing)
        close(toHelper.writing)
        let answer = receive(from: fromHelper.reading)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status == 0 ? answer : nil
    }

    /// A pipe that no other child process gets.
    private static func closedOnExec() -> (reading: Int32, writing: Int32)? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func send(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func receive(from descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }
}
