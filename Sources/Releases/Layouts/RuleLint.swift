// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// Looks for rules that do less, or let through more, than they seem to.
struct RuleLint {
    private let layout: LintedLayout
    /// What each list can hold at all.
    private let admissions: Admissions
    private var log: FindingList

    static func run(_ layout: LintedLayout, _ log: inout FindingList) {
        var lint = RuleLint(layout: layout, admissions: Admissions(layout), log: log)
        lint.run()
        log = lint.log
    }

    private mutating func run() {
        for (place, item) in layout.items.enumerated() {
            if item.kind == .inspection,
                LintedItem.lists.allSatisfy({ item.rules($0).isEmpty })
            {
                log.add(
                    .inspectionWithoutRules, .warning, item.place,
                    "\(item.title) has no rules",
                    remedy: "give it rules such as \"\(sample(item))\" and \"DISALLOW *\", or "
                        + "leave it out")
                continue
            }
            for list in LintedItem.lists { look(at: list, of: item, place) }
        }
    }

    private func sample(_ item: LintedItem) -> String {
        let step = layout.productStep.map { layout.items[$0].shownName } ?? "build"
        return "MATCH * WITH PRODUCTS FROM \(step)"
    }

    // MARK: one list

    private mutating func look(at list: ArtifactMatch.List, of item: LintedItem, _ place: Int) {
        let rules = item.rules(list)
        var end: LintedRule?
        for rule in rules {
            if let end {
                afterEnd(rule, end, item, list)
            } else if closes(rule) {
                end = rule
            } else if opens(rule, item, list) {
                end = rule
                opened(by: rule, item, list, place)
            } else {
                look(at: rule, item, list)
            }
        }
        if end == nil { openEnd(rules.count, item, list, place) }
    }

    private func closes(_ rule: LintedRule) -> Bool {
        guard rule.isExact, case .disallow(let pattern) = rule.rule else { return false }
        return pattern.isAnything
    }

    /// Whether it takes all that is left.
    private func opens(
        _ rule: LintedRule, _ item: LintedItem, _ list: ArtifactMatch.List
    ) -> Bool {
        switch rule.rule {
        case .allow(let pattern): rule.isExact && pattern.isAnything
        case .match(let match):
            rule.isExact && match.pattern.isAnything && match.sourcePrefix == nil
                && matchesItself(match, item, list)
        default: false
        }
    }

    private func matchesItself(
        _ match: ArtifactMatch, _ item: LintedItem, _ list: ArtifactMatch.List
    ) -> Bool {
        match.step == item.name && match.list == list
            && prefixBytes(match.sourcePrefix) == prefixBytes(match.destinationPrefix)
    }

    /// How much it matters what a list lets through; `nil` for not at all.
    private func weight(
        _ item: LintedItem, _ list: ArtifactMatch.List, _ place: Int, isSaid: Bool
    ) -> LayoutFinding.Weight? {
        if place == layout.productStep, list == .products { return .error }
        if item.kind == .inspection { return list == .materials ? .note : .warning }
        // What the first step begins with comes from nowhere; what it gives may be anything too
        // as long as it says so.
        guard place == 0 else { return .warning }
        return list == .materials ? nil : isSaid ? .note : .warning
    }

    private mutating func opened(
        by rule: LintedRule, _ item: LintedItem, _ list: ArtifactMatch.List, _ place: Int
    ) {
        if case .match = rule.rule { return itself(rule, item, list) }
        guard let weight = weight(item, list, place, isSaid: true) else { return }
        log.add(
            .allowAll, weight, item.place(list, rule),
            "\(item.title(list, rule)): takes whatever no rule before it has taken",
            remedy: "write \"DISALLOW *\" in its place, and before it a rule for each file that "
                + "is meant, as in \"\(list == .products ? "CREATE" : "ALLOW") src/*\"")
    }

