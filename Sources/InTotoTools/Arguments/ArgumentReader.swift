// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Reads a command line in the order and with the words of python's argparse (3.11): options may be
/// shortened, joined (`-vx`, `-nname`, `--name=value`) and mixed with arguments; all after `--` are
/// arguments.
struct ArgumentReader {
    private typealias Option = ArgumentGrammar.Option

    private enum Kind: Equatable {
        case argument
        case separator
        case option
    }

    private struct Occurrence {
        /// `nil` for a word that looks like an option and is none.
        let option: Option?
        /// As it was written, or what it is short for.
        let name: String
        let value: String?
    }

    private let grammar: ArgumentGrammar
    private let words: [String]
    private var kinds: [Kind] = []
    private var occurrences: [Int: Occurrence] = [:]
    private var parsed = ParsedArguments()
    private var extras: [String] = []
    private var hasPositional = false

    private init(_ grammar: ArgumentGrammar, _ words: [String]) {
        self.grammar = grammar
        self.words = words
    }

    /// - Throws: ``ArgumentEnd``.
    static func parse(
        _ words: [String], _ grammar: ArgumentGrammar
    ) throws(ArgumentEnd) -> ParsedArguments {
        let (parsed, unknown) = try parseKnown(words, grammar)
        try expectNone(unknown)
        return parsed
    }

    /// Reads what is known, and gives the rest; what is missing is missed first.
    static func parseKnown(
        _ words: [String], _ grammar: ArgumentGrammar
    ) throws(ArgumentEnd) -> (parsed: ParsedArguments, unknown: [String]) {
        var reader = ArgumentReader(grammar, words)
        try reader.classify()
        try reader.read()
        try reader.expectAll()
        return (reader.parsed, reader.extras)
    }

    static func expectNone(_ unknown: [String]) throws(ArgumentEnd) {
        if unknown.isEmpty { return }
        throw .wrong("unrecognized arguments: \(unknown.joined(separator: " "))")
    }

    // MARK: words

    private mutating func classify() throws(ArgumentEnd) {
        for (index, word) in words.enumerated() {
            if kinds.contains(.separator) {
                kinds.append(.argument)
            } else if word == "--" {
                kinds.append(.separator)
            } else if let occurrence = try occurrence(word) {
                occurrences[index] = occurrence
                kinds.append(.option)
            } else {
                kinds.append(.argument)
            }
        }
    }

    /// What a word says as an option; `nil` if it is an argument.
    private func occurrence(_ word: String) throws(ArgumentEnd) -> Occurrence? {
        guard word.hasPrefix("-") else { return nil }
        if let option = grammar.option(named: word) {
            return Occurrence(option: option, name: word, value: nil)
        }
        if word.utf8.count == 1 { return nil }
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count == 2 ? String(parts[1]) : nil
        if value != nil, let option = grammar.option(named: String(parts[0])) {
            return Occurrence(option: option, name: String(parts[0]), value: value)
        }
        let candidates =
            word.hasPrefix("--")
            ? longCandidates(String(parts[0]), value) : shortCandidates(word)
        if candidates.count > 1 {
            let names = candidates.map(\.name).joined(separator: ", ")
            throw .wrong("ambiguous option: \(word) could match \(names)")
        }
        if let only = candidates.first { return only }
        if isNegativeNumber(word) || word.contains(" ") { return nil }
        return Occurrence(option: nil, name: word, value: nil)
    }

    private func longCandidates(_ prefix: String, _ value: String?) -> [Occurrence] {
        grammar.options.flatMap { option in
            option.names.filter { option.isShortened && $0.hasPrefix(prefix) }
                .map { Occurrence(option: option, name: $0, value: value) }
        }
    }

    private func shortCandidates(_ word: String) -> [Occurrence] {
        let name = String(word.prefix(2))
        return grammar.options.flatMap { option in
            option.names.compactMap { candidate in
                if candidate == name {
                    return Occurrence(
                        option: option, name: candidate, value: String(word.dropFirst(2)))
                }
                return candidate.hasPrefix(word)
                    ? Occurrence(option: option, name: candidate, value: nil) : nil
            }
        }
    }

    private func isNegativeNumber(_ word: String) -> Bool {
        let digits = word.dropFirst()
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let last = parts.last, !last.isEmpty else { return false }
        return parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }

