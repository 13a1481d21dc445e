// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A folder of a test's own with a short path, for sockets; removed with its last reference.
final class TestFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/ka-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder")
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { _ = try? shell(["rm", "-rf", "--", path]) }

    /// Writes a file; gives its path.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o600) -> String {
        let full = "\(path)/\(name)"
        let file = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        precondition(file >= 0, "cannot write \(name)")
        defer { close(file) }
        precondition(Glibc.write(file, bytes, bytes.count) == bytes.count)
        return full
    }

    /// Writes an executable file; gives its path. Another process writes it: a program started
    /// by another test at this moment would hold it open, and it could not be run yet.
    @discardableResult
    func script(_ name: String, _ body: String, interpreter: String = "/bin/sh") -> String {
        let text = "#!\(interpreter)\n\(body)\n"
        let command = "printf %s \(shellWord(text)) > \(name) && chmod 700 \(name)"
        precondition((try? shell(["sh", "-c", command], in: path)) != nil, "cannot write \(name)")
        return "\(path)/\(name)"
    }

    func bytes(_ name: String) -> [UInt8]? {
        guard let file = fopen("\(path)/\(name)", "re") else { return nil }
        defer { fclose(file) }
        return everything(of: file)
    }

    func read(_ name: String) -> String? {
        bytes(name).map { String(decoding: $0, as: UTF8.self) }
    }
}

struct ShellFailure: Error, CustomStringConvertible {
    let status: Int32
    let description: String
}

/// Runs a command with these variables set; gives what it writes, without the last line end.
@discardableResult
func shell(
    _ words: [String], _ variables: KeyValuePairs<String, String> = [:], in folder: String = "/"
) throws -> String {
    let settings = variables.map { "\($0.key)=\(shellWord($0.value)) " }.joined()
    let command = words.map(shellWord).joined(separator: " ")
    guard
        let stream = popen(
            "cd \(shellWord(folder)) && { \(settings)\(command); } 2>&1 </dev/null", "re")
    else { throw ShellFailure(status: -1, description: "no shell") }
    let output = everything(of: stream)
    let status = pclose(stream)
    var text = String(decoding: output, as: UTF8.self)
    if text.last == "\n" { text.removeLast() }
    guard status == 0 else { throw ShellFailure(status: status, description: text) }
    return text
}

private func everything(of stream: UnsafeMutablePointer<FILE>) -> [UInt8] {
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = fread(&chunk, 1, chunk.count, stream)
        guard count > 0 else { return output }
        output += chunk[0..<count]
    }
}

func shellWord(_ text: String) -> String {
    // By bytes: a quote may stand before a combining character.
    var word: [UInt8] = [UInt8(ascii: "'")]
    for byte in text.utf8 {
        if byte == UInt8(ascii: "'") { word += "'\\'".utf8 }
        word.append(byte)
    }
    return String(decoding: word + [UInt8(ascii: "'")], as: UTF8.self)
}