    private mutating func itself(
        _ rule: LintedRule, _ item: LintedItem, _ list: ArtifactMatch.List
    ) {
        let other = list == .products ? "MATERIALS" : "PRODUCTS"
        log.add(
            .matchItself, .warning, item.place(list, rule),
            "\(item.title(list, rule)): compares the list with itself",
            remedy: "name the step before it after FROM, or the other list: WITH \(other)")
    }

    private mutating func afterEnd(
        _ rule: LintedRule, _ end: LintedRule, _ item: LintedItem, _ list: ArtifactMatch.List
    ) {
        if case .require = rule.rule {
            log.add(
                .requireConsumed, .error, item.place(list, rule),
                "\(item.title(list, rule)): can never be met, for rule \(end.number) "
                    + "\(quoted(end.written.description)) leaves nothing",
                remedy: "put it before rule \(end.number)")
            return
        }
        log.add(
            .ruleDead, .warning, item.place(list, rule),
            "\(item.title(list, rule)): does nothing, for rule \(end.number) "
                + "\(quoted(end.written.description)) leaves nothing",
            remedy: "put it before rule \(end.number), or remove it")
    }

    private mutating func openEnd(
        _ count: Int, _ item: LintedItem, _ list: ArtifactMatch.List, _ place: Int
    ) {
        guard let weight = weight(item, list, place, isSaid: false) else { return }
        log.add(
            .openEnd, weight, item.place(list),
            "the \(list.word) of \(item.title) may hold anything that no rule names",
            remedy: "end them with \"DISALLOW *\"")
    }

    // MARK: one rule

    private mutating func look(
        at rule: LintedRule, _ item: LintedItem, _ list: ArtifactMatch.List
    ) {
        switch rule.rule {
        case .require(let name): require(name, rule, item, list)
        case .match(let match): self.match(match, rule, item, list)
        case .create where list == .materials:
            never(rule, item, list, "a material is never new to its own step", "ALLOW")
        case .delete where list == .products:
            never(rule, item, list, "what a step made is not what it removed", "ALLOW")
        default: break
        }
    }

    private mutating func never(
        _ rule: LintedRule, _ item: LintedItem, _ list: ArtifactMatch.List, _ words: String,
        _ keyword: String
    ) {
        let pattern = rule.written.tokens.last?.string ?? "*"
        log.add(
            .ruleNever, .warning, item.place(list, rule),
            "\(item.title(list, rule)): never takes anything, for \(words)",
            remedy: "write \"\(keyword) \(pattern)\", or move it to the "
                + "\(list == .materials ? "products" : "materials")")
    }

    private mutating func require(
        _ name: UTF8Text, _ rule: LintedRule, _ item: LintedItem, _ list: ArtifactMatch.List
    ) {
        guard rule.isNamed else { return }
        if name.utf8.contains(where: { "*?[".utf8.contains($0) }) {
            let isCertain = name.utf8.contains(where: { "*?".utf8.contains($0) })
            log.add(
                .requirePattern, isCertain ? .error : .warning, item.place(list, rule),
                "\(item.title(list, rule)): looks for a file of exactly this name",
                remedy: "write the name out, with {name} for what changes, as in "
                    + "\"REQUIRE dist/demo-{version}.whl\"")
        }
        let rules = item.rules(list)
        for earlier in rules.prefix(rule.number - 1) {
            guard log.may(FindingList.comparison + name.count) else { return }
            guard let (words, weight) = taker(of: name, earlier, item, list) else { continue }
            log.add(
                .requireConsumed, weight, item.place(list, rule),
                "\(item.title(list, rule)): \(words) rule \(earlier.number) "
                    + quoted(earlier.written.description),
                remedy: "put \(quoted(rule.written.description)) before rule \(earlier.number)")
            return
        }
    }

