// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// The rules of one list at work: what is still in the queue.
struct RuleWork {
    /// What speaks against the list.
    struct Violation {
        let kind: ArtifactRuleViolation.Kind
        /// The first of the artifacts, by name.
        private(set) var indices: [Int] = []
        /// How many they are in all.
        private(set) var count = 0

        init(_ kind: ArtifactRuleViolation.Kind) { self.kind = kind }

        mutating func add(_ index: Int) {
            if indices.count < 5 { indices.append(index) }
            count += 1
        }
    }

    let artifacts: BorrowedArtifacts
    private let list: ArtifactMatch.List
    private let link: Link
    private let links: [UTF8Text: Link]
    private(set) var queue: ArtifactQueue
    /// Comparisons made so far.
    private(set) var steps = 0

    init(
        _ artifacts: BorrowedArtifacts, _ list: ArtifactMatch.List, _ link: Link,
        _ links: [UTF8Text: Link]
    ) {
        self.artifacts = artifacts
        self.list = list
        self.link = link
        self.links = links
        queue = ArtifactQueue(count: artifacts.count)
    }

    /// ``apply(_:)``, which notes in `trace` what it does.
    mutating func apply(_ rule: ArtifactRule, _ trace: inout ListTrace?) -> Violation? {
        guard let bound = trace?.nameBound else { return apply(rule) }
        let before = queue.count
        queue.note(upTo: bound)
        let violation = apply(rule)
        trace?.add(
            rule, taken: NameSample(names: queue.taken.map(name), count: before - queue.count),
            left: queue.count, isBroken: violation != nil)
        return violation
    }

    /// The first of those left.
    func left(_ maximum: Int) -> NameSample {
        NameSample(names: queue.first(maximum).map(name), count: queue.count)
    }

    private func name(_ index: Int) -> UTF8Text { link.artifacts(list)[index].name }

    mutating func apply(_ rule: ArtifactRule) -> Violation? {
        if case .require(let name) = rule {
            steps += searchSteps
            let found = name.withBytes { artifacts.index(of: $0) }
            return found.map(queue.contains) ?? false ? nil : Violation(.required)
        }
        if queue.count == 0 { return nil }
        switch rule {
        case .allow(let pattern): take(pattern) { _, _ in true }
        case .create(let pattern): take(pattern, comparing: link.materials) { $1 == nil }
        case .delete(let pattern): take(pattern, comparing: link.products) { $1 == nil }
        case .modify(let pattern): takeModified(pattern)
        case .disallow(let pattern): return disallowed(pattern)
        case .match(let match): return take(match)
        case .require: break
        }
        return nil
    }

    // MARK: rules about names

    /// Takes out what matches `pattern` and for which `condition` holds.
    private mutating func take(
        _ pattern: Wildcard, where condition: (Int, inout Int) -> Bool
    ) {
        let candidates = Candidates(of: pattern, in: artifacts)
        var steps = searchSteps
        queue.remove(in: candidates.range) { index in
            steps += 1
            return candidates.contains(index, steps: &steps) && condition(index, &steps)
        }
        self.steps += steps
    }

    /// Takes out what matches `pattern` and for which `condition` holds, given its place in
    /// another list.
    private mutating func take(
        _ pattern: Wildcard, comparing others: Artifacts, where condition: (Int, Int?) -> Bool
    ) {
        let artifacts = artifacts
        others.borrowing { others in
            var cursor = ArtifactCursor(others)
            take(pattern) { index, steps in
                condition(index, cursor.index(of: artifacts.name(index), steps: &steps))
            }
        }
    }

    private mutating func takeModified(_ pattern: Wildcard) {
        let others = list == .products ? link.materials : link.products
        let artifacts = artifacts
        others.borrowing { borrowed in
            take(pattern, comparing: others) { index, other in
                other.map { !artifacts.hasDigests(index, of: borrowed, $0) } ?? false
            }
        }
    }

    private mutating func disallowed(_ pattern: Wildcard) -> Violation? {
        let candidates = Candidates(of: pattern, in: artifacts)
        var steps = searchSteps
        var violation = Violation(.disallowed)
        queue.forEach(in: candidates.range) { index in
            steps += 1
            if candidates.contains(index, steps: &steps) { violation.add(index) }
        }
        self.steps += steps
        return violation.count > 0 ? violation : nil
    }

    // MARK: MATCH

    /// Takes out what `match` consumes.
    ///
    /// - Returns: the names that it cannot treat; see ``ArtifactRuleViolation/Kind/unmatchable``.
    private mutating func take(_ match: ArtifactMatch) -> Violation? {
        guard let link = links[match.step] else { return nil }
        // An empty prefix is none.
        let source = match.sourcePrefix.flatMap { $0.isEmpty ? nil : MatchPrefix($0) }
        let destination = match.destinationPrefix.flatMap { $0.isEmpty ? nil : MatchPrefix($0) }
        let candidates = Candidates(of: match.pattern, after: source?.bytes ?? [], in: artifacts)
        let artifacts = artifacts
        var violation = Violation(.unmatchable)
        var steps = 2 * searchSteps
        link.artifacts(match.list).borrowing { others in
            var cursor = ArtifactCursor(others, prefix: destination?.bytes ?? [])
            queue.remove(in: candidates.range) { index in
                steps += 1
                guard candidates.contains(index, steps: &steps) else { return false }
                let rest = candidates.rest(of: index)
                let isAltered = (source ?? destination) != nil && MatchPrefix.isAltered(rest)
                // Python makes the full name up again from prefix and rest.
                if isAltered, source != nil {
                    violation.add(index)
                    return false
                }
                let found: Int?
                if isAltered, let destination {
                    steps += searchSteps
                    found = destination.joined(rest).withUnsafeBufferPointer(others.index)
                } else {
                    found = cursor.index(of: rest, steps: &steps)
                }
                return found.map { artifacts.hasDigests(index, of: others, $0) } ?? false
            }
        }
        self.steps += steps
        return violation.count > 0 ? violation : nil
    }

    /// What finding a name by halving takes, at most.
    private let searchSteps = 64
}
