// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// `in-toto-match-products`: whether files are what a link says; its signatures are not looked at.
struct MatchProductsProgram {
    private let call: ToolCall

    init(_ call: ToolCall) { self.call = call }

    private var grammar: ArgumentGrammar {
        ArgumentGrammar(
            program: call.name, usage: "\(call.name) [-h] -l <path> [options]",
            summary: "Compares files with the products of a link, whose signatures do not matter.",
            options: [
                .help,
                .init(
                    names: ["-l", "--link"], arity: .one, word: "<path>", isRequired: true,
                    help: "Link to compare with."),
                .init(
                    names: ["-p", "--paths"], arity: .oneOrMore, word: "<path>",
                    help: "Files and folders; the current folder unless given."),
                .init(
                    names: ["-e", "--exclude"], arity: .oneOrMore, word: "<pattern>",
                    help: "Patterns as in a .gitignore of paths that do not count."),
                .lstripPaths, .verbose,
            ])
    }

    func run(_ words: [String]) -> Int32 {
        let (parsed, code) = call.parse(words, grammar)
        guard let arguments = parsed else { return code }
        do throws(ToolError) {
            return try match(arguments)
        } catch {
            return call.failed(error, .usual)
        }
    }

    private func match(_ arguments: ParsedArguments) throws(ToolError) -> Int32 {
        let document = try ToolDocument(
            try ToolFile.read(arguments.word("--link") ?? ""), at: call.now)
        guard case .metablock(_, .link(let link)) = document.container else {
            throw ToolError(
                .refused,
                "an envelope or a layout, where in-toto-match-products takes a "
                    + "Metablock's link alone")
        }
        var options = ToolRecorder.Options(arguments)
        options.exclude = arguments.words("--exclude")
        options.followsLinksToFolders = false
        let found = try ToolRecorder(options, log: .silent)
            .record(arguments.words("--paths") ?? ["."]).artifacts
        let missing = link.products.filter { found[$0.name] == nil }
        let added = found.filter { link.products[$0.name] == nil }
        let differing = found.filter { artifact in
            link.products[artifact.name].map { $0.digests != artifact.digests } ?? false
        }
        let isEqual = missing.isEmpty && added.isEmpty && differing.isEmpty
        if arguments.has("--verbose") {
            let word = isEqual ? "match" : "don't match"
            var lines = ["Local artifacts \(word) products in passed link."]
            lines += missing.map { "Only in products: \($0.name)" }
            lines += added.map { "Not in products: \($0.name)" }
            lines += differing.map { "Hashes differ: \($0.name)" }
            call.console.output(lines.joined(separator: "\n") + "\n")
        }
        return isEqual ? 0 : 1
    }
}
