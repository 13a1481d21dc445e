// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The virtual environment with python in-toto 3.1.0 that the project's set-up makes.
struct Python {
    struct Missing: Error, CustomStringConvertible {
        let path: String
        var description: String { "\(path): not found, expected after `make setup-test`" }
    }

    struct Failure: Error, CustomStringConvertible {
        let status: Int32
        let description: String
    }

    private let folder: String

    /// - Throws: ``Missing``: what these tests show cannot be shown without it.
    init() throws {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        folder = "\(root)/.build/venv/bin"
        guard access("\(folder)/python3", X_OK) == 0 else { throw Missing(path: folder) }
    }

    /// Runs a script; gives the last line it prints.
    func run(_ script: String, _ arguments: [String], in directory: String) throws -> String {
        try run(program: "python3", ["-W", "ignore", "-c", script] + arguments, in: directory)
    }

    /// Runs a program of the environment; gives the last line it prints.
    func run(program: String, _ arguments: [String], in directory: String) throws -> String {
        let words = ["\(folder)/\(program)"] + arguments
        let command = "cd \(shellWord(directory)) && \(words.map(shellWord).joined(separator: " "))"
        guard let stream = popen("{ \(command); } 2>&1", "r") else {
            throw Failure(status: -1, description: "no shell")
        }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, stream)
            guard count > 0 else { break }
            output += chunk[0..<count]
        }
        let status = pclose(stream)
        let text = String(decoding: output, as: UTF8.self)
        guard status == 0 else { throw Failure(status: status, description: text) }
        return text.split(separator: "\n").last.map(String.init) ?? ""
    }

    private func shellWord(_ text: String) -> String {
        // By bytes: a quote may stand before a combining character.
        var word: [UInt8] = [UInt8(ascii: "'")]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "'") { word += "'\\'".utf8 }
            word.append(byte)
        }
        return String(decoding: word + [UInt8(ascii: "'")], as: UTF8.self)
    }
}
