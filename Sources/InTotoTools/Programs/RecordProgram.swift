// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// `in-toto-record`: a link around work that is not one command, in two calls.
struct RecordProgram {
    private let call: ToolCall

    init(_ call: ToolCall) { self.call = call }

    /// The part before the word `start` or `stop`.
    private var outer: ArgumentGrammar {
        ArgumentGrammar(
            program: call.name, usage: "\(call.name) [-h] [--version] {start,stop} ...",
            summary: """
                start records materials and leaves .<name>.<key id>.link-unfinished;
                stop adds products to it and writes the link, signed.
                """,
            options: [.help, .version])
    }

    private func grammar(_ word: String) -> ArgumentGrammar {
        let own: [ArgumentGrammar.Option] =
            word == "start" ? [.materials] : [.products, .metadataDirectory]
        return ArgumentGrammar(
            program: "\(call.name) \(word)",
            usage: "\(call.name) \(word) [-h] -n <name> [options]",
            summary: word == "start"
                ? "Records materials in .<name>.<key id>.link-unfinished."
                : "Adds products to what start has left and writes the link.",
            options: [
                .help, .stepName, .password, .gpg, .gpgHome, .signingKey, .exclude, .basePath,
                .lstripPaths, .useDSSE, .verbose, .quiet,
            ] + own, exclusive: ["--verbose", "--quiet"])
    }

    func run(_ words: [String]) -> Int32 {
        var rest = words[...]
        var unknown: [String] = []
        while let word = rest.first, word.hasPrefix("-"), word.utf8.count > 1 {
            rest.removeFirst()
            do throws(ArgumentEnd) {
                unknown += try ArgumentReader.parseKnown([word], outer).unknown
            } catch {
                return call.answer(error, outer)
            }
        }
        guard let word = rest.popFirst() else {
            return call.wrong("the following arguments are required: command", outer)
        }
        guard ["start", "stop"].contains(word) else {
            return call.wrong(
                "argument command: invalid choice: \(PythonValue.repr(UTF8Text(word))) "
                    + "(choose from 'start', 'stop')", outer)
        }
        let grammar = grammar(word)
        let arguments: ParsedArguments
        do throws(ArgumentEnd) {
            let known = try ArgumentReader.parseKnown(Array(rest), grammar)
            arguments = known.parsed
            unknown += known.unknown
        } catch {
            return call.answer(error, grammar)
        }
        do throws(ArgumentEnd) { try ArgumentReader.expectNone(unknown) } catch {
            return call.answer(error, outer)
        }
        return record(word, arguments)
    }

    private func record(_ word: String, _ arguments: ParsedArguments) -> Int32 {
        let verbosity = call.verbosity(arguments)
        let choice = SigningChoice(call: call, arguments: arguments)
        guard choice.isClear else {
            return call.wrong(
                "Specify either '--signing-key <path>' or '--gpg [<keyid>]'", outer,
                showing: "usage: \(outer.usage)\n")
        }
        do throws(ToolError) {
            let recording = UnfinishedLink(
                name: arguments.word("--step-name") ?? "",
                artifacts: ToolRecorder.Options(arguments), signer: try choice.signer(),
                now: call.now, log: call.log(verbosity))
            if word == "start" {
                try recording.start(
                    arguments.words("--materials"), asEnvelope: arguments.has("--use-dsse"))
            } else {
                try recording.stop(
                    arguments.words("--products"),
                    directory: arguments.word("--metadata-directory"))
            }
            return 0
        } catch {
            return call.failed(error, verbosity, detail: " \(word)")
        }
    }
}
