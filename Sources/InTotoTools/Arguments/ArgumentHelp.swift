// SPDX-License-Identifier: Apache-2.0

/// The text that `--help` shows.
struct ArgumentHelp {
    private let grammar: ArgumentGrammar

    init(_ grammar: ArgumentGrammar) { self.grammar = grammar }

    var text: String {
        var lines = ["usage: \(grammar.usage)", "", grammar.summary, "", "options:"]
        for option in grammar.options {
            let names = option.names.map { name in
                let word = word(option)
                return word.isEmpty ? name : "\(name) \(word)"
            }
            lines.append("  " + names.joined(separator: ", "))
            lines += wrapped(option.help, width: 70).map { "        \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func word(_ option: ArgumentGrammar.Option) -> String {
        switch option.arity {
        case .flag, .help, .version: ""
        case .one: option.word
        case .optional: "[\(option.word)]"
        case .oneOrMore: "\(option.word) [\(option.word) ...]"
        case .any: "[\(option.word) ...]"
        }
    }

    private func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
