// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// What the lint knows besides the layout.
public struct LintOptions: Sendable {
    /// An end within so many days is too near.
    public var soonDays = 30
    /// Values of the layout's parameters; patterns with one that is not given are taken for wider
    /// than they are.
    public var parameters: [String: String] = [:]
    /// Links to try the rules on.
    public var links = LinksAtHand()

    public init() {}
}

/// The steps and inspections of a layout, of a source and of a signed file alike.
struct LintedLayout {
    var items: [LintedItem] = []
    /// Place of the step that must have made the product.
    let productStep: Int?
    /// First place of each name.
    private(set) var places: [UTF8Text: Int] = [:]

    init(_ steps: [LintedItem], _ inspections: [LintedItem], productOf: UTF8Text?) {
        items = steps + inspections
        for (place, item) in items.enumerated() where places[item.name] == nil {
            places[item.name] = place
        }
        productStep =
            productOf.map { name in steps.firstIndex { $0.name == name } }
            ?? (steps.isEmpty ? nil : steps.count - 1)
    }

    /// Whether rules of `item` may name the item at `place` after FROM: steps see steps alone.
    func canSee(_ place: Int, from item: LintedItem) -> Bool {
        item.kind == .inspection || items[place].kind == .step
    }
}

/// A step or an inspection.
struct LintedItem {
    enum Kind: String { case step, inspection }

    let kind: Kind
    let name: UTF8Text
    let run: [UTF8Text]
    private let materials: [LintedRule]
    private let products: [LintedRule]

    init(
        _ kind: Kind, _ name: UTF8Text, run: [UTF8Text] = [], materials: [ArtifactRule],
        products: [ArtifactRule], _ values: [String: String]
    ) {
        self.kind = kind
        self.name = name
        self.run = run
        self.materials = LintedItem.rules(materials, values)
        self.products = LintedItem.rules(products, values)
    }

    private static func rules(
        _ rules: [ArtifactRule], _ values: [String: String]
    ) -> [LintedRule] {
        rules.enumerated().map { LintedRule($0.offset + 1, $0.element, values) }
    }

    static let lists: [ArtifactMatch.List] = [.materials, .products]

    func rules(_ list: ArtifactMatch.List) -> [LintedRule] {
        list == .materials ? materials : products
    }

    /// `step wheel`, fit for a message.
    var title: String { "\(kind.rawValue) \(shownName)" }

    var shownName: String { Step.isSafe(name: name) ? name.string : quoted(name) }

    var place: LayoutFinding.Place { .init(kind.rawValue, shownName) }

    func place(_ list: ArtifactMatch.List, _ rule: LintedRule? = nil) -> LayoutFinding.Place {
        .init(
            kind.rawValue, shownName, list: list.word, rule: rule?.number,
            text: rule?.written.description)
    }

    /// `step wheel, products, rule 2 "ALLOW *"`.
    func title(_ list: ArtifactMatch.List, _ rule: LintedRule) -> String {
        "\(title), \(list.word), rule \(rule.number) \(quoted(rule.written.description))"
    }
}

extension ArtifactMatch.List {
    var word: String { self == .materials ? "materials" : "products" }
}

/// A rule with its parameters filled in.
struct LintedRule {
    /// From 1.
    let number: Int
    let written: ArtifactRule
    /// With `*` for parameters whose values are not known.
    let rule: ArtifactRule
    /// Whether all values are known; else the pattern is wider than it will be.
    let isExact: Bool
    /// Whether the parts that are no pattern, a name or a prefix, are known.
    let isNamed: Bool

    init(_ number: Int, _ written: ArtifactRule, _ values: [String: String]) {
        self.number = number
        self.written = written
        let tokens = written.tokens
        guard tokens.contains(where: { $0.utf8.contains(UInt8(ascii: "{")) }) else {
            rule = written
            isExact = true
            isNamed = true
            return
        }
        var filled: [UTF8Text] = []
        var open: [Int] = []
        for (place, token) in tokens.enumerated() {
            let (text, isKnown) = LintedRule.filled(token, values)
            filled.append(text)
            if !isKnown { open.append(place) }
        }
        rule = ArtifactRule(tokens: filled) ?? written
        isExact = open.isEmpty
        if case .require = written {
            isNamed = open.isEmpty
        } else {
            isNamed = open.allSatisfy { $0 == 1 }
        }
    }

    private static func filled(
        _ token: UTF8Text, _ values: [String: String]
    ) -> (text: UTF8Text, isKnown: Bool) {
        var bytes: [UInt8] = []
        var isKnown = true
        var rest = token.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") else {
                bytes.append(byte)
                continue
            }
            if rest.first == byte {
                rest.removeFirst()
                bytes.append(byte)
            } else if byte == UInt8(ascii: "{"),
                let close = rest.firstIndex(of: UInt8(ascii: "}"))
            {
                let name = String(decoding: rest[..<close], as: UTF8.self)
                rest = rest[rest.index(after: close)...]
                if let value = values[name] {
                    bytes += value.utf8
                } else {
                    isKnown = false
                    bytes.append(UInt8(ascii: "*"))
                }
            } else {
                bytes.append(byte)
            }
        }
        return (UTF8Text(String(decoding: bytes, as: UTF8.self)), isKnown)
    }

    /// Whether it may take something out of this list at all.
    func mayTake(in list: ArtifactMatch.List) -> Bool {
        switch rule {
        case .allow, .modify, .match: true
        case .create: list == .products
        case .delete: list == .materials
        case .disallow, .require: false
        }
    }

    /// What the names begin with that it may take.
    var head: [UInt8] {
        switch rule {
        case .create(let pattern), .delete(let pattern), .modify(let pattern),
            .allow(let pattern), .disallow(let pattern):
            pattern.prefix
        case .match(let match): prefixBytes(match.sourcePrefix) + match.pattern.prefix
        case .require(let name): Array(name.utf8)
        }
    }

    var isMatch: Bool { if case .match = rule { true } else { false } }

    /// Whether it is about one name alone.
    var takesOneName: Bool {
        switch rule {
        case .create(let pattern), .delete(let pattern), .modify(let pattern),
            .allow(let pattern), .disallow(let pattern):
            pattern.isLiteral
        case .match(let match): match.pattern.isLiteral
        case .require: true
        }
    }

    /// Whether it may take a file of this name.
    func mayTake(_ name: UTF8Text) -> Bool {
        switch rule {
        case .create(let pattern), .delete(let pattern), .modify(let pattern),
            .allow(let pattern), .disallow(let pattern):
            return pattern.matches(name)
        case .match(let match):
            let prefix = prefixBytes(match.sourcePrefix)
            guard name.utf8.starts(with: prefix),
                let rest = UTF8Text(validating: name.utf8.dropFirst(prefix.count))
            else { return false }
            return match.pattern.matches(rest)
        case .require: return false
        }
    }
}

/// What stands after IN, with one slash at its end; nothing for none.
func prefixBytes(_ prefix: UTF8Text?) -> [UInt8] {
    guard let prefix, !prefix.isEmpty else { return [] }
    let bytes = prefix.utf8.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
    return bytes.last == UInt8(ascii: "/") ? bytes : bytes + [UInt8(ascii: "/")]
}
