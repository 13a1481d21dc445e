// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// The keys of one role as whoever appoints it lists them.
struct RoleKeyRules {
    let name: String
    let listed: RoleKeys
    let keys: [KeyID: PublicKey]
    let isRoot: Bool
    /// Whether its signatures must not be had by breaking into one machine.
    let isOffline: Bool

    init(
        name: String, _ listed: RoleKeys, _ keys: [KeyID: PublicKey], isRoot: Bool, isOffline: Bool
    ) {
        self.name = name
        self.listed = listed
        self.keys = keys
        self.isRoot = isRoot
        self.isOffline = isOffline
    }

    func findings() -> [Finding] {
        var findings: [Finding] = []
        /// Ids by key, and the keys in the order of the list.
        var ids: [KeyMaterial: [KeyID]] = [:]
        var distinct: [(material: KeyMaterial, key: PublicKey)] = []
        for id in listed.keyIDs {
            guard let key = keys[id] else {
                findings.append(missing(id))
                continue
            }
            guard let material = key.material else {
                findings.append(unknown(id, key))
                continue
            }
            if ids[material] == nil { distinct.append((material, key)) }
            ids[material, default: []].append(id)
        }
        for (material, _) in distinct {
            guard let same = ids[material], same.count > 1 else { continue }
            findings.append(twice(same))
        }
        if let finding = threshold(distinct.count) { findings.append(finding) }
        return findings + people(distinct.map(\.key))
    }

    private var replace: String { "correct its keys: carnet role keys \(name)" }

    private func missing(_ id: KeyID) -> Finding {
        let words = "lists key \(shown(id)), which nobody describes: it counts for nothing"
        return Finding(.keyMissing, name, words, remedy: replace)
    }

    private func unknown(_ id: KeyID, _ key: PublicKey) -> Finding {
        Finding(
            .keyUnknown, name,
            "lists key \(shown(id)), which Carnet cannot use: its signatures count for nothing",
            found: "keytype \(quoted(key.type)), scheme \(quoted(key.scheme))",
            expected: "ed25519, ecdsa or rsa with a scheme that fits", remedy: replace)
    }

    private func twice(_ ids: [KeyID]) -> Finding {
        Finding(
            .sameKeyTwice, name, "lists one key under \(ids.count) ids, which counts once",
            found: ids.map(shown).joined(separator: ", "), expected: "each key once",
            remedy: replace)
    }

    // MARK: how many must sign

    private func threshold(_ count: Int) -> Finding? {
        let needed = listed.threshold
        if count < needed {
            return Finding(
                .thresholdUnreachable, name,
                "asks for more signatures than it has keys: nobody can sign it",
                found: counted(count, "different key"), expected: "\(needed) or more",
                remedy: "add keys with carnet role keys \(name) --add KEY, or lower its threshold")
        }
        guard isOffline else { return nil }
        if needed == 1 { return one(count) }
        guard count == needed else { return nil }
        return Finding(
            .noSpareKey, name, "needs all of its \(count) keys: if one is lost, \(loss)",
            found: "threshold \(needed) of \(count)", expected: "one key more than the threshold",
            remedy: "add a key: carnet role keys \(name) --add KEY",
            severity: isRoot ? .warning : .note)
    }

    private func one(_ count: Int) -> Finding {
        let words =
            count == 1
            ? "one key signs it and there is no other: who steals it signs alone, and if it is "
                + "lost, \(loss)"
            : "any one of its \(count) keys signs it: who steals one signs alone"
        return Finding(
            .thresholdOne, name, words, found: "threshold 1 of \(count)",
            expected: "threshold 2 of 3, or more",
            remedy: "add keys of other people: carnet role keys \(name) --add KEY --threshold 2")
    }

    private var loss: String {
        isRoot
            ? "nobody can ever change the repository's keys again"
            : "nobody can sign it until whoever appoints its keys names others"
    }

    // MARK: whose they are

    private func people(_ keys: [PublicKey]) -> [Finding] {
        guard listed.threshold > 1 else { return [] }
        var counts: [UTF8Text: (name: UTF8Text, keys: Int)] = [:]
        var order: [UTF8Text] = []
        for holder in keys.compactMap(KeyPeople.holder) {
            let person = KeyPeople.person(holder)
            if counts[person] == nil { order.append(person) }
            counts[person, default: (holder, 0)].keys += 1
        }
        return order.compactMap { person in
            guard let (holder, count) = counts[person], count > 1 else { return nil }
            return onePerson(holder, count)
        }
    }

    private func onePerson(_ holder: UTF8Text, _ count: Int) -> Finding {
        let isEnough = count >= listed.threshold
        let words =
            isEnough
            ? "one person signs it alone"
            : "\(listed.threshold) keys were to be as many people"
        return Finding(
            .onePerson, name, "\(quoted(holder)) holds \(count) of its keys: \(words)",
            found: "\(count) keys of one person", expected: "one key a person",
            remedy: "give them to different people: carnet role keys \(name) --replace OLD=NEW",
            severity: isEnough ? .warning : .note)
    }
}
