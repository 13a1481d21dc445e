// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// Tries the rules on the links at hand.
struct LinkLint {
    private let layout: LintedLayout
    private let links: LinksAtHand
    /// The first link of each step, for MATCH.
    private let others: [UTF8Text: Link]
    private var log: FindingList

    static func run(_ layout: LintedLayout, _ links: LinksAtHand, _ log: inout FindingList) {
        guard !links.isEmpty else { return }
        var lint = LinkLint(
            layout: layout, links: links, others: links.links.compactMapValues(\.first?.link),
            log: log)
        lint.files()
        for item in layout.items where item.kind == .step { lint.look(at: item) }
        log = lint.log
    }

    // MARK: files

    private mutating func files() {
        for (file, reason) in links.faults {
            log.add(
                .linkUnreadable, .warning, .init("layout", nil, text: file),
                "\(quoted(file)) is no link: \(reason)", remedy: "record the step again")
        }
        for (file, levels) in links.sublayouts {
            let place = LayoutFinding.Place("layout", nil, text: file)
            if levels > LinkLint.releasedLevels {
                let isRefused = levels > LinkLint.verifiedLevels
                log.add(
                    .sublayoutDeep, isRefused ? .error : .warning, place,
                    "\(quoted(file)) holds layouts \(levels)\(isRefused ? " or more" : "") deep, "
                        + (isRefused
                            ? "a verifier goes \(LinkLint.verifiedLevels) deep"
                            : "carnet release takes \(LinkLint.releasedLevels) along"),
                    remedy: "flatten them: let the layout above name the steps itself")
            } else {
                log.add(
                    .sublayout, .note, place, "\(quoted(file)) holds a layout of its own",
                    remedy: "look at it too: carnet layout lint \(quoted(file))")
            }
        }
        if links.isCut {
            log.add(
                .notAllLookedAt, .note, .init("layout"), "there are more links than are looked at",
                remedy: "give the links of one release alone")
        }
    }

    /// `LinkCollection` and `SupplyChain` keep these.
    private static let releasedLevels = 3
    private static let verifiedLevels = 8

    // MARK: steps

    private mutating func look(at item: LintedItem) {
        guard let entries = links.links[item.name] else {
            let start = "\(item.name)."
            let isSublayout = links.sublayouts.contains { entry in
                let name = entry.file.utf8.split(separator: UInt8(ascii: "/")).last
                return name?.starts(with: start.utf8) ?? false
            }
            if isSublayout { return }
            log.add(
                .linkMissing, .note, item.place, "there is no link of \(item.title) at hand",
                remedy: "look again when the step has been done")
            return
        }
        for list in LintedItem.lists {
            var tally = [RuleTrial.Outcome](
                repeating: RuleTrial.Outcome(), count: item.rules(list).count)
            // Links of one step must agree; a few of them show whatever there is to see.
            for entry in entries.prefix(8) { tryOut(entry, item, list, &tally) }
            for (rule, outcome) in zip(item.rules(list), tally) {
                report(rule, outcome, item, list)
            }
        }
    }

    private mutating func tryOut(
        _ entry: LinksAtHand.Entry, _ item: LintedItem, _ list: ArtifactMatch.List,
        _ tally: inout [RuleTrial.Outcome]
    ) {
        var trial = RuleTrial(entry.link, list, others)
        for (place, rule) in item.rules(list).enumerated() where rule.isNamed {
            // What a pattern of many stars can take at worst is asked for beforehand.
            guard log.may(trial.cost(of: rule)) else { return }
            tally[place].add(trial.apply(rule.rule))
            guard log.may(trial.steps) else { return }
            trial.steps = 0
        }
    }

    // MARK: findings

    private mutating func report(
        _ rule: LintedRule, _ outcome: RuleTrial.Outcome, _ item: LintedItem,
        _ list: ArtifactMatch.List
    ) {
        guard outcome.isTried else { return }
        let place = item.place(list, rule)
        let title = item.title(list, rule)
        switch rule.rule {
        case .disallow:
            guard let name = outcome.example, rule.isExact else { return }
            log.add(
                .refuses, .warning, place,
                "\(title): forbids \(LinkLint.named(outcome.matched, name)) of the links at hand",
                remedy: "let a rule before it take what is meant to be there, as in "
                    + "\"\(list == .products ? "CREATE" : "ALLOW") \(name)\"")
        case .require(let name):
            guard outcome.matched == 0 else { return }
            log.add(
                .refuses, .warning, place,
                "\(title): \(quoted(name)) is not left among the \(list.word) of the links at hand",
                remedy: "put it before the rule that takes it, or record the file")
        default: taker(rule, outcome, title, place, list)
        }
    }

    private mutating func taker(
        _ rule: LintedRule, _ outcome: RuleTrial.Outcome, _ title: String,
        _ place: LayoutFinding.Place, _ list: ArtifactMatch.List
    ) {
        if let sets = outcome.sets {
            log.add(
                .digestSets, .warning, place,
                "\(title): \(quoted(sets.name)) was recorded with \(sets.here) here and with "
                    + "\(sets.there) there",
                remedy: "record both steps with the same --hash")
        }
        if outcome.matched == 0 {
            // A rule for all that may come is no slip where nothing came.
            let isEmpty = outcome.nearest == nil
            if isEmpty, rule.head.isEmpty, !rule.isMatch { return }
            log.add(
                .patternUnmatched, .warning, place,
                "\(title): matches nothing among the \(list.word) of the links at hand"
                    + (outcome.nearest.map { ", which hold \(quoted($0))" } ?? ""),
                remedy: "correct the pattern, or remove the rule")
        } else if outcome.taken == 0, outcome.sets == nil, let name = outcome.example {
            log.add(
                .takesNothing, .warning, place,
                "\(title): takes none of \(LinkLint.named(outcome.matched, name)) that it "
                    + "matches, \(outcome.reason ?? "for rules before it did")",
                remedy: LinkLint.remedy(rule, outcome))
        }
    }

    private static func remedy(_ rule: LintedRule, _ outcome: RuleTrial.Outcome) -> String {
        let pattern = rule.written.tokens.dropFirst().first?.string ?? "*"
        guard outcome.reason != nil else { return "remove it, or put it before them" }
        switch rule.rule {
        case .create: return "write \"ALLOW \(pattern)\" or MATCH them with the step before"
        case .delete, .modify: return "remove it"
        default: return "correct the prefixes after IN or what follows FROM"
        }
    }

    private static func named(_ count: Int, _ name: UTF8Text) -> String {
        count == 1 ? quoted(name) : "\(count) files, such as \(quoted(name)),"
    }
}
