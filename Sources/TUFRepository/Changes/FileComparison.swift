// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

extension Comparison {
    /// Compares two `targets` members.
    mutating func compareFiles(_ old: JSONValue?, _ new: JSONValue?, at place: Place) -> Bool {
        guard old?.kind ?? .object == .object, new?.kind ?? .object == .object else {
            return false
        }
        let pairs = MemberPair.differing(old, new)
        var byKind: [FileFact.Kind: [Int]] = [:]
        for (index, pair) in pairs.enumerated() {
            var kinds = pair.plainKinds
            if kinds == nil {
                let isLayout = pair.isLayout
                if isLayout { compareLayout(pair, at: place[pair.key]) }
                kinds = pair.kinds(isLayout: isLayout)
            }
            for kind in kinds ?? [] { byKind[kind, default: []].append(index) }
        }
        for kind in FileFact.Kind.allCases {
            guard let indices = byKind[kind] else { continue }
            if indices.count <= listed {
                for index in indices { tellFile(pairs[index], kind, at: place) }
            } else {
                add(
                    .file(
                        .many(
                            kind, count: indices.count,
                            first: indices.prefix(listed).map { pairs[$0].key },
                            digest: MemberPair.digest(indices.lazy.map { pairs[$0] }))),
                    at: place)
            }
        }
        return new != nil || old == nil
    }

    private mutating func tellFile(_ pair: MemberPair, _ kind: FileFact.Kind, at place: Place) {
        let place = place[pair.key]
        let isLayout = pair.isLayout
        switch kind {
        case .added:
            guard let new = pair.new.flatMap({ FileEntry(pair.key, $0, isLayout: isLayout) })
            else { return tell(pair.old, pair.new, .files, at: place) }
            add(.file(.added(new)), at: place)
        case .removed:
            guard let old = pair.old.flatMap({ FileEntry(pair.key, $0, isLayout: isLayout) })
            else { return tell(pair.old, pair.new, .files, at: place) }
            add(.file(.removed(old)), at: place)
        case .replaced:
            guard let old = pair.old.flatMap({ FileEntry(pair.key, $0, isLayout: isLayout) }),
                let new = pair.new.flatMap({ FileEntry(pair.key, $0, isLayout: isLayout) })
            else { return tell(pair.old, pair.new, .files, at: place) }
            add(.file(.replaced(new, before: old)), at: place)
            // What the sentence has no room for.
            for member in MemberPair.differing(pair.old, pair.new)
            where member.key == "length" || member.key == "hashes" {
                if member.new == nil || new.rest?[member.key] != nil {
                    tell(member.old, member.new, .files, at: place[member.key])
                }
            }
        case .evidence: tellEvidence(pair, at: place["custom"]["in-toto"])
        case .other: tellFurther(pair, isLayout: isLayout, at: place)
        }
    }

    private mutating func tellEvidence(_ pair: MemberPair, at place: Place) {
        let old = pair.old?["custom"]?["in-toto"]?.textList
        let new = pair.new?["custom"]?["in-toto"]?.textList
        let lists = Lists(old ?? [], new ?? [])
        if !lists.gained.isEmpty || !lists.lost.isEmpty {
            add(
                .file(
                    .evidence(
                        path: pair.key, gained: lists.gained, lost: lists.lost,
                        isLeft: new?.isEmpty == false)), at: place)
        }
        if !lists.isSameOrder {
            add(.file(.evidenceOrder(path: pair.key, new ?? [])), at: place)
        }
    }

    /// Members of an entry that is in both states, other than content and evidence.
    private mutating func tellFurther(_ pair: MemberPair, isLayout: Bool, at place: Place) {
        guard pair.old?.kind == .object, pair.new?.kind == .object else {
            return tell(pair.old, pair.new, .files, at: place)
        }
        for member in MemberPair.differing(pair.old, pair.new) {
            let place = place[member.key]
            if member.key == "custom", member.isOfObjects {
                for part in MemberPair.differing(member.old, member.new)
                where !part.isEvidence && !(isLayout && part.isPolicy) {
                    tell(part.old, part.new, .files, at: place[part.key])
                }
                if member.isOnlyOneEmpty { tell(member.old, member.new, .files, at: place) }
            } else if member.key == "length" || member.key == "hashes" {
                if !pair.isReplaced { tell(member.old, member.new, .files, at: place) }
            } else {
                tell(member.old, member.new, .files, at: place)
            }
        }
    }
}

extension MemberPair {
    /// As members of `targets`: whether one of the two states is a layout that says what it
    /// governs.
    fileprivate var isLayout: Bool {
        old?["custom"]?["carnet"]?.kind == .object || new?["custom"]?["carnet"]?.kind == .object
    }

