// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// What a step's or inspection's materials and products must be like (in-toto 1.0 §4.3.3).
public enum ArtifactRule: Sendable, Equatable {
    case create(Wildcard)
    case delete(Wildcard)
    case modify(Wildcard)
    case allow(Wildcard)
    case disallow(Wildcard)
    /// A literal name, not a pattern.
    case require(UTF8Text)
    case match(ArtifactMatch)

    /// The tokens of a rule, as a layout lists them.
    ///
    /// Keywords are read in any case, as Python does; `nil` if the tokens are no rule.
    public init?(tokens: [UTF8Text]) {
        guard let keyword = tokens.first.map(upperCase) else { return nil }
        if keyword == "MATCH" {
            guard let match = ArtifactMatch(tokens: Array(tokens.dropFirst())) else { return nil }
            self = .match(match)
            return
        }
        guard tokens.count == 2 else { return nil }
        switch keyword {
        case "CREATE": self = .create(Wildcard(tokens[1]))
        case "DELETE": self = .delete(Wildcard(tokens[1]))
        case "MODIFY": self = .modify(Wildcard(tokens[1]))
        case "ALLOW": self = .allow(Wildcard(tokens[1]))
        case "DISALLOW": self = .disallow(Wildcard(tokens[1]))
        case "REQUIRE": self = .require(tokens[1])
        default: return nil
        }
    }

    /// The rule as a layout lists it.
    public var tokens: [UTF8Text] {
        switch self {
        case .create(let pattern): ["CREATE", pattern.text]
        case .delete(let pattern): ["DELETE", pattern.text]
        case .modify(let pattern): ["MODIFY", pattern.text]
        case .allow(let pattern): ["ALLOW", pattern.text]
        case .disallow(let pattern): ["DISALLOW", pattern.text]
        case .require(let name): ["REQUIRE", name]
        case .match(let match): match.tokens
        }
    }
}

/// A keyword in upper case. Letters outside ASCII stay: Unicode would make an S of a long s.
private func upperCase(_ text: UTF8Text) -> String {
    String(
        decoding: text.utf8.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
}

extension ArtifactRule: CustomStringConvertible {
    public var description: String { tokens.map(\.string).joined(separator: " ") }
}

/// `MATCH pattern [IN prefix] WITH (MATERIALS|PRODUCTS) [IN prefix] FROM step`.
public struct ArtifactMatch: Sendable, Equatable {
    /// Which of a link's two lists.
    public enum List: String, Sendable {
        case materials = "MATERIALS"
        case products = "PRODUCTS"
    }

    public let pattern: Wildcard
    public let sourcePrefix: UTF8Text?
    public let list: List
    public let destinationPrefix: UTF8Text?
    public let step: UTF8Text

    public init(
        pattern: Wildcard, sourcePrefix: UTF8Text? = nil, list: List,
        destinationPrefix: UTF8Text? = nil, step: UTF8Text
    ) {
        self.pattern = pattern
        self.sourcePrefix = sourcePrefix
        self.list = list
        self.destinationPrefix = destinationPrefix
        self.step = step
    }

    /// The tokens after `MATCH`.
    init?(tokens: [UTF8Text]) {
        var rest = tokens[...]
        func keyword(_ words: String...) -> String? {
            guard let first = rest.first.map(upperCase), words.contains(first) else {
                return nil
            }
            return first
        }
        func prefix() -> UTF8Text?? {
            guard keyword("IN") != nil else { return .some(nil) }
            guard rest.count >= 2 else { return nil }
            rest = rest.dropFirst()
            return .some(rest.popFirst())
        }
        guard let pattern = rest.popFirst(), let source = prefix(), keyword("WITH") != nil else {
            return nil
        }
        rest = rest.dropFirst()
        guard let list = keyword("MATERIALS", "PRODUCTS").flatMap(List.init) else { return nil }
        rest = rest.dropFirst()
        guard let destination = prefix(), keyword("FROM") != nil, rest.count == 2,
            let step = rest.last
        else { return nil }
        self.init(
            pattern: Wildcard(pattern), sourcePrefix: source, list: list,
            destinationPrefix: destination, step: step)
    }

    var tokens: [UTF8Text] {
        ["MATCH", pattern.text] + (sourcePrefix.map { ["IN", $0] } ?? [])
            + ["WITH", UTF8Text(list.rawValue)] + (destinationPrefix.map { ["IN", $0] } ?? [])
            + ["FROM", step]
    }
}
