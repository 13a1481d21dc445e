// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// `in-toto-run`: records a step around a command and signs its link.
struct RunProgram {
    private let call: ToolCall

    init(_ call: ToolCall) { self.call = call }

    private var grammar: ArgumentGrammar {
        ArgumentGrammar(
            program: call.name,
            usage: "\(call.name) <named arguments> [options] \\\n\t -- <command> [args]",
            summary: """
                Runs the command of a step, records the files before and after it with their
                digests, and writes and signs a link. Ends with the command's exit code.
                """,
            options: [
                .help, .stepName, .gpg, .signingKey, .materials, .products,
                .init(
                    names: ["-s", "--record-streams"], arity: .flag,
                    help: "Show what the command writes, and keep it in the link."),
                .init(
                    names: ["-x", "--no-command"], arity: .flag,
                    help: "Write a link without running a command."),
                .password, .gpgHome, .exclude, .basePath, .lstripPaths, .metadataDirectory,
                .useDSSE, .runTimeout, .verbose, .quiet, .version,
            ], positional: .any, exclusive: ["--verbose", "--quiet"])
    }

    func run(_ words: [String]) -> Int32 {
        let grammar = grammar
        let (parsed, code) = call.parse(words, grammar)
        guard let arguments = parsed else { return code }
        let verbosity = call.verbosity(arguments)
        let choice = SigningChoice(call: call, arguments: arguments)
        let usage = "usage: \(grammar.usage)\n"
        guard choice.isClear else {
            return call.wrong(
                "Specify either '--signing-key <path>' or '--gpg [<keyid>]'", grammar,
                showing: usage)
        }
        let command = arguments.has("--no-command") ? [] : arguments.positional
        guard !command.isEmpty || arguments.has("--no-command") else {
            return call.wrong(
                "No command specified. Please specify (or use the --no-command option)", grammar,
                showing: usage)
        }
        do throws(ToolError) {
            let signer = try choice.signer()
            var options = StepLink.Options(name: arguments.word("--step-name") ?? "")
            options.materials = arguments.words("--materials")
            options.products = arguments.words("--products")
            options.artifacts = ToolRecorder.Options(arguments)
            options.recordsStreams = arguments.has("--record-streams")
            options.timeoutSeconds = arguments.integer("--run-timeout") ?? 10
            options.asEnvelope = arguments.has("--use-dsse")
            options.directory = arguments.word("--metadata-directory")
            let status = try StepLink(options, log: call.log(verbosity)).run(command, signer)
            return Int32(truncatingIfNeeded: status) & 0xFF
        } catch {
            return call.failed(error, verbosity)
        }
    }
}
