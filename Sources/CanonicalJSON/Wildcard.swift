// SPDX-License-Identifier: Apache-2.0

/// A shell-style pattern with the exact meaning of Python's `fnmatch.fnmatchcase`, which both
/// TUF's path patterns and in-toto's artifact rules refer to.
///
/// `*` any run, `?` one code point, `[a-z]` and `[!a-z]` one of a set; no escapes, `/` is a
/// character like any other. Matching takes at most pattern length times text length steps.
public struct Wildcard: Sendable {
    /// The pattern as written.
    public let text: UTF8Text
    private let shape: GlobShape

    public init(_ text: UTF8Text) {
        self.text = text
        shape = GlobShape(Wildcard.tokens(of: text.string.unicodeScalars.map(\.value)))
    }

    /// Whether it matches nothing but itself.
    public var isLiteral: Bool { if case .literal = shape { true } else { false } }

    /// Whether it matches everything: `*`, however often it stands there.
    package var isAnything: Bool { if case .anything = shape { true } else { false } }

    /// The bytes that all it matches begins with.
    package var prefix: [UInt8] {
        switch shape {
        case .anything: []
        case .literal(let bytes): bytes
        case .affixes(let prefix, _), .tokens(_, let prefix): prefix
        }
    }

    /// Whether it matches all that begins with ``prefix`` and nothing else.
    package var isPrefix: Bool {
        switch shape {
        case .anything: true
        case .affixes(_, let suffix): suffix.isEmpty
        case .literal, .tokens: false
        }
    }

    /// Whether the whole of `candidate` matches.
    public func matches(_ candidate: UTF8Text) -> Bool {
        var steps = 0
        return candidate.withBytes { matches($0, steps: &steps) }
    }

    /// Whether the whole of `candidate` matches.
    public func matches(_ candidate: Substring) -> Bool {
        var copy = candidate
        var steps = 0
        return copy.withUTF8 { matches($0, steps: &steps) }
    }

    /// Whether the whole of `text`, which is valid UTF-8, matches.
    package func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var steps = 0
        return shape.matches(text, steps: &steps)
    }

    /// Whether the whole of `text`, which is valid UTF-8, matches.
    ///
    /// - Parameter steps: raised by the number of comparisons made: at most two more than the
    ///   pattern's length times two more than the text's.
    package func matches(_ text: UnsafeBufferPointer<UInt8>, steps: inout Int) -> Bool {
        shape.matches(text, steps: &steps)
    }

    // MARK: reading a pattern

    private static func tokens(of pattern: [UInt32]) -> [GlobToken] {
        var tokens: [GlobToken] = []
        var index = 0
        while index < pattern.count {
            let scalar = pattern[index]
            index += 1
            if scalar == star {
                if tokens.last != .anyRun { tokens.append(.anyRun) }
            } else if scalar == question {
                tokens.append(.anyScalar)
            } else if scalar == openBracket, let end = endOfSet(pattern, index) {
                tokens.append(set(pattern[index..<end]))
                index = end + 1
            } else {
                tokens.append(.scalar(scalar))
            }
        }
        return tokens
    }

    private static let star = Unicode.Scalar("*").value
    private static let question = Unicode.Scalar("?").value
    private static let openBracket = Unicode.Scalar("[").value
    private static let closeBracket = Unicode.Scalar("]").value
    private static let exclamation = Unicode.Scalar("!").value
    private static let hyphen = Unicode.Scalar("-").value

    /// Index of the bracket that closes the set; `nil` if none does, then `[` is a literal.
    private static func endOfSet(_ pattern: [UInt32], _ start: Int) -> Int? {
        var index = start
        if index < pattern.count, pattern[index] == exclamation { index += 1 }
        if index < pattern.count, pattern[index] == closeBracket { index += 1 }
        return pattern[min(index, pattern.count)...].firstIndex(of: closeBracket)
    }

    /// The set between the brackets. Where hyphens make ranges follows fnmatch step by step.
    private static func set(_ content: ArraySlice<UInt32>) -> GlobToken {
        var negated = content.first == exclamation
        var chunks = chunks(of: Array(negated ? content.dropFirst() : content))
        // A reversed range is empty: both its ends go.
        for index in stride(from: chunks.count - 1, to: 0, by: -1) {
            guard let last = chunks[index - 1].last, let first = chunks[index].first, last > first
            else { continue }
            chunks[index - 1] = chunks[index - 1].dropLast() + chunks[index].dropFirst()
            chunks.remove(at: index)
        }
        // fnmatch looks for the negation after that, so what went may uncover one.
        if !negated, chunks.first?.first == exclamation {
            negated = true
            chunks[0].removeFirst()
            if chunks[0].isEmpty, chunks.count > 1 {
                chunks.removeFirst()
                chunks[0].insert(hyphen, at: 0)
            }
        }
        var ranges: [ClosedRange<UInt32>] = []
        for (index, chunk) in chunks.enumerated() {
            ranges += chunk.map { $0...$0 }
            if index > 0, let low = chunks[index - 1].last, let high = chunk.first, low <= high {
                ranges.append(low...high)
            }
        }
        return .set(ranges: ranges, negated: negated)
    }

    /// A set without the hyphens that make ranges: these stand between the chunks.
    private static func chunks(of body: [UInt32]) -> [[UInt32]] {
        var chunks: [[UInt32]] = []
        var start = 0
        var search = 1
        while search < body.count, let found = body[search...].firstIndex(of: hyphen) {
            chunks.append(Array(body[start..<found]))
            start = found + 1
            search = found + 3
        }
        if start < body.count {
            chunks.append(Array(body[start...]))
        } else if !chunks.isEmpty {
            chunks[chunks.count - 1].append(hyphen)
        }
        return chunks
    }
}

extension Wildcard: Equatable {
    public static func == (left: Wildcard, right: Wildcard) -> Bool { left.text == right.text }
}
