// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// A server that a test starts, and ends, stops or begins again by its process id.
package final class ServerProcess: Sendable {
    package let words: [String]
    /// Where its output goes, which is kept over restarts.
    package let log: String
    private let process = Mutex<pid_t?>(nil)

    /// Starts the program.
    package init(_ words: [String], log: String) throws {
        self.words = words
        self.log = log
        try start()
    }

    deinit { end(SIGKILL) }

    package var isRunning: Bool {
        process.withLock { process in
            guard let id = process, waitpid(id, nil, WNOHANG) == 0 else {
                process = nil
                return false
            }
            return true
        }
    }

    /// Starts it if it does not run.
    package func start() throws {
        guard !isRunning else { return }
        try process.withLock { $0 = try spawn() }
    }

    /// Sends a signal, such as SIGSTOP and SIGCONT.
    package func signal(_ number: Int32) {
        process.withLock { process in
            if let process { kill(process, number) }
        }
    }

    /// Ends it, with SIGKILL as a power cut would, and waits for that.
    package func end(_ number: Int32 = SIGKILL) {
        process.withLock { process in
            guard let id = process.take() else { return }
            kill(id, number)
            kill(id, SIGCONT)
            waitpid(id, nil, 0)
        }
    }

    private func spawn() throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that are blocked on the thread of a test would be so in the child.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, words[0], &actions, &attributes, &arguments, environ)
        guard code == 0 else { throw ServerProcessError(words: "\(words[0]): \(code)") }
        return process
    }
}

/// A server could not be started, or does not answer.
package struct ServerProcessError: Error, CustomStringConvertible {
    let words: String
    package var description: String { words }
}

/// The few requests that tell whether a server on this machine is up.
package enum LocalHTTP {
    /// Free ports on 127.0.0.1, all different.
    package static func freePorts(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            sockets.append(descriptor)
            var address = loopback(0)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            return try withUnsafeMutablePointer(to: &address) { pointer in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    guard bind(descriptor, generic, length) == 0,
                        getsockname(descriptor, generic, &length) == 0
                    else { throw HostileServerError(code: errno) }
                }
                return Int(UInt16(bigEndian: pointer.pointee.sin_port))
            }
        }
    }

    /// Status and body of an answer; `nil` if nobody answers.
    package static func ask(
        _ port: Int, _ path: String, method: String = "GET"
    ) -> (status: Int, body: String)? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = loopback(port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return nil }
        let request = "\(method) \(path) HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
        guard send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL)) > 0 else {
            return nil
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(descriptor, &chunk, chunk.count, 0), count > 0 {
            answer += chunk.prefix(count)
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard let status = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            return nil
        }
        return (status, text)
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
