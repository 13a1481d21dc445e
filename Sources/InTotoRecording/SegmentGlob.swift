// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// One segment of an exclude pattern, between two slashes.
///
/// `*` any run, `?` one code point, `[a-z]`, `[!a-z]` and `[^a-z]` one of a set, `\` makes the
/// next character literal. Where Python's pathspec lets a set match `/`, this one, like git,
/// never sees one.
struct SegmentGlob: Sendable {
    private enum Shape: Sendable {
        case anything
        case literal([UInt8])
        case prefix([UInt8])
        case suffix([UInt8])
        case infix([UInt8])
        case tokens([GlobToken])
    }

    /// Why a segment is no glob.
    enum Fault: Error {
        /// A `[` without its `]`: git and pathspec drop the whole pattern.
        case unclosedSet
        case pattern(PatternFault)
    }

    /// `*`.
    static let anything = SegmentGlob(.anything)

    private let shape: Shape

    private init(_ shape: Shape) { self.shape = shape }

    init(_ text: ArraySlice<Unicode.Scalar>) throws(Fault) {
        shape = SegmentGlob.shape(of: try SegmentGlob.tokens(of: text.map(\.value)))
    }

    /// Whether the whole of a name, without slashes, matches.
    func matches(_ name: UnsafeRawBufferPointer) -> Bool {
        switch shape {
        case .anything: true
        case .literal(let bytes): name.count == bytes.count && SegmentGlob.begins(name, bytes)
        case .prefix(let bytes): SegmentGlob.begins(name, bytes)
        case .suffix(let bytes):
            name.count >= bytes.count
                && SegmentGlob.begins(
                    UnsafeRawBufferPointer(rebasing: name[(name.count - bytes.count)...]), bytes)
        case .infix(let bytes):
            name.count >= bytes.count
                && (0...(name.count - bytes.count)).contains { start in
                    SegmentGlob.begins(UnsafeRawBufferPointer(rebasing: name[start...]), bytes)
                }
        case .tokens(let tokens): GlobToken.matches(tokens, scalars(of: name))
        }
    }

    private static func begins(_ name: UnsafeRawBufferPointer, _ bytes: [UInt8]) -> Bool {
        guard name.count >= bytes.count, let base = name.baseAddress else { return false }
        return memcmp(base, bytes, bytes.count) == 0
    }

    // MARK: reading a pattern

    private static func tokens(of text: [UInt32]) throws(Fault) -> [GlobToken] {
        var tokens: [GlobToken] = []
        var index = 0
        while index < text.count {
            let scalar = text[index]
            index += 1
            switch scalar {
            case 0x5C:
                guard index < text.count else { throw .pattern(.endsWithBackslash) }
                tokens.append(.scalar(text[index]))
                index += 1
            case 0x2A: if tokens.last != .anyRun { tokens.append(.anyRun) }
            case 0x3F: tokens.append(.anyScalar)
            case 0x5B:
                let (set, next) = try set(in: text, from: index)
                tokens.append(set)
                index = next
            default: tokens.append(.scalar(scalar))
            }
        }
        return tokens
    }

    /// Reads a set whose `[` stands before `start`; gives the index after its `]`.
    private static func set(
        in text: [UInt32], from start: Int
    ) throws(Fault) -> (GlobToken, Int) {
        var first = start
        let negated = first < text.count && (text[first] == 0x21 || text[first] == 0x5E)
        if negated { first += 1 }
        // A `]` that stands first is a member.
        var end = first < text.count && text[first] == 0x5D ? first + 1 : first
        while end < text.count, text[end] != 0x5D { end += 1 }
        guard end < text.count else { throw .unclosedSet }
        var ranges: [ClosedRange<UInt32>] = []
        var index = first
        while index < end {
            let low = text[index]
            if index + 2 < end, text[index + 1] == 0x2D {
                let high = text[index + 2]
                guard low <= high else { throw .pattern(.reversedRange) }
                ranges.append(low...high)
                index += 3
            } else {
                ranges.append(low...low)
                index += 1
            }
        }
        return (.set(ranges: ranges, negated: negated), end + 1)
    }

    /// The shapes that nearly all patterns have are matched by comparing bytes.
    private static func shape(of tokens: [GlobToken]) -> Shape {
        if tokens == [.anyRun] { return .anything }
        let opens = tokens.first == .anyRun
        let closes = tokens.count > 1 && tokens.last == .anyRun
        var bytes: [UInt8] = []
        for token in tokens.dropFirst(opens ? 1 : 0).dropLast(closes ? 1 : 0) {
            guard case .scalar(let value) = token, let scalar = Unicode.Scalar(value) else {
                return .tokens(tokens)
            }
            bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        switch (opens, closes) {
        case (false, false): return .literal(bytes)
        case (false, true): return .prefix(bytes)
        case (true, false): return .suffix(bytes)
        case (true, true): return .infix(bytes)
        }
    }
}

/// The code points of a name; a byte that is not UTF-8 becomes a half surrogate, as in Python.
private func scalars(of name: UnsafeRawBufferPointer) -> [UInt32] {
    var result: [UInt32] = []
    var rest = name[...]
    while !rest.isEmpty {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = rest.makeIterator()
        switch parser.parseScalar(from: &iterator) {
        case .valid(let encoded):
            result.append(Unicode.UTF8.decode(encoded).value)
            rest = rest.dropFirst(encoded.count)
        case .error(let length):
            result.append(contentsOf: rest.prefix(length).map { 0xDC00 + UInt32($0) })
            rest = rest.dropFirst(length)
        case .emptyInput: return result
        }
    }
    return result
}
