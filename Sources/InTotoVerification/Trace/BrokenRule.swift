// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// What can be said of the artifacts that a broken rule speaks of.
struct BrokenRule {
    let violation: ArtifactRuleViolation
    /// The rules before the one that failed.
    let applied: ArraySlice<ArtifactRule>
    let link: Link
    let links: [UTF8Text: Link]

    /// How many lists of other steps are looked through.
    private static let maximumSources = 16

    private var own: ArtifactFinding.Place { .init(item: link.name, list: violation.list) }

    func findings() -> [ArtifactFinding] {
        violation.artifacts.map { name in
            violation.kind == .required ? missing(name) : unexpected(name)
        }
    }

    /// An artifact that no earlier rule took.
    private func unexpected(_ name: UTF8Text) -> ArtifactFinding {
        let digests = link.artifacts(violation.list)[name]?.digests
        let artifact = ArtifactFinding.Side(name: name, digests: digests, place: own)
        // Where a rule would have looked for it says more than what is merely similar.
        for case .match(let match) in applied {
            guard let wanted = counterpart(of: name, match), let source = links[match.step],
                let found = source.artifacts(match.list)[wanted]
            else { continue }
            return ArtifactFinding(
                artifact,
                nearest: .init(
                    name: found.name, digests: found.digests,
                    place: .init(item: match.step, list: match.list)))
        }
        let nearest = NearestArtifact(name: name, digests: digests ?? [])
        return ArtifactFinding(artifact, nearest: nearest.best(sources) ?? nearest.best([other]))
    }

    /// An artifact that should be there.
    private func missing(_ name: UTF8Text) -> ArtifactFinding {
        let artifacts = link.artifacts(violation.list)
        if let there = artifacts[name] {
            return ArtifactFinding(
                .init(name: name, digests: there.digests, place: own), takenBy: taker(of: name))
        }
        let nearest = NearestArtifact(name: name, digests: nil)
        return ArtifactFinding(
            .init(name: name, digests: nil, place: own),
            nearest: nearest.search(artifacts, at: own))
    }

    /// The number of the rule that took an artifact.
    private func taker(of name: UTF8Text) -> Int? {
        link.artifacts(violation.list).borrowing { artifacts in
            guard let index = name.withBytes({ artifacts.index(of: $0) }) else { return nil }
            var work = RuleWork(artifacts, violation.list, link, links)
            for (number, rule) in applied.enumerated() {
                guard work.apply(rule) == nil else { return nil }
                if !work.queue.contains(index) { return number + 1 }
            }
            return nil
        }
    }

    /// The lists that rules `MATCH` compare with.
    private var sources: [(Artifacts, ArtifactFinding.Place)] {
        var lists: [(Artifacts, ArtifactFinding.Place)] = []
        for case .match(let match) in applied where lists.count < BrokenRule.maximumSources {
            let place = ArtifactFinding.Place(item: match.step, list: match.list)
            guard let source = links[match.step], !lists.contains(where: { $0.1 == place }) else {
                continue
            }
            lists.append((source.artifacts(match.list), place))
        }
        return lists
    }

    /// The other list of the same link, which `CREATE`, `DELETE` and `MODIFY` compare with.
    private var other: (Artifacts, ArtifactFinding.Place) {
        let list: ArtifactMatch.List = violation.list == .products ? .materials : .products
        return (link.artifacts(list), .init(item: link.name, list: list))
    }

    /// The name under which `match` looks an artifact up; `nil` if it does not match.
    private func counterpart(of name: UTF8Text, _ match: ArtifactMatch) -> UTF8Text? {
        func prefix(_ text: UTF8Text?) -> [UInt8] {
            text.flatMap { $0.isEmpty ? nil : MatchPrefix($0).bytes } ?? []
        }
        let source = prefix(match.sourcePrefix)
        let bytes = Array(name.utf8)
        guard bytes.starts(with: source) else { return nil }
        let rest = bytes[source.count...]
        guard let text = UTF8Text(validating: rest), match.pattern.matches(text) else {
            return nil
        }
        return UTF8Text(validating: (prefix(match.destinationPrefix) + rest)[...])
    }
}
