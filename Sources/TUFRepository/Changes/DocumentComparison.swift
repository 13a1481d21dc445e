// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

extension Comparison {
    /// Compares the two documents as what the role's name says they are.
    mutating func compareDocuments(_ old: JSONValue?, _ new: JSONValue?) {
        guard let new else {
            if let old { addEnd(of: old) }
            return
        }
        if let old, old.isSame(as: new) { return }
        guard new.kind == .object, old?.kind ?? .object == .object else {
            return tell(old, new, .trust, at: Place())
        }
        let names = KeyNames(old?["keys"], new["keys"])
        for pair in MemberPair.differing(old, new)
        where old != nil || !isPlainType(pair) {
            let place = Place()[pair.key]
            explain(pair.old, pair.new, weight(of: pair.key), at: place) { comparison in
                comparison.compareCommon(pair, isNew: old == nil, at: place)
                    ?? (comparison.role == .root
                        ? comparison.compareRootMember(pair, names, at: place)
                        : comparison.compareMember(pair, isNew: old == nil, at: place))
            }
        }
        if old == nil, new["_type"] == nil {
            add(.header(.type(nil, before: nil)), at: Place()["_type"])
        }
        if let old, let version = try? new["version"]?.integer(),
            (try? old["version"]?.integer()) == version
        {
            add(.header(.sameVersion(version)), at: Place()["version"])
        }
    }

    /// Whether it is the `_type` of a first state, and what the role's name lets expect.
    private func isPlainType(_ pair: MemberPair) -> Bool {
        guard pair.key == "_type", let type = pair.texts?.new else { return false }
        return RoleName(type) == (role.isTopLevel ? role : .targets)
    }

    private mutating func addEnd(of old: JSONValue) {
        add(
            .header(.ends(role, version: try? old["version"]?.integer())), at: Place())
        // Whatever it said is said no more; of that, who it delegated to matters.
        if let delegations = old["delegations"] {
            _ = compareDelegations(delegations, nil, at: Place()["delegations"])
        }
        if let files = old["targets"] { _ = compareFiles(files, nil, at: Place()["targets"]) }
    }

    private func weight(of member: UTF8Text) -> Change.Weight {
        switch member {
        case "keys", "roles", "delegations": .trust
        case RepositoryPolicyMember.policy where role == .targets: .policy
        case "targets": .files
        case "meta", "version", "expires", SnapshotNonce.member: .dates
        default: .other
        }
    }

    /// Members that all documents have; `nil` if it is none of them.
    private mutating func compareCommon(
        _ pair: MemberPair, isNew: Bool, at place: Place
    ) -> Bool? {
        switch pair.key {
        case "version":
            let (old, new) = (try? pair.old?.integer(), try? pair.new?.integer())
            guard let new, (old == nil) == (pair.old == nil) else { return false }
            if isNew {
                add(.header(.begins(role, version: new)), at: place)
            } else if role == .root, let old, new > old + 1 {
                add(.header(.rootOutOfOrder(new, before: old)), at: place)
            } else {
                add(.header(.version(new, before: old)), at: place)
            }
            return true
        case "expires":
            guard let texts = pair.texts, let new = texts.new.flatMap({ Instant($0.string) }),
                texts.old.map({ Instant($0.string) != nil }) ?? true
            else { return false }
            add(
                .header(
                    .expires(
                        new, before: texts.old.flatMap { Instant($0.string) }, isPast: new <= now)),
                at: place)
            return true
        case "_type", "spec_version":
            guard let texts = pair.texts, let new = texts.new else { return false }
            add(
                .header(
                    pair.key == "_type"
                        ? .type(new, before: texts.old) : .specVersion(new, before: texts.old)),
                at: place)
            return true
        case let member where HeaderFact.isPeriod(member):
            return comparePeriod(pair, of: role, at: place)
        default: return nil
        }
    }

    /// A number of days in a member of its own.
    mutating func comparePeriod(_ pair: MemberPair, of role: RoleName, at place: Place) -> Bool {
        let (old, new) = (try? pair.old?.integer(), try? pair.new?.integer())
        guard (old == nil) == (pair.old == nil), (new == nil) == (pair.new == nil) else {
            return false
        }
        add(.header(.period(member: pair.key, role: role, days: new, before: old)), at: place)
        return true
    }

    private mutating func compareRootMember(
        _ pair: MemberPair, _ names: KeyNames, at place: Place
    ) -> Bool {
        switch pair.key {
        case "keys": compareKeys(pair.old, pair.new, names, at: place)
        case "roles":
            guard pair.new?.kind == .object, pair.old?.kind ?? .object == .object else {
                return false
            }
            for member in MemberPair.differing(pair.old, pair.new) {
                let role = SigningRole.role(RoleName(member.key))
                let place = place[member.key]
                explain(member.old, member.new, .trust, at: place) { comparison in
                    guard member.old?.kind ?? .object == .object,
                        member.new?.kind ?? .object == .object
                    else { return false }
                    guard member.new != nil else {
                        comparison.addLoss(of: member.old, role, names, at: place)
                        return false
                    }
                    comparison.compareSigners(member.old, member.new, of: role, names, at: place)
                    return true
                }
            }
        case "consistent_snapshot":
            let (old, new) = (try? pair.old?.boolean(), try? pair.new?.boolean())
            guard let new, (old == nil) == (pair.old == nil) else { return false }
            add(.header(.consistentSnapshot(new, before: old)), at: place)
        case RepositoryPolicyMember.name:
            guard let texts = pair.texts else { return false }
            add(.policy(.repositoryName(texts.new, before: texts.old)), at: place)
        default: return false
        }
        return true
    }

    private mutating func compareMember(
        _ pair: MemberPair, isNew: Bool, at place: Place
    ) -> Bool {
        switch pair.key {
        case "meta" where role == .snapshot || role == .timestamp:
            return compareListing(pair.old, pair.new, at: place)
        case "delegations" where role != .snapshot && role != .timestamp:
            return compareDelegations(pair.old, pair.new, at: place)
        case "targets" where role != .snapshot && role != .timestamp:
            if isNew, pair.new?.kind == .object, MemberPair.differing(nil, pair.new).isEmpty {
                add(.header(.nothing(of: "files")), at: place)
                return true
            }
            return compareFiles(pair.old, pair.new, at: place)
        case RepositoryPolicyMember.policy where role == .targets:
            return comparePolicy(pair.old, pair.new, at: place)
        default: return false
        }
    }
}

/// Members that this project adds to documents; see Docs/Formats/Policy.md.
enum RepositoryPolicyMember {
    static let policy: UTF8Text = "x-carnet"
    static let name: UTF8Text = "x-carnet-name"
}
