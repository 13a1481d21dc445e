// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Programs of the system that these tests cannot do without.
enum Program {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - words: the program and its arguments.
    ///   - settings: variables it gets besides those of this process.
    /// - Returns: what it prints, errors included.
    @discardableResult
    static func run(_ words: [String], settings: [String: String] = [:]) throws -> String {
        let variables = settings.map { shellWord("\($0.key)=\($0.value)") }
        let command = (["env"] + variables + words.map(shellWord)).joined(separator: " ")
        guard let stream = popen("{ \(command); } 2>&1", "re") else {
            throw Failure(description: "no shell")
        }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 {
            output += chunk[..<count]
        }
        let status = pclose(stream)
        let text = String(decoding: output, as: UTF8.self)
        guard status == 0 else {
            throw Failure(description: "\(words.joined(separator: " ")): \(status): \(text)")
        }
        return text
    }

    private static func shellWord(_ text: String) -> String {
        var word: [UInt8] = [UInt8(ascii: "'")]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "'") { word += "'\\'".utf8 }
            word.append(byte)
        }
        return String(decoding: word + [UInt8(ascii: "'")], as: UTF8.self)
    }
}

/// The folder of the sources.
let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

/// A folder of its own.
func temporaryFolder() throws -> String {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/carnet-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
        throw Program.Failure(description: "\(parent): no folder can be made")
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
    guard let file = fopen(path, "we") else {
        throw Program.Failure(description: "\(path): cannot be written")
    }
    fputs(text, file)
    fclose(file)
    chmod(path, mode)
}
