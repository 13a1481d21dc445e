// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The virtual environment with python in-toto 3.1.0 that the project's set-up makes.
enum Python {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

    /// Runs a script of this folder.
    ///
    /// - Returns: the lines that it prints.
    static func run(_ script: String, _ arguments: [String]) throws -> [String] {
        let python = "\(root)/.build/venv/bin/python3"
        guard access(python, X_OK) == 0 else {
            throw Failure(description: "\(python): not found, expected after `make setup-test`")
        }
        let here = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        let words = [python, "-W", "ignore", "\(here)/\(script)"] + arguments
        return try Shell.run(words).split(separator: "\n").map(String.init)
    }
}

/// Programs of the system.
enum Shell {
    /// Runs a command; gives what it prints.
    @discardableResult
    static func run(_ words: [String], in folder: String = "/") throws -> String {
        let command = words.map { "'\($0)'" }.joined(separator: " ")
        guard let stream = popen("cd '\(folder)' && \(command)", "r") else {
            throw Python.Failure(description: "no shell")
        }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, stream)
            guard count > 0 else { break }
            output += chunk[0..<count]
        }
        let status = pclose(stream)
        guard status == 0 else { throw Python.Failure(description: "\(words): status \(status)") }
        return String(decoding: output, as: UTF8.self)
    }
}

/// A folder of a test's own, removed with its last reference.
final class TestFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/carnet-inspecting-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder")
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { _ = try? Shell.run(["rm", "-rf", "--", path]) }

    /// Writes a file; gives its path.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) -> String {
        let full = "\(path)/\(name)"
        let file = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        precondition(file >= 0, "cannot write \(name)")
        defer { close(file) }
        precondition(Glibc.write(file, bytes, bytes.count) == bytes.count)
        return full
    }

    /// All names in it and below.
    func names() throws -> [String] {
        try Shell.run(["find", ".", "-mindepth", "1"], in: path)
            .split(separator: "\n").map(String.init).sorted()
    }
}
