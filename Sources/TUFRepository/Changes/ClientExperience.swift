// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning
package import TUFMetadata

/// What clients that trust one root experience when the next one is published
/// (TUF 1.0.34 §5.3).
package struct ClientExperience: Sendable, Equatable {
    /// Whose signatures a root needs: keys that differ and can be used, in the order of the list.
    package struct Need: Sendable, Equatable {
        package let threshold: Int
        package let keys: [KeyLabel]
        /// How many of the keys can still sign.
        package let available: Int

        package var canBeMet: Bool { available >= threshold }

        fileprivate var words: String {
            let names = keys.map(\.description)
            return keys.count == threshold
                ? ChangeText.joined(names) : "\(threshold) of \(names.joined(separator: ", "))"
        }

        fileprivate var json: JSON {
            [
                "threshold": .integer(threshold), "keys": .array(keys.map(\.json)),
                "available": .integer(available),
            ]
        }
    }

    package let from: Int
    package let to: Int
    /// What the older root asks of the newer one.
    package let old: Need
    /// What the newer one asks of itself.
    package let new: Need
    /// Keys that signed for root and do so no more.
    package let leaving: [KeyLabel]
    /// How many of those who leave must sign once more, as those who stay are too few.
    package let neededOfLeaving: Int
    /// Roles whose metadata, as it is, may not count under the newer root.
    package let signedAnew: [RoleName]
    /// Whether clients forget the timestamp and snapshot they have (TUF 1.0.34 §5.3.11).
    package let forgetsVersions: Bool

    /// - Parameter lost: keys whose private halves are gone, under any of their ids.
    package init(of old: Root, to new: Root, without lost: Set<KeyID> = []) {
        let names = KeyNames(old.value["keys"], new.value["keys"])
        let (before, after) = (KeyList(old, .root), KeyList(new, .root))
        let gone = Set(lost.compactMap { names.key($0, inOld: true)?.material })
            .union(lost.compactMap { names.key($0)?.material })
        from = old.version
        to = new.version
        self.old = Need(
            threshold: before.threshold,
            keys: before.keys.map { names.label($0.id, inOld: true) },
            available: before.materials.subtracting(gone).count)
        self.new = Need(
            threshold: after.threshold, keys: after.keys.map { names.label($0.id) },
            available: after.materials.subtracting(gone).count)
        leaving = before.keys.filter { !after.materials.contains($0.material) }
            .map { names.label($0.id, inOld: true) }
        let staying = before.materials.intersection(after.materials).subtracting(gone).count
        neededOfLeaving = max(0, before.threshold - staying)
        signedAnew = [RoleName.targets, .snapshot, .timestamp].filter { role in
            let (before, after) = (KeyList(old, role), KeyList(new, role))
            return !before.materials.isSubset(of: after.materials)
                || after.threshold > before.threshold
        }
        forgetsVersions = [RoleName.snapshot, .timestamp].contains { role in
            KeyList(old, role).materials != KeyList(new, role).materials
        }
    }

    /// The steps that clients take that trust the first of `roots`, which are in order.
    package static func chain(_ roots: [Root]) -> [ClientExperience] {
        zip(roots, roots.dropFirst()).map { ClientExperience(of: $0, to: $1) }
    }

    /// The different usable keys of a role.
    private struct KeyList {
        let threshold: Int
        var keys: [(id: KeyID, material: KeyMaterial)] = []
        var materials: Set<KeyMaterial> = []

        init(_ root: Root, _ role: RoleName) {
            let authority = root.authority(of: role)
            threshold = authority.threshold
            for entry in authority.entries {
                if let material = entry.key.material, materials.insert(material).inserted {
                    keys.append((entry.ids[0], material))
                }
            }
        }
    }

    /// Whether clients at the older root can come to trust the newer one.
    package var canFollow: Bool { to == from + 1 && old.canBeMet && new.canBeMet }

    /// One line each.
    package var sentences: [String] {
        guard to == from + 1 else {
            return [
                "clients at root \(from) ask for root \(from + 1) next and never see root \(to)"
            ]
        }
        var result = [
            "clients at root \(from) need signatures of \(old.words) on root \(to), "
                + "and of \(new.words), whom it names itself"
        ]
        result += warnings
        if from > 1 {
            result.append("clients at an older root take every root up to \(to), one by one")
        }
        if !signedAnew.isEmpty {
            result.append(
                "\(ChangeText.joined(signedAnew.map(\.description))) must be signed by the keys "
                    + "of root \(to) when it is published, or clients stop there")
        }
        if forgetsVersions {
            result.append(
                "clients forget which timestamp and snapshot they have seen, as their keys change")
        }
        return result
    }

    /// What stands in the way.
    private var warnings: [String] {
        var result: [String] = []
        if !old.canBeMet {
            result.append(
                "only \(old.available) of the \(old.threshold) signatures that root \(from) asks "
                    + "for can be made: clients at root \(from) can never follow, each must be "
                    + "told to trust a new root")
        } else if neededOfLeaving > 0 {
            let count =
                neededOfLeaving == leaving.count ? "" : "\(neededOfLeaving) of "
            result.append(
                "\(count)\(ChangeText.joined(leaving.map(\.description))) must sign root \(to) "
                    + "although it takes that right away")
        }
        if !new.canBeMet {
            result.append(
                "only \(new.available) of the \(new.threshold) signatures that root \(to) asks of "
                    + "itself can be made: no client will take it")
        }
        return result
    }

    package var json: JSON {
        [
            "from": .integer(from), "to": .integer(to), "can-follow": .boolean(canFollow),
            "before": old.json, "after": new.json, "leaving": .array(leaving.map(\.json)),
            "needed-of-leaving": .integer(neededOfLeaving),
            "signed-anew": .array(signedAnew.map { .string($0.text) }),
            "forgets-versions": .boolean(forgetsVersions),
            "sentences": .array(sentences.map { .text($0) }),
        ]
    }
}
