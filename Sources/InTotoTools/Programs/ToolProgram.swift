// SPDX-License-Identifier: Apache-2.0
import Glibc
package import MetadataSigning

/// The programs of python's in-toto 3.1.0.
package enum ToolProgram: String, Sendable, CaseIterable {
    case run
    case record
    case sign
    case verify
    case mock
    case matchProducts = "match-products"

    /// The version whose programs these take the place of.
    static let version = "3.1.0"

    /// The program of this file name, such as `in-toto-run`.
    package init?(fileName: String) {
        let prefix = "in-toto-"
        guard fileName.hasPrefix(prefix) else { return nil }
        self.init(rawValue: String(fileName.dropFirst(prefix.count)))
    }

    /// Does what the program does.
    ///
    /// - Parameters:
    ///   - words: the command line without the program's name.
    ///   - name: of the program, for messages.
    ///   - now: the present; links and layouts are judged by it.
    /// - Returns: the exit code, as python would give it.
    package func run(
        _ words: [String], name: String, console: ToolConsole, at now: Instant
    ) -> Int32 {
        let call = ToolCall(program: self, name: name, console: console, now: now)
        switch self {
        case .run: return RunProgram(call).run(words)
        case .record: return RecordProgram(call).run(words)
        case .sign: return SignProgram(call).run(words)
        case .verify: return VerifyProgram(call).run(words)
        case .mock: return MockProgram(call).run(words)
        case .matchProducts: return MatchProductsProgram(call).run(words)
        }
    }
}

/// One call of a program.
struct ToolCall: Sendable {
    /// What may be shown besides errors.
    enum Verbosity { case quiet, usual, verbose }

    let program: ToolProgram
    let name: String
    let console: ToolConsole
    let now: Instant

    /// Name in messages of errors, whatever the program is called by.
    var errorName: String { "in-toto-\(program.rawValue)" }

    /// Reads a command line, and answers what needs no more than that.
    ///
    /// - Returns: `nil` with the exit code for one that ends here.
    func parse(
        _ words: [String], _ grammar: ArgumentGrammar
    ) -> (arguments: ParsedArguments?, code: Int32) {
        do throws(ArgumentEnd) {
            return (try ArgumentReader.parse(words, grammar), 0)
        } catch {
            return (nil, answer(error, grammar))
        }
    }

    /// Shows what a command line asks for or has wrong; gives the exit code.
    func answer(_ end: ArgumentEnd, _ grammar: ArgumentGrammar) -> Int32 {
        switch end {
        case .help: console.output(ArgumentHelp(grammar).text)
        case .version: console.output("\(name) \(ToolProgram.version)\n")
        case .wrong(let words): return wrong(words, grammar)
        }
        return 0
    }

    /// Says what is wrong with a command line; gives the exit code for that.
    ///
    /// - Parameter showing: what goes to standard output before, the usage or all of the help.
    func wrong(_ words: String, _ grammar: ArgumentGrammar, showing: String = "") -> Int32 {
        if !showing.isEmpty { console.output(showing) }
        console.errors("usage: \(grammar.usage)\n\(grammar.program): error: \(words)\n")
        return 2
    }

    func verbosity(_ arguments: ParsedArguments) -> Verbosity {
        if arguments.has("--verbose") { return .verbose }
        return arguments.has("--quiet") ? .quiet : .usual
    }

    func log(_ verbosity: Verbosity) -> ToolLog {
        let console = console
        return ToolLog { level, text in
            if verbosity == .verbose || verbosity == .usual && level == .warning {
                console.errors("\(text)\n")
            }
        }
    }

    /// Says why a program ends; gives the exit code.
    func failed(
        _ error: ToolError, _ verbosity: Verbosity, detail: String = "", code: Int32 = 1
    ) -> Int32 {
        if verbosity != .quiet { console.errors("(\(errorName)\(detail)) \(error)\n") }
        return code
    }
}
