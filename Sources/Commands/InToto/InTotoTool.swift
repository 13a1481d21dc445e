// SPDX-License-Identifier: Apache-2.0
import Glibc
import InTotoTools
import KeyAccess
import MetadataSigning

/// Runs the programs of python's in-toto on the words of a command line as they are: what these
/// mean, argparse has laid down.
enum InTotoTool {
    /// Runs one of them and ends the process, if this one was called by the name of an in-toto
    /// program, such as through a link, or as `carnet in-toto run …`.
    static func runIfCalled() {
        let words = CommandLine.arguments
        let name = words.first?.split(separator: "/").last.map(String.init) ?? ""
        if let program = ToolProgram(fileName: name) {
            exit(run(program, Array(words.dropFirst()), name: name))
        }
        guard words.count > 2, words[1] == "in-toto", let program = ToolProgram(rawValue: words[2])
        else { return }
        exit(run(program, Array(words.dropFirst(3))))
    }

    /// - Returns: the exit code.
    static func run(_ program: ToolProgram, _ words: [String], name: String? = nil) -> Int32 {
        forbidCoreDumps()
        // Nothing here uses it, and what is run must not see it.
        forgetPassphrase()
        let console = ToolConsole(
            output: { Output.raw($0) }, errors: { write($0, to: 2) }, password: { password() })
        return program.run(
            words, name: name ?? "carnet in-toto \(program.rawValue)", console: console,
            at: Instant(seconds: time(nil)))
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// As python's `getpass`: from the terminal, or from standard input where there is none.
    private static func password() -> [UInt8]? {
        if let secret = Terminal.secret("Password: ") { return secret }
        write("Password: ", to: 2)
        return Terminal.line(0)
    }
}
