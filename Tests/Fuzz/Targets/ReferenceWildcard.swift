// SPDX-License-Identifier: Apache-2.0

/// `fnmatch.fnmatchcase` of Python 3.11, followed line by line: the pattern becomes the source
/// of character classes as `fnmatch.translate` writes them, which are then read as `re` does.
/// Slow, and meant to be obviously right.
struct ReferenceWildcard {
    private indirect enum Part {
        case run
        case any
        case one(UInt32)
        case never
        case oneOf(ranges: [ClosedRange<UInt32>], negated: Bool)
    }

    private let parts: [Part]

    /// - Returns: `nil` for a pattern at which Python raises an error.
    init?(_ pattern: [UInt32]) {
        var parts: [Part] = []
        var i = 0
        while i < pattern.count {
            let c = pattern[i]
            i += 1
            guard c == code("[") else {
                parts.append(c == code("*") ? .run : c == code("?") ? .any : .one(c))
                continue
            }
            var j = i
            if j < pattern.count, pattern[j] == code("!") { j += 1 }
            if j < pattern.count, pattern[j] == code("]") { j += 1 }
            while j < pattern.count, pattern[j] != code("]") { j += 1 }
            if j >= pattern.count {
                parts.append(.one(code("[")))
            } else {
                guard let part = ReferenceWildcard.part(Self.stuff(pattern, i, j)) else {
                    return nil
                }
                parts.append(part)
                i = j + 1
            }
        }
        self.parts = parts
    }

    /// The inside of the brackets of a regular expression, from `pattern[i..<j]`.
    private static func stuff(_ pattern: [UInt32], _ start: Int, _ j: Int) -> [UInt32] {
        var i = start
        var stuff: [UInt32]
        if !pattern[i..<j].contains(code("-")) {
            stuff = pattern[i..<j].flatMap { $0 == code("\\") ? [$0, $0] : [$0] }
        } else {
            var chunks: [[UInt32]] = []
            var k = pattern[i] == code("!") ? i + 2 : i + 1
            while k < j, let found = pattern[k..<j].firstIndex(of: code("-")) {
                chunks.append(Array(pattern[i..<found]))
                i = found + 1
                k = found + 3
            }
            if i < j {
                chunks.append(Array(pattern[i..<j]))
            } else {
                chunks[chunks.count - 1].append(code("-"))
            }
            for k in stride(from: chunks.count - 1, to: 0, by: -1)
            where chunks[k - 1][chunks[k - 1].count - 1] > chunks[k][0] {
                chunks[k - 1] = chunks[k - 1].dropLast() + chunks[k].dropFirst()
                chunks.remove(at: k)
            }
            let escaped = chunks.map { chunk in
                chunk.flatMap { [code("\\"), code("-")].contains($0) ? [code("\\"), $0] : [$0] }
            }
            stuff = Array(escaped.joined(separator: [code("-")]))
        }
        return stuff.flatMap {
            "&~|".unicodeScalars.map(\.value).contains($0) ? [code("\\"), $0] : [$0]
        }
    }

    private static func part(_ stuff: [UInt32]) -> Part? {
        if stuff.isEmpty { return .never }
        if stuff == [code("!")] { return .any }
        let negated = stuff[0] == code("!")
        // A `^` or `[` in front is escaped, so it stands for itself.
        return set(negated ? Array(stuff.dropFirst()) : stuff, negated: negated)
    }

    /// A class as Python's `re` reads it; `nil` where it raises an error.
    private static func set(_ source: [UInt32], negated: Bool) -> Part? {
        var ranges: [ClosedRange<UInt32>] = []
        var i = 0
        func one() -> UInt32? {
            guard i < source.count else { return nil }
            if source[i] == code("\\") { i += 1 }
            guard i < source.count else { return nil }
            i += 1
            return source[i - 1]
        }
        while i < source.count {
            guard let low = one() else { return nil }
            guard i < source.count, source[i] == code("-") else {
                ranges.append(low...low)
                continue
            }
            i += 1
            if i == source.count {
                ranges += [low...low, code("-")...code("-")]
                break
            }
            guard let high = one(), low <= high else { return nil }
            ranges.append(low...high)
        }
        return .oneOf(ranges: ranges, negated: negated)
    }

    /// Whether the whole of `text` matches: a table of which beginnings match which.
    func matches(_ text: [UInt32]) -> Bool {
        var reached = [true] + [Bool](repeating: false, count: text.count)
        for part in parts {
            var next = [Bool](repeating: false, count: text.count + 1)
            for position in 0...text.count {
                if case .run = part {
                    next[position] = reached[position] || (position > 0 && next[position - 1])
                } else if position > 0 {
                    next[position] = reached[position - 1] && Self.takes(part, text[position - 1])
                }
            }
            reached = next
        }
        return reached[text.count]
    }

    private static func takes(_ part: Part, _ scalar: UInt32) -> Bool {
        switch part {
        case .run, .never: false
        case .any: true
        case .one(let value): value == scalar
        case .oneOf(let ranges, let negated): ranges.contains { $0.contains(scalar) } != negated
        }
    }
}

private func code(_ scalar: Unicode.Scalar) -> UInt32 { scalar.value }
