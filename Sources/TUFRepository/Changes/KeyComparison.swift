// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

extension Comparison {
    /// Compares two `keys` members.
    mutating func compareKeys(
        _ old: JSONValue?, _ new: JSONValue?, _ names: KeyNames, at place: Place
    ) {
        explain(old, new, .trust, at: place) { comparison in
            guard old?.kind ?? .object == .object, new?.kind ?? .object == .object else {
                return false
            }
            for pair in MemberPair.differing(old, new) {
                comparison.compareKey(pair, names, at: place[pair.key])
            }
            for ids in names.newTwins {
                comparison.add(.key(.twins(ids.map { names.label($0) })), at: place)
            }
            return new != nil || old == nil
        }
    }

    private mutating func compareKey(_ pair: MemberPair, _ names: KeyNames, at place: Place) {
        let id = KeyID(pair.key)
        explain(pair.old, pair.new, .trust, at: place) { comparison in
            switch (pair.old.map(KeyObject.init), pair.new.map(KeyObject.init)) {
            case (nil, let key??):
                comparison.add(
                    .key(.listed(names.label(id), KeyContent(key.key))), at: place)
                comparison.tellFurther(pair, at: place)
            case (_??, nil):
                comparison.add(.key(.unlisted(names.label(id, inOld: true))), at: place)
            case (let old??, let new??):
                comparison.compare(old.key, new.key, names.label(id), at: place)
                comparison.compareHolders(pair, names, at: place)
                comparison.tellFurther(pair, at: place)
            default: return false
            }
            return true
        }
    }

    private mutating func compare(
        _ old: PublicKey, _ new: PublicKey, _ label: KeyLabel, at place: Place
    ) {
        let (before, after) = (KeyContent(old), KeyContent(new))
        guard before.fingerprint != after.fingerprint else { return }
        let isSame = new.material != nil && old.material == new.material
        add(
            .key(
                isSame
                    ? .rewritten(label, after, before: before)
                    : .replaced(label, after, before: before)), at: place)
    }

    private mutating func compareHolders(_ pair: MemberPair, _ names: KeyNames, at place: Place) {
        for member in MemberPair.differing(pair.old, pair.new) where isTold(member, of: pair) {
            add(
                .key(
                    .holder(
                        names.label(KeyID(pair.key)), member: member.key,
                        try? member.new?.text(), before: try? member.old?.text())),
                at: place[member.key])
        }
    }

    /// Tells the members of a key that no other sentence tells.
    private mutating func tellFurther(_ pair: MemberPair, at place: Place) {
        for member in MemberPair.differing(pair.old, pair.new) {
            if member.key == "keytype" || member.key == "scheme" { continue }
            if member.key == "keyval" {
                for part in MemberPair.differing(member.old, member.new)
                where part.key != "public" {
                    tell(part.old, part.new, .trust, at: place["keyval"][part.key])
                }
            } else if !isTold(member, of: pair) {
                tell(member.old, member.new, .trust, at: place[member.key])
            }
        }
    }

    /// Whether a member is a holder's name, and told as such.
    private func isTold(_ member: MemberPair, of key: MemberPair) -> Bool {
        // The sentence of a new key has room for one name.
        guard key.old != nil else { return member.key == key.new.flatMap(KeyObject.holderMember) }
        guard KeyObject.holderMembers.contains(member.key) else { return false }
        return member.old?.kind ?? .string == .string && member.new?.kind ?? .string == .string
    }

    /// Compares who signs a role: its `keyids` and `threshold`.
    ///
    /// - Parameters:
    ///   - old: the object that has both, `nil` for a new role.
    ///   - isFurther: members that the caller tells itself.
    mutating func compareSigners(
        _ old: JSONValue?, _ new: JSONValue?, of role: SigningRole, _ names: KeyNames,
        at place: Place, except isFurther: (UTF8Text) -> Bool = { _ in false }
    ) {
        var isChanged = false
        for pair in MemberPair.differing(old, new) where !isFurther(pair.key) {
            let place = place[pair.key]
            explain(pair.old, pair.new, .trust, at: place) { comparison in
                switch pair.key {
                case "keyids":
                    isChanged = true
                    return comparison.compareKeyIDs(pair, of: role, names, at: place)
                case "threshold":
                    isChanged = true
                    // Told below, together with the number of keys.
                    guard (try? new?["threshold"]?.integer()) != nil else { return false }
                    comparison.addQuorum(old, new, of: role, names, at: place)
                    return true
                default:
                    guard HeaderFact.isPeriod(pair.key), case .role(let name) = role else {
                        return false
                    }
                    return comparison.comparePeriod(pair, of: name, at: place)
                }
            }
        }
        if isChanged, old?["threshold"]?.isSame(as: new?["threshold"]) == true {
            addQuorum(old, new, of: role, names, at: place["keyids"])
        }
    }

    /// Tells who signed a role that is gone.
    mutating func addLoss(
        of old: JSONValue?, _ role: SigningRole, _ names: KeyNames, at place: Place
    ) {
        for id in old?["keyids"]?.textList ?? [] {
            add(.signing(.mayNot(names.label(KeyID(id), inOld: true), role)), at: place)
        }
    }

    private mutating func addQuorum(
        _ old: JSONValue?, _ new: JSONValue?, of role: SigningRole, _ names: KeyNames,
        at place: Place
    ) {
        guard let quorum = quorum(new, names) else { return }
        let before = self.quorum(old, names, inOld: true)
        guard quorum != before else { return }
        add(.signing(.needs(role, quorum, before: before)), at: place)
    }

    private func quorum(
        _ role: JSONValue?, _ names: KeyNames, inOld isOld: Bool = false
    ) -> Quorum? {
        guard let threshold = try? role?["threshold"]?.integer() else { return nil }
        return Quorum(
            threshold: threshold,
            keys: names.usableCount(role?["keyids"]?.textList ?? [], inOld: isOld))
    }

    private mutating func compareKeyIDs(
        _ pair: MemberPair, of role: SigningRole, _ names: KeyNames, at place: Place
    ) -> Bool {
        let (before, after) = (pair.old.map(\.textList), pair.new.map(\.textList))
        if case .some(nil) = before { return false }
        if case .some(nil) = after { return false }
        let (old, new) = ((before ?? nil) ?? [], (after ?? nil) ?? [])
        let lists = Lists(old, new)
        for id in lists.lost {
            add(.signing(.mayNot(names.label(KeyID(id), inOld: true), role)), at: place)
        }
        for id in lists.gained {
            add(.signing(.may(names.label(KeyID(id)), role)), at: place)
        }
        if !lists.isSameOrder {
            add(.signing(.order(role, new.map { names.label(KeyID($0)) })), at: place)
        }
        return pair.new != nil
    }
}

extension JSONValue {
    func isSame(as other: JSONValue?) -> Bool { other.map { isSame(as: $0) } ?? false }
}
