// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import TUFMetadata

extension Comparison {
    /// Compares two `meta` members of snapshot or timestamp.
    mutating func compareListing(_ old: JSONValue?, _ new: JSONValue?, at place: Place) -> Bool {
        guard old?.kind ?? .object == .object, new?.kind ?? .object == .object else {
            return false
        }
        var newer: [MemberPair] = []
        var added: [MemberPair] = []
        for pair in MemberPair.differing(old, new) {
            guard let role = pair.listedRole, pair.isOfEntries else {
                tell(pair.old, pair.new, .dates, at: place[pair.key])
                continue
            }
            switch (pair.old.flatMap(ListingFact.Entry.init), pair.new) {
            case (nil, _): added.append(pair)
            case (let before?, nil):
                add(.listing(.dropped(role, before: before.version)), at: place[pair.key])
            case (let before?, let value?):
                guard let entry = ListingFact.Entry(value) else { continue }
                if entry.version > before.version {
                    newer.append(pair)
                } else {
                    tellOdd(entry, before, pair, role, at: place[pair.key])
                }
            }
        }
        tell(newer, .moved, at: place)
        tell(added, .listed, at: place)
        return new != nil || old == nil
    }

    /// An entry that did not move on.
    private mutating func tellOdd(
        _ entry: ListingFact.Entry, _ before: ListingFact.Entry, _ pair: MemberPair,
        _ role: RoleName, at place: Place
    ) {
        if entry.version < before.version {
            add(.listing(.lowered(role, entry, before: before.version)), at: place)
        } else if entry != before {
            add(.listing(.swapped(role, entry)), at: place)
        }
        tellFurther(pair, at: place)
    }

    private mutating func tell(
        _ pairs: [MemberPair], _ kind: ListingFact.Kind, at place: Place
    ) {
        guard pairs.count <= listed else {
            return add(
                .listing(
                    .many(
                        kind, count: pairs.count,
                        first: pairs.prefix(listed).compactMap { $0.listedRole?.text },
                        digest: MemberPair.digest(pairs))), at: place)
        }
        for pair in pairs {
            guard let role = pair.listedRole, let entry = pair.new.flatMap(ListingFact.Entry.init)
            else { continue }
            if let before = pair.old.flatMap(ListingFact.Entry.init) {
                add(
                    .listing(.moved(role, entry, before: before.version)), at: place[pair.key])
            } else {
                add(.listing(.listed(role, entry)), at: place[pair.key])
            }
            tellFurther(pair, at: place[pair.key])
        }
    }

    /// Members that stand in no sentence: unknown ones, and a length or digests that went.
    private mutating func tellFurther(_ pair: MemberPair, at place: Place) {
        for member in MemberPair.differing(pair.old, pair.new) {
            let isTold =
                member.key == "version"
                || (member.key == "length" || member.key == "hashes") && member.new != nil
                    && !(member.old == nil && MemberPair.differing(nil, member.new).isEmpty
                        && member.key == "hashes")
            if !isTold { tell(member.old, member.new, .dates, at: place[member.key]) }
        }
    }
}

extension MemberPair {
    /// As a member of `meta`: the role whose file it is.
    fileprivate var listedRole: RoleName? {
        let bytes = Array(key.utf8)
        let end = Array(".json".utf8)
        guard bytes.count > end.count, bytes.suffix(end.count).elementsEqual(end) else {
            return nil
        }
        return UTF8Text(validating: bytes.dropLast(end.count)).map(RoleName.init)
    }

    /// As a member of `meta`: whether each state that has it has the usual shape.
    fileprivate var isOfEntries: Bool {
        [old, new].allSatisfy { $0.map { ListingFact.Entry($0) != nil } ?? true }
    }
}

extension ListingFact.Entry {
    /// - Returns: `nil` unless version, length and digests are what they should be.
    fileprivate init?(_ value: JSONValue) {
        guard let version = try? value["version"]?.integer() else { return nil }
        self.version = version
        length = try? value["length"]?.integer()
        guard (length == nil) == (value["length"] == nil) else { return nil }
        var digests: [FileEntry.Digest] = []
        if let hashes = value["hashes"] {
            guard let object = try? hashes.object() else { return nil }
            for member in object {
                guard let text = try? member.value.text() else { return nil }
                digests.append(FileEntry.Digest(algorithm: member.key, hex: text))
            }
        }
        self.digests = digests.sorted { $0.algorithm < $1.algorithm }
    }
}