    /// Whether each of the two is an object or missing.
    fileprivate var isOfObjects: Bool {
        old?.kind ?? .object == .object && new?.kind ?? .object == .object
    }

    /// Whether one is missing and the other has nothing in it.
    fileprivate var isOnlyOneEmpty: Bool {
        (old == nil || new == nil) && MemberPair.differing(old, new).isEmpty
    }

    /// As a member of `custom`: a list of evidence in each state that has it, and one that is
    /// not empty.
    fileprivate var isEvidence: Bool {
        key == "in-toto" && (old == nil || old?.textList != nil)
            && (new == nil || new?.textList != nil)
            && !((old?.textList ?? []).isEmpty && (new?.textList ?? []).isEmpty)
    }

    /// As a member of `custom`: what ``Comparison/compareLayout(_:at:)`` tells.
    fileprivate var isPolicy: Bool { key == "carnet" || key == "in-toto" }

    /// As a member of `targets`: whether the file itself is another one.
    fileprivate var isReplaced: Bool {
        let (before, after) = (old?["hashes"], new?["hashes"])
        guard let before, let after, old?["length"]?.isSame(as: new?["length"]) == true,
            let first = try? before.object(), let second = try? after.object()
        else { return true }
        var isShared = false
        for member in first {
            guard let other = second[member.key] else { continue }
            guard member.value.isSame(as: other) else { return true }
            isShared = true
        }
        return !isShared
    }

    /// As a member of `targets`: what there is to tell of it.
    fileprivate func kinds(isLayout: Bool) -> [FileFact.Kind] {
        guard let old else { return [.added] }
        guard let new else { return [.removed] }
        guard old.kind == .object, new.kind == .object else { return [.other] }
        var kinds: [FileFact.Kind] = []
        var isOther = false
        for member in MemberPair.differing(old, new) {
            if member.key == "length" || member.key == "hashes" {
                if isReplaced {
                    if !kinds.contains(.replaced) { kinds.append(.replaced) }
                } else {
                    isOther = true
                }
            } else if member.key == "custom", member.isOfObjects, !member.isOnlyOneEmpty {
                for part in MemberPair.differing(member.old, member.new)
                where !(isLayout && part.isPolicy) {
                    if part.isEvidence { kinds.append(.evidence) } else { isOther = true }
                }
            } else {
                isOther = true
            }
        }
        return isOther ? kinds + [.other] : kinds
    }

    /// SHA-256 over names and both states of members.
    static func digest(_ pairs: some Sequence<MemberPair>) -> String {
        var digest = RunningDigest(.sha256)
        for pair in pairs {
            for value in [JSON.string(pair.key).canonicalBytes()] {
                value.withUnsafeBytes { digest.update($0) }
            }
            for value in [pair.old, pair.new] {
                guard let value else {
                    Array("-".utf8).withUnsafeBytes { digest.update($0) }
                    continue
                }
                value.withCanonicalBytes { digest.update($0) }
            }
        }
        return hex(digest.finish())
    }
}

extension FileEntry {
    /// Reads an entry as far as it has the usual shape; the rest goes into ``rest``.
    ///
    /// - Returns: `nil` if it is no object.
    fileprivate init?(_ path: UTF8Text, _ value: JSONValue, isLayout: Bool) {
        guard let object = try? value.object() else { return nil }
        self.path = path
        var length: Int?
        var digests: [Digest] = []
        var evidence: [UTF8Text]?
        var rest: [JSON.Member] = []
        for member in object {
            switch member.key {
            case "length": length = try? member.value.integer()
            case "hashes": digests = FileEntry.digests(member.value) ?? []
            case "custom":
                let list = member.value["in-toto"]?.textList
                evidence = isLayout ? nil : list
                guard let custom = try? member.value.object() else { break }
                var known: Set<UTF8Text> = isLayout ? ["in-toto", "carnet"] : []
                if list != nil { known.insert("in-toto") }
                let others = custom.others(than: known)
                if !others.isEmpty || MemberPair.differing(nil, member.value).isEmpty {
                    rest.append(JSON.Member("custom", .object(others)))
                }
                continue
            default: break
            }
            let isTold =
                member.key == "length" && length != nil
                || member.key == "hashes" && !digests.isEmpty
            if !isTold { rest.append(JSON.Member(member.key, member.value.tree())) }
        }
        self.length = length
        self.digests = digests
        self.evidence = evidence
        self.rest = rest.isEmpty ? nil : .object(rest)
        self.isLayout = isLayout
    }

    private static func digests(_ value: JSONValue) -> [Digest]? {
        guard let object = try? value.object() else { return nil }
        var digests: [Digest] = []
        for member in object {
            guard let text = try? member.value.text() else { return nil }
            digests.append(Digest(algorithm: member.key, hex: text))
        }
        return digests.sorted { $0.algorithm < $1.algorithm }
    }
}
