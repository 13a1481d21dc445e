// SPDX-License-Identifier: Apache-2.0

/// The options and arguments of a program, as python's argparse takes them.
struct ArgumentGrammar: Sendable {
    /// How many words an option or the positional argument takes.
    enum Arity: Sendable, Equatable {
        /// None: the option is there or not.
        case flag
        case one
        /// One or none, argparse's `?`.
        case optional
        /// One or more, argparse's `+`.
        case oneOrMore
        /// Any number, argparse's `*`.
        case any
        /// Shows the help and ends the program.
        case help
        /// Shows the version and ends the program.
        case version
    }

    struct Option: Sendable {
        let names: [String]
        let arity: Arity
        /// What stands for its word in the help.
        var word = ""
        var isInteger = false
        var isRequired = false
        /// Further uses add to the first; argparse has the last one win.
        var isCollected = false
        /// Whether it may be shortened. One that python has not may not: it would take the
        /// abbreviations of those that it has.
        var isShortened = true
        let help: String

        /// As errors name it.
        var title: String { names.joined(separator: "/") }
        /// As the program asks for it.
        var key: String { names.last ?? "" }
    }

    /// As errors name the program.
    var program: String
    /// The line after `usage: `, without the program.
    var usage: String
    var summary: String
    var options: [Option]
    /// The words that belong to no option; `nil` if there may be none.
    var positional: Arity?
    /// Two options of which only one may be given.
    var exclusive: [String] = []

    func option(named name: String) -> Option? { options.first { $0.names.contains(name) } }
}

/// Why a command line ends the program before it has done anything.
enum ArgumentEnd: Error, Equatable {
    case help
    case version
    case wrong(String)
}

/// The words of a command line by their options.
struct ParsedArguments: Sendable {
    enum Value: Sendable {
        /// The option alone.
        case given
        case words([String])
    }

    fileprivate(set) var values: [String: Value] = [:]
    fileprivate(set) var positional: [String] = []

    func has(_ name: String) -> Bool { values[name] != nil }

    /// The word of an option that takes one.
    func word(_ name: String) -> String? { words(name)?.first }

    /// The words of an option.
    func words(_ name: String) -> [String]? {
        guard case .words(let words) = values[name] else { return nil }
        return words
    }

    /// The number of an option that takes one.
    func integer(_ name: String) -> Int? { word(name).flatMap(ParsedArguments.integer) }

    /// What python's `int` reads, of ASCII digits; saturated.
    static func integer(_ word: String) -> Int? {
        var text = word.trimmingSpaces
        let isNegative = text.hasPrefix("-")
        if isNegative || text.hasPrefix("+") { text.removeFirst() }
        let groups = text.split(separator: "_", omittingEmptySubsequences: false)
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        guard groups.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }) else { return nil }
        let digits = groups.joined()
        return Int((isNegative ? "-" : "") + digits) ?? (isNegative ? Int.min : Int.max)
    }
}

extension ParsedArguments {
    mutating func set(_ option: ArgumentGrammar.Option, _ words: [String]) {
        switch option.arity {
        case .flag, .help, .version: values[option.key] = .given
        case .optional: values[option.key] = words.isEmpty ? .given : .words(words)
        case .one, .oneOrMore, .any:
            let before = option.isCollected ? self.words(option.key) ?? [] : []
            values[option.key] = .words(before + words)
        }
    }

    mutating func setPositional(_ words: [String]) { positional = words }
}

extension String {
    fileprivate var trimmingSpaces: String {
        let isSpace = { (character: Character) in character.isWhitespace }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
