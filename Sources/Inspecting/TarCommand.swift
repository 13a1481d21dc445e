// SPDX-License-Identifier: Apache-2.0
import Archives
import CanonicalJSON

/// `tar -x`, in the ways in which GNU tar is told.
struct TarCommand: Equatable {
    private(set) var file: UTF8Text = ""
    /// `nil` if tar finds out itself.
    private(set) var packing: Packing?
    private(set) var folder: UTF8Text?
    private(set) var strippedComponents = 0
    private var extracts = false

    /// - Throws: ``CommandFault``.
    init(_ words: inout CommandWords) throws(CommandFault) {
        var isFirst = true
        while let word = words.next() {
            if word.starts(with: "--") {
                try take(long: word, &words)
            } else if word.starts(with: "-"), word.count > 1 {
                try take(letters: word, &words)
            } else if isFirst, !word.isEmpty {
                try take(bundle: word, &words)
            } else {
                // Names of single entries.
                throw .argument(word, in: words.program)
            }
            isFirst = false
        }
        guard extracts else { throw .missing("-x", in: words.program) }
        guard !file.isEmpty else { throw .missing("-f FILE", in: words.program) }
    }

    /// `xzf`: without a dash; what the letters need follows them in their order.
    private mutating func take(
        bundle: UTF8Text, _ words: inout CommandWords
    ) throws(CommandFault) {
        for letter in bundle.utf8 {
            if TarCommand.needsValue(letter) {
                try set(letter, try words.value(of: bundle), bundle, words.program)
            } else {
                try set(letter, bundle, words.program)
            }
        }
    }

    /// `-xzf FILE` or `-xzfFILE`: what a letter needs is the rest of the word, or the next one.
    private mutating func take(
        letters word: UTF8Text, _ words: inout CommandWords
    ) throws(CommandFault) {
        for (index, letter) in word.utf8.enumerated().dropFirst() {
            guard TarCommand.needsValue(letter) else {
                try set(letter, word, words.program)
                continue
            }
            let rest = word.dropping(index + 1)
            return try set(
                letter, rest.isEmpty ? try words.value(of: word) : rest, word, words.program)
        }
    }

    private static func needsValue(_ letter: UInt8) -> Bool {
        letter == UInt8(ascii: "f") || letter == UInt8(ascii: "C")
    }

    private mutating func set(
        _ letter: UInt8, _ word: UTF8Text, _ program: String
    ) throws(CommandFault) {
        switch letter {
        case UInt8(ascii: "x"): extracts = true
        case UInt8(ascii: "z"): try set(.gzip, word, program)
        case UInt8(ascii: "J"): try set(.xz, word, program)
        // These change what is said, or owners, modes and times, which are not recorded.
        case UInt8(ascii: "v"), UInt8(ascii: "p"), UInt8(ascii: "m"), UInt8(ascii: "o"): break
        default: throw .argument(word, in: program)
        }
    }

    private mutating func set(
        _ packing: Packing, _ word: UTF8Text, _ program: String
    ) throws(CommandFault) {
        guard self.packing == nil || self.packing == packing else {
            throw .argument(word, in: program)
        }
        self.packing = packing
    }

    private mutating func set(
        _ letter: UInt8, _ value: UTF8Text, _ word: UTF8Text, _ program: String
    ) throws(CommandFault) {
        if letter == UInt8(ascii: "f") {
            // `-` is the standard input, and what has a colon another machine.
            guard file.isEmpty, !value.isSame("-"), !value.utf8.contains(UInt8(ascii: ":")) else {
                throw .argument(value, in: program)
            }
            file = value
        } else {
            guard folder == nil else { throw .argument(word, in: program) }
            folder = value
        }
    }

    private mutating func take(
        long word: UTF8Text, _ words: inout CommandWords
    ) throws(CommandFault) {
        let parts = word.string.utf8.split(
            separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        let name = UTF8Text(String(parts[0]) ?? "")
        let value = parts.count == 2 ? UTF8Text(String(parts[1]) ?? "") : nil
        if value?.isEmpty == true { throw .argument(word, in: words.program) }
        let needed = ["--file", "--directory", "--strip-components"]
        if needed.contains(where: name.isSame) {
            let value = if let value { value } else { try words.value(of: word) }
            switch name.string {
            case "--file": try set(UInt8(ascii: "f"), value, word, words.program)
            case "--directory": try set(UInt8(ascii: "C"), value, word, words.program)
            default:
                guard let count = Int(value.string), (0...100).contains(count) else {
                    throw .argument(value, in: words.program)
                }
                strippedComponents = count
            }
            return
        }
        guard value == nil else { throw .argument(word, in: words.program) }
        switch name.string {
        case "--extract", "--get": extracts = true
        case "--gzip", "--gunzip", "--ungzip": try set(.gzip, word, words.program)
        case "--xz": try set(.xz, word, words.program)
        case "--zstd": try set(.zstd, word, words.program)
        case "--verbose", "--touch", "--no-same-owner", "--no-same-permissions",
            "--same-permissions", "--preserve-permissions":
            break
        default: throw .argument(word, in: words.program)
        }
    }
}
