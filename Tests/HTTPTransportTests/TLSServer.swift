// SPDX-License-Identifier: Apache-2.0
import Glibc

/// OpenSSL's test server on 127.0.0.1, with a certificate of its own that nobody else trusts.
final class TLSServer {
    let folder: String
    let port: Int
    private let process: pid_t
    private let output: Int32

    /// The certificate, for whoever is to trust it.
    var caFile: String { folder + "/certificate.pem" }

    /// - Parameter answers: whole HTTP answers, by the names of their paths.
    init(answers: [String: String]) throws {
        var template = Array("/tmp/carnet-tls-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(code: errno) }
        let folder = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.folder = folder
        for (name, answer) in answers { try Self.write(answer, to: "\(folder)/\(name)") }
        let made = try Self.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", folder + "/key.pem", "-out", folder + "/certificate.pem",
        ])
        guard made == 0 else { throw SystemError(code: made) }

        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemError(code: errno) }
        output = ends[0]
        process = try Self.spawn(
            [
                "sh", "-c", "cd \"$0\" && exec \"$@\"", folder,
                "openssl", "s_server", "-accept", "127.0.0.1:0", "-HTTP",
                "-cert", folder + "/certificate.pem", "-key", folder + "/key.pem",
            ], output: ends[1])
        close(ends[1])
        port = Self.announcedPort(output)
    }

    deinit {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
        close(output)
        _ = try? Self.run(["rm", "-r", folder])
    }

    /// Reads on until the line `ACCEPT 127.0.0.1:<port>`; 0 if there is none.
    private static func announcedPort(_ output: Int32) -> Int {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("ACCEPT "), let port = text.split(separator: ":").last {
                return Int(port) ?? 0
            }
            line = []
        }
        return 0
    }

    private static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError(code: errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw SystemError(code: errno)
        }
    }

    /// - Returns: the command's wait status.
    private static func run(_ words: [String]) throws -> Int32 {
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