    /// Whether an earlier rule takes the file that a REQUIRE wants, and how certainly.
    private func taker(
        of name: UTF8Text, _ earlier: LintedRule, _ item: LintedItem, _ list: ArtifactMatch.List
    ) -> (String, LayoutFinding.Weight)? {
        if case .disallow(let pattern) = earlier.rule {
            guard earlier.isExact, pattern.matches(name) else { return nil }
            return ("can never be met, for its file is forbidden by", .error)
        }
        guard earlier.mayTake(in: list), earlier.isNamed, earlier.mayTake(name) else { return nil }
        var isCertain = false
        if earlier.isExact {
            switch earlier.rule {
            case .allow: isCertain = true
            case .match(let match): isCertain = matchesItself(match, item, list)
            default: break
            }
        }
        return isCertain
            ? ("can never be met, for its file is taken before by", .error)
            : ("is not met if its file is taken before by", .warning)
    }

    // MARK: MATCH

    private mutating func match(
        _ match: ArtifactMatch, _ rule: LintedRule, _ item: LintedItem,
        _ list: ArtifactMatch.List
    ) {
        guard rule.isNamed else { return }
        guard let place = layout.places[match.step] else {
            return unknown(match, item, list, rule)
        }
        guard layout.canSee(place, from: item) else {
            log.add(
                .matchUnknown, .error, item.place(list, rule),
                "\(item.title(list, rule)): \(quoted(match.step)) is an inspection, which a step "
                    + "cannot see",
                remedy: "name a step after FROM, or move the rule to an inspection")
            return
        }
        if matchesItself(match, item, list) { return itself(rule, item, list) }
        if prefix(match, rule, item, list) { return }
        guard let reason = admissions.refusal(of: match, at: place, &log) else { return }
        log.add(
            .matchNever, .warning, item.place(list, rule),
            "\(item.title(list, rule)): never takes anything, for \(reason)",
            remedy: "correct the pattern or what follows FROM, or let "
                + "\(layout.items[place].title) have such \(match.list.word)")
    }

    private mutating func unknown(
        _ match: ArtifactMatch, _ item: LintedItem, _ list: ArtifactMatch.List,
        _ rule: LintedRule
    ) {
        let names = layout.items.prefix(200).filter { $0.kind == .step }.map(\.shownName)
        let wanted = match.step.string
        // Each comparison is up to 64 times 64 steps.
        let isCheap = log.may(names.count * 4096)
        let nearest = (isCheap ? names : []).min { distance($0, wanted) < distance($1, wanted) }
        let isNear = nearest.map { distance($0, wanted) <= 3 } ?? false
        log.add(
            .matchUnknown, .error, item.place(list, rule),
            "\(item.title) matches with \(quoted(match.step)), which is no step",
            remedy: "correct the name after FROM"
                + (isNear ? ", perhaps to \(nearest ?? "")" : ""))
    }

    /// - Returns: whether something is wrong with what stands after IN.
    private mutating func prefix(
        _ match: ArtifactMatch, _ rule: LintedRule, _ item: LintedItem,
        _ list: ArtifactMatch.List
    ) -> Bool {
        let prefixes = [match.sourcePrefix, match.destinationPrefix].compactMap { $0 }
        if let odd = prefixes.first(where: { $0.utf8.contains(where: { "*?".utf8.contains($0) }) })
        {
            log.add(
                .matchPrefix, .warning, item.place(list, rule),
                "\(item.title(list, rule)): \(quoted(odd)) after IN is no pattern, and no folder "
                    + "has this name",
                remedy: "write the folder's name after IN, and the pattern after MATCH")
            return true
        }
        let source = prefixBytes(match.sourcePrefix)
        guard !source.isEmpty, match.pattern.text.utf8.starts(with: source) else { return false }
        let rest = String(decoding: match.pattern.text.utf8.dropFirst(source.count), as: UTF8.self)
        let folder = String(decoding: source, as: UTF8.self)
        log.add(
            .matchPrefix, .warning, item.place(list, rule),
            "\(item.title(list, rule)): the pattern repeats what stands after IN, so it means "
                + "\(quoted(folder + match.pattern.text.string))",
            remedy: "write \"MATCH \(rest) IN \(match.sourcePrefix?.string ?? "") …\"")
        return true
    }
}