    // MARK: order

    private mutating func read() throws(ArgumentEnd) {
        var index = 0
        while let next = occurrences.keys.filter({ $0 >= index }).min() {
            if index != next {
                let end = takePositional(from: index)
                if end > index {
                    index = end
                    continue
                }
            }
            if occurrences[index] == nil {
                extras.append(contentsOf: words[index..<next])
                index = next
            }
            index = try takeOption(at: index)
        }
        let end = takePositional(from: index)
        extras.append(contentsOf: words[end...])
    }

    /// Takes the arguments from here on, if they have not been taken; gives where they end.
    private mutating func takePositional(from start: Int) -> Int {
        guard let arity = grammar.positional, !hasPositional else { return start }
        let end = kinds[start...].firstIndex(of: .option) ?? kinds.count
        if arity == .oneOrMore, !kinds[start..<end].contains(.argument) { return start }
        hasPositional = true
        var taken = Array(words[start..<end])
        if let separator = taken.firstIndex(of: "--") { taken.remove(at: separator) }
        parsed.setPositional(taken)
        return end
    }

    private mutating func takeOption(at start: Int) throws(ArgumentEnd) -> Int {
        guard let occurrence = occurrences[start], var option = occurrence.option else {
            extras.append(words[start])
            return start + 1
        }
        var name = occurrence.name
        var value = occurrence.value
        var pending: [(Option, [String])] = []
        while let given = value {
            guard takesNone(option) else {
                pending.append((option, [given]))
                for (option, words) in pending { try take(option, words) }
                return start + 1
            }
            guard !name.hasPrefix("--"), !given.isEmpty else {
                throw ignored(option, given)
            }
            // Flags of one letter, joined.
            pending.append((option, []))
            name = "-\(given.prefix(1))"
            guard let next = grammar.option(named: name) else { throw ignored(option, given) }
            option = next
            value = given.count > 1 ? String(given.dropFirst()) : nil
        }
        let end = kinds[(start + 1)...].firstIndex { $0 != .argument } ?? kinds.count
        let count = try taken(option, of: end - start - 1)
        pending.append((option, Array(words[start + 1..<start + 1 + count])))
        for (option, words) in pending { try take(option, words) }
        return start + 1 + count
    }

    private func takesNone(_ option: Option) -> Bool {
        [.flag, .help, .version].contains(option.arity)
    }

    private func ignored(_ option: Option, _ value: String) -> ArgumentEnd {
        let shown = PythonValue.repr(.init(value))
        return .wrong("argument \(option.title): ignored explicit argument \(shown)")
    }

    /// How many of the arguments that follow an option takes.
    private func taken(_ option: Option, of available: Int) throws(ArgumentEnd) -> Int {
        switch option.arity {
        case .flag, .help, .version: return 0
        case .optional: return min(1, available)
        case .any: return available
        case .one:
            guard available > 0 else {
                throw .wrong("argument \(option.title): expected one argument")
            }
            return 1
        case .oneOrMore:
            guard available > 0 else {
                throw .wrong("argument \(option.title): expected at least one argument")
            }
            return available
        }
    }

    private mutating func take(_ option: Option, _ words: [String]) throws(ArgumentEnd) {
        if option.isInteger, let word = words.first, ParsedArguments.integer(word) == nil {
            let shown = PythonValue.repr(.init(word))
            throw .wrong("argument \(option.title): invalid int value: \(shown)")
        }
        if grammar.exclusive.contains(option.key) {
            for other in grammar.exclusive where other != option.key && parsed.has(other) {
                let title = grammar.option(named: other)?.title ?? other
                throw .wrong("argument \(option.title): not allowed with argument \(title)")
            }
        }
        switch option.arity {
        case .help: throw .help
        case .version: throw .version
        default: parsed.set(option, words)
        }
    }

    private func expectAll() throws(ArgumentEnd) {
        var missing = grammar.options.filter { $0.isRequired && !parsed.has($0.key) }.map(\.title)
        if grammar.positional == .oneOrMore, !hasPositional { missing.append("<command>") }
        if !missing.isEmpty {
            throw .wrong(
                "the following arguments are required: \(missing.joined(separator: ", "))")
        }
    }
}
