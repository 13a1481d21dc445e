// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification

/// `verify_item_rules` of Python's in-toto 3.1.0, followed line by line over sets of names, but
/// that a name is refused which prefix and rest do not make up again. Slow, and meant to be
/// obviously right.
struct ReferenceRules {
    enum Outcome: Equatable {
        /// How many each rule took.
        case kept([Int])
        case broken(ArtifactRuleViolation.Kind, ArtifactRule, [UTF8Text], count: Int)
    }

    let links: [UTF8Text: Link]

    func apply(
        _ rules: [ArtifactRule], to list: ArtifactMatch.List, of link: Link
    ) -> Outcome {
        let materials = named(link.materials)
        let products = named(link.products)
        let artifacts = list == .materials ? materials : products
        var queue = Set(artifacts.keys)
        var counts: [Int] = []
        for rule in rules {
            var consumed: Set<UTF8Text> = []
            switch rule {
            case .match(let match):
                var unmatchable: Set<UTF8Text> = []
                consumed = matched(match, queue, artifacts, &unmatchable)
                if !unmatchable.isEmpty { return broken(.unmatchable, rule, unmatchable) }
            case .create(let pattern):
                consumed = filter(queue, pattern)
                    .intersection(Set(products.keys).subtracting(materials.keys))
            case .delete(let pattern):
                consumed = filter(queue, pattern)
                    .intersection(Set(materials.keys).subtracting(products.keys))
            case .modify(let pattern):
                consumed = filter(queue, pattern).filter { name in
                    guard let before = materials[name], let after = products[name] else {
                        return false
                    }
                    return before.digests != after.digests
                }
            case .allow(let pattern): consumed = filter(queue, pattern)
            case .disallow(let pattern):
                let found = filter(queue, pattern)
                if !found.isEmpty { return broken(.disallowed, rule, found) }
            case .require(let name):
                if !queue.contains(name) { return broken(.required, rule, [name]) }
            }
            queue.subtract(consumed)
            counts.append(consumed.count)
        }
        return .kept(counts)
    }

    private func broken(
        _ kind: ArtifactRuleViolation.Kind, _ rule: ArtifactRule, _ names: Set<UTF8Text>
    ) -> Outcome {
        .broken(kind, rule, Array(names.sorted().prefix(5)), count: names.count)
    }

    private func matched(
        _ match: ArtifactMatch, _ queue: Set<UTF8Text>, _ artifacts: [UTF8Text: Artifact],
        _ unmatchable: inout Set<UTF8Text>
    ) -> Set<UTF8Text> {
        guard let link = links[match.step] else { return [] }
        let destinations = named(match.list == .materials ? link.materials : link.products)
        // In Python an empty text is false.
        let source = match.sourcePrefix.flatMap { $0.isEmpty ? nil : $0 }
        let destination = match.destinationPrefix.flatMap { $0.isEmpty ? nil : $0 }
        var consumed: Set<UTF8Text> = []
        for name in queue {
            var path = name
            if let source {
                let prefix = joined(source, "")
                guard name.utf8.starts(with: prefix.utf8) else { continue }
                path = UTF8Text(String(Substring(name.utf8.dropFirst(prefix.count))))
            }
            guard !filter([path], match.pattern).isEmpty else { continue }
            if source != nil, path.string.hasPrefix("/") || path.string.contains("\\") {
                unmatchable.insert(name)
                continue
            }
            let full = source.map { joined($0, path) } ?? path
            let other = destination.map { joined($0, path) } ?? path
            guard let mine = artifacts[full], let its = destinations[other],
                mine.digests == its.digests
            else { continue }
            consumed.insert(full)
        }
        return consumed
    }

    /// `os.path.join(prefix, path).replace("\\", "/")`.
    private func joined(_ prefix: UTF8Text, _ path: UTF8Text) -> UTF8Text {
        let text: String
        if path.string.hasPrefix("/") {
            text = path.string
        } else if prefix.isEmpty || prefix.string.hasSuffix("/") {
            text = prefix.string + path.string
        } else {
            text = prefix.string + "/" + path.string
        }
        return UTF8Text(
            String(
                String.UnicodeScalarView(
                    text.unicodeScalars.map { $0 == "\\" ? "/" : $0 })))
    }

    private func filter(_ names: Set<UTF8Text>, _ pattern: Wildcard) -> Set<UTF8Text> {
        let text = pattern.text.string.unicodeScalars.map(\.value)
        let reference = require(ReferenceWildcard(text), "the patterns of the tape are sound")
        return names.filter { reference.matches($0.string.unicodeScalars.map(\.value)) }
    }

    private func named(_ artifacts: Artifacts) -> [UTF8Text: Artifact] {
        Dictionary(uniqueKeysWithValues: artifacts.map { ($0.name, $0) })
    }
}
