// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// The rules of one list tried on one link, each to its end: other than the verifier it goes on
/// after a rule that is broken, and tells why a rule takes nothing.
struct RuleTrial {
    /// What one rule did, on all links together.
    struct Outcome {
        var isTried = false
        /// How many of the list its pattern matches; of those that are left for DISALLOW and
        /// REQUIRE.
        var matched = 0
        var taken = 0
        /// The first name that it matches.
        var example: UTF8Text?
        /// Why it takes none of what it matches and is left.
        var reason: String?
        /// A name of the list, for a pattern that matches none.
        var nearest: UTF8Text?
        var sets: (name: UTF8Text, here: String, there: String)?

        mutating func add(_ other: Outcome) {
            isTried = true
            matched += other.matched
            taken += other.taken
            example = example ?? other.example
            reason = reason ?? other.reason
            nearest = nearest ?? other.nearest
            sets = sets ?? other.sets
        }
    }

    private let link: Link
    private let list: ArtifactMatch.List
    private let links: [UTF8Text: Link]
    private let artifacts: Artifacts
    private var isLeft: [Bool]
    /// Length of all names together.
    private let nameBytes: Int
    /// Comparisons made so far.
    var steps = 0

    init(_ link: Link, _ list: ArtifactMatch.List, _ links: [UTF8Text: Link]) {
        self.link = link
        self.list = list
        self.links = links
        artifacts = list == .materials ? link.materials : link.products
        isLeft = [Bool](repeating: true, count: artifacts.count)
        nameBytes = artifacts.borrowing { here in
            (0..<here.count).reduce(0) { $0 + here.name($1).count }
        }
    }

    /// How much work a rule may be at worst, of which it is an eighth or less.
    func cost(of rule: LintedRule) -> Int {
        if rule.takesOneName { return FindingList.comparison }
        let length = rule.rule.tokens.dropFirst().first?.count ?? 0
        return 1 + artifacts.count + nameBytes / 8 * (1 + length / 8)
    }

    mutating func apply(_ rule: ArtifactRule) -> Outcome {
        let list = list
        switch rule {
        case .allow(let pattern): return take(pattern) { _, _ in nil }
        case .create(let pattern):
            return take(pattern, comparing: link.materials) { here, place, others in
                list == .materials
                    ? "for a material is never new"
                    : others.index(of: here.name(place)) == nil
                        ? nil : "for they are among the materials too"
            }
        case .delete(let pattern):
            return take(pattern, comparing: link.products) { here, place, others in
                others.index(of: here.name(place)) == nil
                    ? nil : "for they are among the products"
            }
        case .modify(let pattern):
            let others = list == .materials ? link.products : link.materials
            return take(pattern, comparing: others) { here, place, others in
                guard let other = others.index(of: here.name(place)) else {
                    return "for they are in one of the two lists alone"
                }
                return here.hasDigests(place, of: others, other)
                    ? "for they are as they were" : nil
            }
        case .match(let match): return take(match)
        case .disallow(let pattern): return look(for: pattern)
        case .require(let name): return look(for: name)
        }
    }

    // MARK: rules that take

    private typealias Comparison = (BorrowedArtifacts, Int, BorrowedArtifacts) -> String?

    private mutating func take(
        _ pattern: Wildcard, comparing others: Artifacts, _ refusal: Comparison
    ) -> Outcome {
        others.borrowing { others in
            take(pattern) { here, place in refusal(here, place, others) }
        }
    }

    /// - Parameter refusal: why a file that the pattern matches is not taken.
    private mutating func take(
        _ pattern: Wildcard, after prefix: [UInt8] = [],
        _ refusal: (BorrowedArtifacts, Int) -> String?
    ) -> Outcome {
        var outcome = Outcome()
        var first: Int?
        var steps = self.steps
        var isLeft = self.isLeft
        let head = prefix + pattern.prefix
        artifacts.borrowing { here in
            for place in here.range(of: head, isWhole: pattern.isLiteral) {
                steps += 2
                let rest = UnsafeBufferPointer(rebasing: here.name(place)[prefix.count...])
                guard pattern.matches(rest, steps: &steps) else { continue }
                outcome.matched += 1
                first = first ?? place
                guard isLeft[place] else { continue }
                if let reason = refusal(here, place) {
                    outcome.reason = outcome.reason ?? reason
                } else {
                    isLeft[place] = false
                    outcome.taken += 1
                }
            }
        }
        self.steps = steps
        self.isLeft = isLeft
        outcome.example = first.map { artifacts[$0].name }
        if first == nil { outcome.nearest = artifacts.first?.name }
        return outcome
    }

    private mutating func take(_ match: ArtifactMatch) -> Outcome {
        guard let link = links[match.step] else { return Outcome() }
        let source = prefixBytes(match.sourcePrefix)
        let destination = prefixBytes(match.destinationPrefix)
        let others = match.list == .materials ? link.materials : link.products
        let words = "\(match.list.word) of step \(quoted(match.step))"
        var different: (here: Int, there: Int)?
        var outcome = others.borrowing { others in
            take(match.pattern, after: source) { here, place in
                let rest = UnsafeBufferPointer(rebasing: here.name(place)[source.count...])
                let name = destination + rest
                guard let other = name.withUnsafeBufferPointer(others.index) else {
                    return "for none is among the \(words)"
                }
                if here.hasDigests(place, of: others, other) { return nil }
                if different == nil,
                    here.algorithms(place) != others.algorithms(other)
                {
                    different = (place, other)
                }
                return "for they differ from the \(words)"
            }
        }
        if let (here, there) = different {
            let artifact = artifacts[here]
            outcome.sets = (
                artifact.name, RuleTrial.algorithms(artifact),
                RuleTrial.algorithms(others[there])
            )
        }
        return outcome
    }

    private static func algorithms(_ artifact: Artifact) -> String {
        artifact.digests.map { quoted($0.algorithm) }.joined(separator: " and ")
    }

    // MARK: rules that look

    private mutating func look(for pattern: Wildcard) -> Outcome {
        var outcome = Outcome()
        let artifacts = artifacts
        let before = isLeft
        var steps = self.steps
        artifacts.borrowing { here in
            let range = here.range(of: pattern.prefix, isWhole: pattern.isLiteral)
            for place in range where before[place] {
                guard pattern.matches(here.name(place), steps: &steps) else { continue }
                outcome.matched += 1
                if outcome.example == nil { outcome.example = artifacts[place].name }
            }
        }
        self.steps = steps
        return outcome
    }

    private mutating func look(for name: UTF8Text) -> Outcome {
        steps += 64
        let found = artifacts.borrowing { here in name.withBytes { here.index(of: $0) } }
        var outcome = Outcome()
        outcome.matched = found.map { isLeft[$0] ? 1 : 0 } ?? 0
        return outcome
    }
}

extension BorrowedArtifacts {
    /// Those whose names begin so, or are this name.
    fileprivate func range(of head: [UInt8], isWhole: Bool) -> Range<Int> {
        head.withUnsafeBufferPointer { head in
            guard isWhole else { return range(of: head) }
            return index(of: head).map { $0..<$0 + 1 } ?? 0..<0
        }
    }

    /// The algorithms of an artifact's digests, in their order.
    fileprivate func algorithms(_ index: Int) -> [[UInt8]] {
        (0..<digestCount(index)).map { Array(digest($0, of: index).algorithm) }
    }
}
