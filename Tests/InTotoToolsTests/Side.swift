// SPDX-License-Identifier: Apache-2.0
import Glibc

/// How a program ended, and what it said.
struct Outcome: Sendable {
    let status: Int32
    let output: String
    let errors: String

    var lastError: String { errors.split(separator: "\n").last.map(String.init) ?? "" }
}

/// The programs of in-toto: python's, or Carnet's under their names.
enum Side: String, Sendable, CaseIterable {
    case python
    case carnet

    struct Missing: Error, CustomStringConvertible {
        let path: String
        var description: String { "\(path): not found, expected after `make setup-test`" }
    }

    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

    /// The folder of the programs.
    ///
    /// - Parameter links: a folder for the links to Carnet.
    func programs(_ links: String) throws -> String {
        switch self {
        case .python:
            let folder = "\(Side.root)/.build/venv/bin"
            guard access("\(folder)/in-toto-run", X_OK) == 0 else { throw Missing(path: folder) }
            return folder
        case .carnet:
            let program = "\(Side.root)/.build/debug/carnet"
            guard access(program, X_OK) == 0 else { throw Missing(path: program) }
            mkdir(links, 0o755)
            for name in ["run", "record", "sign", "verify", "mock", "match-products"] {
                symlink(program, "\(links)/in-toto-\(name)")
            }
            return links
        }
    }
}

/// Runs words in a folder, with empty standard input; programs are looked up in `path` first.
func run(_ words: [String], in folder: String, path: String, scratch: String) -> Outcome {
    let files = ["\(scratch)/output", "\(scratch)/errors"]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for (descriptor, file) in zip([1, 2] as [Int32], files) {
        posix_spawn_file_actions_addopen(
            &actions, descriptor, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    }
    let variables = [
        "PATH=\(path):/usr/bin:/bin", "HOME=\(scratch)", "LC_ALL=C.UTF-8", "COLUMNS=200",
        "PYTHONWARNINGS=ignore",
    ]
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // In a session of its own there is no terminal to ask at.
    posix_spawnattr_setflags(&attributes, 0x80)
    var process: pid_t = 0
    let code = withCStrings(["env", "-C", folder] + words) { arguments in
        withCStrings(variables) { variables in
            posix_spawn(&process, "/usr/bin/env", &actions, &attributes, arguments, variables)
        }
    }
    guard code == 0 else { return Outcome(status: -1, output: "", errors: "not started") }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return Outcome(
        status: signal == 0 ? status >> 8 & 0xFF : 128 + signal, output: contents(files[0]),
        errors: contents(files[1]))
}

private func withCStrings<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
}

private func contents(_ path: String) -> String {
    guard let stream = fopen(path, "r") else { return "" }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&chunk, 1, chunk.count, stream)
        if count == 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes += chunk[0..<count]
    }
}
