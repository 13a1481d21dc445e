// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import KeyAccess
import MetadataSigning

/// `in-toto-verify`: verifies a supply chain.
struct VerifyProgram {
    private let call: ToolCall

    init(_ call: ToolCall) { self.call = call }

    private var grammar: ArgumentGrammar {
        ArgumentGrammar(
            program: call.name, usage: "\(call.name) <named arguments> [options]",
            summary: """
                Verifies that a product came about as a layout says: the layout's signatures and
                end, the links of its steps, their rules and thresholds, sublayouts, and its
                inspections, which run in the current folder. Ends with 0 if it did, with 1 if not
                and with 2 for wrong arguments.
                """,
            options: [
                .help,
                .init(
                    names: ["-l", "--layout"], arity: .one, word: "<path>", isRequired: true,
                    help: "Layout to verify by."),
                .init(
                    names: ["--verification-keys"], arity: .oneOrMore, word: "<path>",
                    help: "Public keys in PEM; each of them must have signed the layout."),
                .init(
                    names: ["-g", "--gpg"], arity: .oneOrMore, word: "<id>",
                    help: "Keys of gpg's keyring; each of them must have signed the layout."),
                .init(
                    names: ["--link-dir"], arity: .one, word: "<path>",
                    help: "Folder of the links; the current one unless given."),
                .gpgHome,
                .init(
                    names: ["--inspection-timeout"], arity: .one, word: "INSPECT_TIMEOUT",
                    isInteger: true,
                    help: "Seconds after which an inspection is killed; 10 unless given."),
                .init(
                    names: ["-i", "--intermediate-certs"], arity: .oneOrMore, word: "<path>",
                    isCollected: true, isShortened: false,
                    help: "Certificates in PEM that may stand between those of the layout's "
                        + "authorities and of the links, as with in-toto-golang."),
                .init(
                    names: ["--param"], arity: .oneOrMore, word: "NAME=VALUE", isCollected: true,
                    help: "Values for {NAME} in the layout's rules and commands."),
                .verbose, .quiet, .version,
            ], exclusive: ["--verbose", "--quiet"])
    }

    func run(_ words: [String]) -> Int32 {
        let grammar = grammar
        let (parsed, code) = call.parse(words, grammar)
        guard let arguments = parsed else { return code }
        let verbosity = call.verbosity(arguments)
        let paths = arguments.words("--verification-keys") ?? []
        let ids = arguments.words("--gpg") ?? []
        guard !paths.isEmpty || !ids.isEmpty else {
            return call.wrong(
                "wrong arguments: specify at least one layout verification key: "
                    + "'--verification-keys path [path ...]' and/or '--gpg id [id ...]'.", grammar,
                showing: ArgumentHelp(grammar).text)
        }
        var values: [(name: String, value: String)] = []
        for word in arguments.words("--param") ?? [] {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                return call.wrong(
                    "argument --param: expected NAME=VALUE, got "
                        + PythonValue.repr(UTF8Text(word)), grammar)
            }
            values.append((name: String(parts[0]), value: String(parts[1])))
        }
        do throws(ToolError) {
            try verify(arguments, values, call.log(verbosity))
            return 0
        } catch {
            return call.failed(error, verbosity)
        }
    }

    private func verify(
        _ arguments: ParsedArguments, _ values: [(name: String, value: String)], _ log: ToolLog
    ) throws(ToolError) {
        log.info("Loading layout...")
        let layout = try ToolDocument(
            try ToolFile.read(arguments.word("--layout") ?? ""), at: call.now)
        var keys: [ToolKey] = []
        for id in arguments.words("--gpg") ?? [] {
            log.info("Loading layout gpg key(s)...")
            let key = try GPGSigner.publicKey(id, arguments.word("--gpg-home"))
            keys.append(ToolKey(openPGP: key.json))
        }
        for path in arguments.words("--verification-keys") ?? [] {
            keys.append(ToolKey(try PublicPEM.key(try ToolFile.read(path))))
        }
        var options = ToolVerifier.Options(now: call.now)
        options.linkDirectory = arguments.word("--link-dir") ?? "."
        options.inspectionTimeoutSeconds = arguments.integer("--inspection-timeout") ?? 10
        options.log = log
        for path in arguments.words("--intermediate-certs") ?? [] {
            let pem = try ToolFile.read(path)
            options.intermediates += try ToolVerifier.certificates(in: pem, path)
        }
        if arguments.has("--param") { options.parameters = try FormatParameters(values) }
        try ToolVerifier(options).verify(layout, keys: keys)
    }
}
