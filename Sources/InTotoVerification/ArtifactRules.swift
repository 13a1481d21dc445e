// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import InTotoMetadata

/// Applies artifact rules as Python's in-toto 3.1.0 does (in-toto 1.0 §4.3.3).
///
/// All names of a list stand in a queue; each rule takes out those it consumes; what is left at
/// the end is allowed. Names are compared and matched as they are written: `./a` is not `a`.
package struct ArtifactRules: Sendable {
    /// Links by step or inspection, for `MATCH … FROM`.
    private let links: [UTF8Text: Link]

    package init(links: [UTF8Text: Link]) { self.links = links }

    /// Applies the rules of one list of one link.
    ///
    /// - Parameter link: its name is that of the step or inspection.
    /// - Returns: for each rule, how many artifacts it took.
    /// - Throws: ``SupplyChainError/ruleBroken(_:)``.
    package func apply(
        _ rules: [ArtifactRule], to list: ArtifactMatch.List, of link: Link
    ) throws(SupplyChainError) -> [RuleOutcome] {
        var queue = Array(link.artifacts(list))
        var outcomes: [RuleOutcome] = []
        for rule in rules {
            let before = queue.count
            if let (kind, names) = take(rule, from: &queue, list, link) {
                throw .ruleBroken(
                    ArtifactRuleViolation(
                        kind, of: rule, item: link.name, list: list, names: names))
            }
            outcomes.append(RuleOutcome(rule: rule, consumed: before - queue.count))
        }
        return outcomes
    }

    /// - Returns: what speaks against the list, and the names it is about.
    private func take(
        _ rule: ArtifactRule, from queue: inout [Artifact], _ list: ArtifactMatch.List, _ link: Link
    ) -> (ArtifactRuleViolation.Kind, [UTF8Text])? {
        switch rule {
        case .allow(let pattern):
            queue.removeAll { hits(pattern, $0.name) }
        case .disallow(let pattern):
            let found = queue.lazy.map(\.name).filter { hits(pattern, $0) }
            if !found.isEmpty { return (.disallowed, Array(found)) }
        case .require(let name):
            if !contains(queue, name) { return (.required, [name]) }
        case .create(let pattern):
            queue.removeAll { link.materials[$0.name] == nil && hits(pattern, $0.name) }
        case .delete(let pattern):
            queue.removeAll { link.products[$0.name] == nil && hits(pattern, $0.name) }
        case .modify(let pattern):
            let others = list == .products ? link.materials : link.products
            queue.removeAll { artifact in
                guard let other = others[artifact.name] else { return false }
                return other.digests != artifact.digests && hits(pattern, artifact.name)
            }
        case .match(let match):
            let unmatchable = consume(match, &queue)
            if !unmatchable.isEmpty { return (.unmatchable, unmatchable) }
        }
        return nil
    }

    /// Takes out what `match` consumes.
    ///
    /// - Returns: the names that it cannot treat; see ``ArtifactRuleViolation/Kind/unmatchable``.
    private func consume(_ match: ArtifactMatch, _ queue: inout [Artifact]) -> [UTF8Text] {
        guard let link = links[match.step] else { return [] }
        var destination = ArtifactLookup(link.artifacts(match.list))
        // An empty prefix is none.
        let source = match.sourcePrefix.flatMap { $0.isEmpty ? nil : joined($0, "") }
        let prefix = match.destinationPrefix.flatMap { $0.isEmpty ? nil : $0 }
        var unmatchable: [UTF8Text] = []
        queue.removeAll { artifact in
            var name = artifact.name
            if let source {
                guard let rest = dropping(source, from: name) else { return false }
                name = rest
            }
            guard hits(match.pattern, name) else { return false }
            // Python makes the full name up again from prefix and rest.
            if source != nil, isAltered(name) {
                unmatchable.append(artifact.name)
                return false
            }
            if let prefix { name = joined(prefix, name) }
            return destination[name]?.digests == artifact.digests
        }
        return unmatchable
    }

    // Most rules of most layouts end in a lone star, and it hits everything.
    private func hits(_ pattern: Wildcard, _ name: UTF8Text) -> Bool {
        pattern.text == "*" || pattern.matches(name)
    }

    private func contains(_ queue: [Artifact], _ name: UTF8Text) -> Bool {
        let index = queue.partitionPoint(before: name)
        return index < queue.count && queue[index].name == name
    }

    private func dropping(_ prefix: UTF8Text, from name: UTF8Text) -> UTF8Text? {
        guard name.utf8.starts(with: prefix.utf8) else { return nil }
        return UTF8Text(validating: name.utf8.dropFirst(prefix.count))
    }

    /// Whether ``joined(_:_:)`` makes something else of a prefix and `rest` than one after the
    /// other.
    private func isAltered(_ rest: UTF8Text) -> Bool {
        rest.utf8.first == UInt8(ascii: "/") || rest.utf8.contains(UInt8(ascii: "\\"))
    }

    /// Python's `os.path.join(prefix, rest).replace("\\", "/")`.
    private func joined(_ prefix: UTF8Text, _ rest: UTF8Text) -> UTF8Text {
        let slash = UInt8(ascii: "/")
        var bytes: [UInt8] = []
        if rest.utf8.first != slash {
            bytes.append(contentsOf: prefix.utf8)
            if let last = bytes.last, last != slash { bytes.append(slash) }
        }
        bytes.append(contentsOf: rest.utf8)
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\\") { bytes[index] = slash }
        return UTF8Text(String(decoding: bytes, as: UTF8.self))
    }
}

/// Looks names up that mostly come in order.
private struct ArtifactLookup {
    private let artifacts: Artifacts
    private var next = 0

    init(_ artifacts: Artifacts) { self.artifacts = artifacts }

    subscript(name: UTF8Text) -> Artifact? {
        mutating get {
            if next < artifacts.count, artifacts[next].name == name {
                next += 1
                return artifacts[next - 1]
            }
            let index = artifacts.partitionPoint(before: name)
            guard index < artifacts.count, artifacts[index].name == name else { return nil }
            next = index + 1
            return artifacts[index]
        }
    }
}

extension RandomAccessCollection where Element == Artifact, Index == Int {
    /// Index of the first artifact, in a list sorted by name, that does not come before `name`.
    fileprivate func partitionPoint(before name: UTF8Text) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = (low + high) / 2
            if self[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
