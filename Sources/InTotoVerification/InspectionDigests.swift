// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning

extension Inspection {
    /// The digests that this inspection's rules compare with: those of the links that a `MATCH`
    /// names, if they all have the same, else SHA-256 alone, as Python always records.
    ///
    /// Two artifacts are the same only if they have the same digests by name.
    func digests(comparedWith links: [UTF8Text: Link]) -> [DigestAlgorithm] {
        var common: [UTF8Text]?
        for rule in expectedMaterials + expectedProducts {
            guard case .match(let match) = rule, let link = links[match.step] else { continue }
            for artifact in match.list == .materials ? link.materials : link.products {
                let names = artifact.digests.map(\.algorithm)
                guard common == nil || common == names else { return [.sha256] }
                common = names
            }
        }
        let algorithms = (common ?? []).compactMap { DigestAlgorithm(rawValue: $0.string) }
        // One that cannot be computed here is a difference that stays.
        guard algorithms.count == common?.count, algorithms.contains(.sha256) else {
            return [.sha256]
        }
        return algorithms
    }
}
