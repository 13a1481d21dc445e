// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// What the rules of a layout let each list hold at all, so that a MATCH with it can be told
/// never to find anything.
struct Admissions {
    private let layout: LintedLayout
    /// For each item and list the rules that may take something; `nil` for a list that may hold
    /// anything.
    private var takers: [[ArtifactMatch.List: [LintedRule]]] = []

    init(_ layout: LintedLayout) {
        self.layout = layout
        takers = layout.items.map { item in
            var takers: [ArtifactMatch.List: [LintedRule]] = [:]
            for list in LintedItem.lists {
                let rules = item.rules(list)
                guard let end = rules.firstIndex(where: Admissions.isEnd),
                    case .disallow = rules[end].rule
                else { continue }
                takers[list] = rules[..<end].filter {
                    Admissions.isTaker($0, list, item, layout)
                }
            }
            return takers
        }
    }

    /// Why `match` with a list of the item at `place` never takes anything; `nil` if it may.
    func refusal(
        of match: ArtifactMatch, at place: Int, _ log: inout FindingList
    ) -> String? {
        let item = layout.items[place]
        guard let takers = takers[place][match.list] else { return nil }
        if takers.isEmpty { return "\(item.title) can have no \(match.list.word)" }
        let head = prefixBytes(match.destinationPrefix) + match.pattern.prefix
        let name = match.pattern.isLiteral ? UTF8Text(validating: head) : nil
        for taker in takers {
            guard log.may(FindingList.comparison + head.count) else { return nil }
            if !taker.isNamed || mayTake(taker, head, name) { return nil }
        }
        let shown = quoted(String(decoding: head, as: UTF8.self))
        return "the rules of \(item.title) let none of its \(match.list.word) "
            + (name == nil ? "begin with \(shown)" : "be \(shown)")
    }

    private func mayTake(_ rule: LintedRule, _ head: [UInt8], _ name: UTF8Text?) -> Bool {
        if let name { return rule.mayTake(name) }
        let other = rule.head
        return head.starts(with: other) || other.starts(with: head)
    }

    /// A rule after which nothing is left.
    private static func isEnd(_ rule: LintedRule) -> Bool {
        switch rule.rule {
        case .allow(let pattern), .disallow(let pattern): rule.isExact && pattern.isAnything
        default: false
        }
    }

    private static func isTaker(
        _ rule: LintedRule, _ list: ArtifactMatch.List, _ item: LintedItem,
        _ layout: LintedLayout
    ) -> Bool {
        guard rule.mayTake(in: list) else { return false }
        guard rule.isNamed, case .match(let match) = rule.rule else { return true }
        guard let place = layout.places[match.step] else { return false }
        return layout.canSee(place, from: item)
    }
}
