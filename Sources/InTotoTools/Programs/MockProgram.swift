// SPDX-License-Identifier: Apache-2.0

/// `in-toto-mock`: a link of the current folder that nobody signs, to try things out.
struct MockProgram {
    private let call: ToolCall

    init(_ call: ToolCall) { self.call = call }

    private var grammar: ArgumentGrammar {
        ArgumentGrammar(
            program: call.name, usage: "\(call.name) [-h] --name <name> -- <command> [args]",
            summary: """
                Runs a command, records all files of the current folder before and after it, and
                writes <name>.link, which is not signed.
                """,
            options: [
                .help,
                .init(
                    names: ["-n", "--name"], arity: .one, word: "<name>", isRequired: true,
                    help: "Name of the step and of the link's file."),
                .useDSSE, .version,
            ], positional: .oneOrMore)
    }

    func run(_ words: [String]) -> Int32 {
        let (parsed, code) = call.parse(words, grammar)
        guard let arguments = parsed else { return code }
        var options = StepLink.Options(name: arguments.word("--name") ?? "")
        options.materials = ["."]
        options.products = ["."]
        options.recordsStreams = true
        options.asEnvelope = arguments.has("--use-dsse")
        do throws(ToolError) {
            _ = try StepLink(options, log: call.log(.verbose)).run(arguments.positional, nil)
            return 0
        } catch {
            return call.failed(error, .verbose)
        }
    }
}
