// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import KeyAccess

/// `in-toto-sign`: signs links and layouts, or checks their signatures.
struct SignProgram {
    private let call: ToolCall

    init(_ call: ToolCall) { self.call = call }

    private var grammar: ArgumentGrammar {
        ArgumentGrammar(
            program: call.name, usage: "\(call.name) [-h] -f <path> [options]",
            summary: """
                Signs a layout with one or several keys, or a link with one, in place of the
                signatures that it has; with --verify it checks them instead. Layouts are written
                over the file, links to <name>.<key id>.link.
                """,
            options: [
                .help,
                .init(
                    names: ["-f", "--file"], arity: .one, word: "<path>", isRequired: true,
                    help: "Link or layout."),
                .init(
                    names: ["-k", "--key"], arity: .oneOrMore, word: "<path>",
                    help: "Keys in PEM: private ones to sign, public ones to verify."),
                .init(
                    names: ["-p", "--prompt"], arity: .flag,
                    help: "Ask for the password of the private keys."),
                .init(
                    names: ["-g", "--gpg"], arity: .any, word: "<id>",
                    help: "Keys of gpg; without an id its default key."),
                .gpgHome,
                .init(
                    names: ["-o", "--output"], arity: .one, word: "<path>",
                    help: "File to write to."),
                .init(
                    names: ["-a", "--append"], arity: .flag,
                    help: "Keep the signatures that a layout has."),
                .init(names: ["--verify"], arity: .flag, help: "Check signatures."),
                .verbose, .quiet, .version,
            ], exclusive: ["--verbose", "--quiet"])
    }

    func run(_ words: [String]) -> Int32 {
        let grammar = grammar
        let (parsed, code) = call.parse(words, grammar)
        guard let arguments = parsed else { return code }
        let help = ArgumentHelp(grammar).text
        if let words = conflict(arguments) { return call.wrong(words, grammar, showing: help) }
        let signing = SigningWork(call: call, arguments: arguments)
        let path = arguments.word("--file") ?? ""
        let document: ToolDocument
        do throws(ToolError) {
            document = try ToolDocument(try ToolFile.read(path), at: call.now)
        } catch {
            return signing.failed(
                "The following error occurred while loading the file '\(path)': ", error, 2)
        }
        let payload: ToolDocument.Payload
        do throws(ToolError) {
            payload = try document.payload()
        } catch {
            return signing.failed("", error, 1)
        }
        if case .link = payload, let words = linkConflict(arguments) {
            return call.wrong(words, grammar, showing: help)
        }
        return arguments.has("--verify")
            ? signing.verify(document) : signing.sign(document, payload)
    }

    private func conflict(_ arguments: ParsedArguments) -> String? {
        if arguments.has("--verify"), arguments.has("--append") || arguments.has("--output") {
            return "conflicting arguments: don't specify any of 'append' or 'output' when "
                + "verifying signatures"
        }
        if arguments.has("--key") == arguments.has("--gpg") {
            return "wrong arguments: specify either '--key PATH [PATH ...]' or '--gpg [KEYID "
                + "[KEYID ...]]'"
        }
        if arguments.has("--verify"), arguments.words("--gpg")?.isEmpty == true {
            return "missing arguments: specify at least one keyid for GPG signature verification "
                + "('--gpg KEYID ...')"
        }
        return nil
    }

    private func linkConflict(_ arguments: ParsedArguments) -> String? {
        let reason =
            "link metadata is associated with a single functionary and is usually namespaced "
            + "accordingly: '<name>.<keyid prefix>.link'."
        if (arguments.words("--key")?.count ?? 0) > 1 || (arguments.words("--gpg")?.count ?? 0) > 1
        {
            return "too many arguments: \(reason) Hence signing Link metadata with multiple keys "
                + "is not allowed."
        }
        if arguments.has("--append") {
            return "wrong arguments: \(reason). Hence adding signatures to existing signatures on "
                + "link metadata is not allowed."
        }
        return nil
    }
}
