// SPDX-License-Identifier: Apache-2.0
import Glibc
import KeyAccess
import MetadataSigning

/// An ssh-agent of a test's own on a private socket; ended with its last reference.
final class RealAgent: Sendable {
    let socket: String
    private let folder: TestFolder
    private let process: pid_t

    init(
        in folder: TestFolder, socket name: String = "agent",
        _ variables: KeyValuePairs<String, String> = [:]
    ) throws {
        self.folder = folder
        socket = "\(folder.path)/\(name)"
        // Its last words are `echo Agent pid 123;`.
        let words = try shell(["ssh-agent", "-s", "-a", socket], variables)
        let digits = words.split(separator: " ").last?.dropLast() ?? ""
        guard let process = pid_t(digits), process > 1 else {
            throw ShellFailure(status: -1, description: words)
        }
        self.process = process
    }

    /// An agent under another name, which the process that began to listen keeps.
    init(in folder: TestFolder, named name: String) throws {
        self.folder = folder
        socket = "\(folder.path)/agent"
        let original = try shell(["sh", "-c", "command -v ssh-agent"])
        try shell(["cp", original, "\(folder.path)/\(name)"])
        let words = try shell(
            ["sh", "-c", "./\(name) -D -a \(socket) > out 2>&1 & echo $!"], in: folder.path)
        guard let process = pid_t(words), process > 1 else {
            throw ShellFailure(status: -1, description: words)
        }
        self.process = process
        for _ in 0..<500 where access(socket, F_OK) != 0 { usleep(10_000) }
    }

    deinit { kill(process, SIGKILL) }

    var environment: ProcessEnvironment { ProcessEnvironment(["SSH_AUTH_SOCK": socket]) }

    /// Makes a key; gives its public half from ssh-keygen and its fingerprint from the same.
    func makeKey(
        _ type: String, bits: Int? = nil, add options: [String] = []
    ) throws -> (uri: KeyURI, key: PublicKey?, path: String) {
        let path = "\(folder.path)/\(type)\(bits ?? 0)"
        let size = bits.map { ["-b", "\($0)"] } ?? []
        try shell(
            ["ssh-keygen", "-q", "-t", type] + size + ["-N", "", "-C", "of the test", "-f", path])
        try run(["ssh-add", "-q"] + options + [path])
        let line = try shell(["ssh-keygen", "-l", "-E", "sha256", "-f", path])
        let fingerprint = line.split(separator: " ")[1]
        return (try KeyURI("ssh-agent:\(fingerprint)"), try publicKey(path), path)
    }

    /// The public half as openssl sees it: ssh-keygen writes no PEM of ed25519 keys.
    private func publicKey(_ path: String) throws -> PublicKey? {
        guard
            let pem = try? shell(["ssh-keygen", "-e", "-m", "PKCS8", "-f", "\(path).pub"]),
            pem.contains("BEGIN PUBLIC KEY")
        else { return nil }
        return try? PublicKey(pem: Array("\(pem)\n".utf8))
    }

    /// Runs a program of ssh with this agent.
    func run(_ words: [String], askingWith program: String? = nil) throws {
        var variables: KeyValuePairs<String, String> = ["SSH_AUTH_SOCK": socket]
        if let program {
            variables = [
                "SSH_AUTH_SOCK": socket, "SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force",
            ]
        }
        try shell(words, variables)
    }
}
