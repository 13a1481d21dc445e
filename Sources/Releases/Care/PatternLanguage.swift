// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
package import TUFMetadata

/// Which paths a pattern stands for, compared with another one.
///
/// Exact for `*` and `?`; of a pattern with a set in brackets only what is plain is said. What
/// is not known is never claimed.
package struct PatternLanguage {
    private let segments: [Segment]

    /// One segment, as tokens.
    private struct Segment {
        let tokens: [Token]
        /// Whether brackets keep us from knowing what it stands for.
        let isOpaque: Bool
        let text: UTF8Text

        init(_ text: Substring.UTF8View) {
            let string = String(Substring(text))
            self.text = UTF8Text(string)
            isOpaque = text.contains(UInt8(ascii: "["))
            tokens = string.unicodeScalars.map { scalar in
                switch scalar {
                case "*": .anyRun
                case "?": .anyScalar
                default: .scalar(scalar.value)
                }
            }
        }
    }

    private typealias Token = GlobToken

    package init(_ pattern: PathPattern) {
        segments = pattern.text.string.utf8
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Segment($0) }
    }

    /// Why no path can match, if that is plain.
    var deadReason: String? {
        for segment in segments {
            if segment.text.isEmpty { return "it has an empty segment" }
            if segment.text == "." || segment.text == ".." { return "it has a dot segment" }
            if segment.text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
                return "it has a control character"
            }
            if segment.text.utf8.contains(UInt8(ascii: "\\")) && !segment.isOpaque {
                return "it has a backslash"
            }
        }
        return nil
    }

    /// Whether every path of `narrow` is one of this pattern's, too.
    package func covers(_ narrow: PatternLanguage) -> Bool {
        segments.count == narrow.segments.count
            && zip(segments, narrow.segments).allSatisfy { PatternLanguage.covers($0, $1) }
    }

    /// Whether some path may be both patterns'.
    package func meets(_ other: PatternLanguage) -> Bool {
        segments.count == other.segments.count
            && zip(segments, other.segments).allSatisfy { PatternLanguage.meet($0, $1) }
    }

    // MARK: one segment

    /// Follows all readings of `narrow` side by side with the set of places that `wide` can be at.
    private static func covers(_ wide: Segment, _ narrow: Segment) -> Bool {
        if wide.text == narrow.text || wide.tokens.allSatisfy({ $0 == .anyRun }) { return true }
        guard !wide.isOpaque, !narrow.isOpaque, wide.tokens.count < 63 else { return false }
        let alphabet = alphabet(wide, narrow)
        var pending = [State(place: 0, set: closure(1, wide.tokens))]
        var seen = Set(pending)
        while let state = pending.popLast() {
            // Whatever `narrow` goes on with, `wide` cannot follow.
            guard state.set != 0, seen.count < 20_000 else { return false }
            guard state.place < narrow.tokens.count else {
                if state.set & (1 << UInt64(wide.tokens.count)) == 0 { return false }
                continue
            }
            var next: [State] = []
            switch narrow.tokens[state.place] {
            case .scalar(let scalar):
                next = [State(place: state.place + 1, set: step(state.set, scalar, wide.tokens))]
            case .anyScalar, .set:
                next = alphabet.map {
                    State(place: state.place + 1, set: step(state.set, $0, wide.tokens))
                }
            case .anyRun:
                next = alphabet.map {
                    State(place: state.place, set: step(state.set, $0, wide.tokens))
                }
                next.append(State(place: state.place + 1, set: state.set))
            }
            for state in next where seen.insert(state).inserted { pending.append(state) }
        }
        return true
    }

    private struct State: Hashable {
        let place: Int
        let set: UInt64
    }

    /// All scalars that either names, and one that neither does, for all others.
    private static func alphabet(_ one: Segment, _ other: Segment) -> [UInt32] {
        var scalars: Set<UInt32> = []
        for token in one.tokens + other.tokens {
            if case .scalar(let value) = token { scalars.insert(value) }
        }
        return scalars.sorted() + [UInt32.max]
    }

    private static func step(_ set: UInt64, _ scalar: UInt32, _ tokens: [Token]) -> UInt64 {
        var result: UInt64 = 0
        for (place, token) in tokens.enumerated() where set & (1 << UInt64(place)) != 0 {
            switch token {
            case .scalar(let value): if value == scalar { result |= 1 << UInt64(place + 1) }
            case .anyScalar, .set: result |= 1 << UInt64(place + 1)
            case .anyRun: result |= 1 << UInt64(place)
            }
        }
        return closure(result, tokens)
    }

    /// A `*` may be passed over.
    private static func closure(_ set: UInt64, _ tokens: [Token]) -> UInt64 {
        var result = set
        for (place, token) in tokens.enumerated()
        where token == .anyRun && result & (1 << UInt64(place)) != 0 {
            result |= 1 << UInt64(place + 1)
        }
        return result
    }

    /// Whether some text is of both segments.
    private static func meet(_ one: Segment, _ other: Segment) -> Bool {
        if one.isOpaque || other.isOpaque { return true }
        let (left, right) = (one.tokens, other.tokens)
        // Reached pairs of places, row by row.
        var row = [Bool](repeating: false, count: right.count + 1)
        row[0] = true
        for place in 0...left.count {
            let token = place < left.count ? left[place] : nil
            var next = [Bool](repeating: false, count: right.count + 1)
            for column in 0...right.count where row[column] {
                let mate = column < right.count ? right[column] : nil
                if token == .anyRun { next[column] = true }
                if mate == .anyRun { row[column + 1] = true }
                guard let token, let mate else { continue }
                if token == .anyRun { row[column + 1] = true }
                if mate == .anyRun { next[column] = true }
                if token != .anyRun, mate != .anyRun, agree(token, mate) { next[column + 1] = true }
            }
            if place == left.count { return row[right.count] }
            row = next
        }
        return false
    }

    private static func agree(_ one: Token, _ other: Token) -> Bool {
        guard case .scalar(let left) = one, case .scalar(let right) = other else { return true }
        return left == right
    }
}
