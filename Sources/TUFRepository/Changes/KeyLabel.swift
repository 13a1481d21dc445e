// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning

/// A key as sentences name it: `bob`, `bob's key 3f2a1b9c…` or `key 3f2a1b9c…`.
package struct KeyLabel: Sendable, Equatable {
    package let id: KeyID
    /// Who is said to hold it.
    package let holder: UTF8Text?
    /// Whether the holder has no other key in either state, so that the name tells enough.
    package let isOnlyKey: Bool
    /// The id, cut where no other id in either state begins alike.
    package let shownID: String
    /// Whether there is a key of this id at all.
    package let isListed: Bool
}

extension KeyLabel: CustomStringConvertible {
    package var description: String {
        let end = isListed ? "" : ", which is not listed,"
        guard let holder else { return "key \(shownID)\(end)" }
        let name = ChangeText.name(holder)
        return isOnlyKey ? name + end : "\(name)'s key \(shownID)\(end)"
    }

    var json: JSON {
        ["keyid": .string(id.text), "holder": holder.map(JSON.string) ?? .null]
    }
}

/// A key object as far as it can be read.
struct KeyObject {
    let key: PublicKey
    let holder: UTF8Text?

    /// - Returns: `nil` if it is no key object.
    init?(_ value: JSONValue) {
        guard let key = try? PublicKey(value) else { return nil }
        self.key = key
        holder = KeyObject.holder(value)
    }

    /// Members that name the holder: this project's and that of tuf-on-ci.
    static let holderMembers: [UTF8Text] = [
        MetadataBuilder.holderMember, "x-tuf-on-ci-keyowner",
    ]

    /// The first of them that is a text.
    static func holderMember(_ value: JSONValue) -> UTF8Text? {
        holderMembers.first { value[$0]?.kind == .string }
    }

    private static func holder(_ value: JSONValue) -> UTF8Text? {
        holderMember(value).flatMap { try? value[$0]?.text() }
    }
}

/// The keys of two states of one `keys` member, and what to call them.
struct KeyNames {
    private let old: [KeyID: KeyObject]
    private let new: [KeyID: KeyObject]
    private var idsOfHolder: [UTF8Text: Set<KeyID>] = [:]
    private var idsByBeginning: [String: Set<KeyID>] = [:]

    /// - Parameters:
    ///   - old: the older `keys` member.
    ///   - new: the newer one.
    init(_ old: JSONValue?, _ new: JSONValue?) {
        self.old = KeyNames.keys(old)
        self.new = KeyNames.keys(new)
        for (id, key) in Array(self.old) + Array(self.new) {
            if let holder = key.holder { idsOfHolder[holder, default: []].insert(id) }
            idsByBeginning[id.prefix, default: []].insert(id)
        }
    }

    private static func keys(_ value: JSONValue?) -> [KeyID: KeyObject] {
        var keys: [KeyID: KeyObject] = [:]
        guard let object = try? value?.object() else { return [:] }
        for member in object { keys[KeyID(member.key)] = KeyObject(member.value) }
        return keys
    }

    /// What to call a key in the newer state, or in the older one.
    func label(_ id: KeyID, inOld isOld: Bool = false) -> KeyLabel {
        let key = isOld ? old[id] : new[id]
        let holder = key?.holder
        let isOnly = holder.flatMap { idsOfHolder[$0]?.count } == 1
        let isUnique = idsByBeginning[id.prefix, default: []].subtracting([id]).isEmpty
        let isShort = id.isHexadecimal && id.text.count > 12 && isUnique && key != nil
        return KeyLabel(
            id: id, holder: holder, isOnlyKey: isOnly,
            shownID: isShort ? "\(id.prefix)…" : ChangeText.name(id.text), isListed: key != nil)
    }

    func key(_ id: KeyID, inOld isOld: Bool = false) -> PublicKey? {
        (isOld ? old[id] : new[id])?.key
    }

    /// Number of different keys that can sign, of a list of ids.
    func usableCount(_ ids: [UTF8Text], inOld isOld: Bool = false) -> Int {
        Set(ids.compactMap { key(KeyID($0), inOld: isOld)?.material }).count
    }

    /// Ids of the newer state that name one and the same key, where the older one did not have
    /// them as that key.
    var newTwins: [[KeyID]] {
        var ids: [KeyMaterial: [KeyID]] = [:]
        for (id, key) in new.sorted(by: { $0.key < $1.key }) {
            if let material = key.key.material { ids[material, default: []].append(id) }
        }
        return ids.filter { material, ids in
            ids.count > 1 && !ids.allSatisfy { old[$0]?.key.material == material }
        }.values.sorted { $0[0] < $1[0] }
    }
}
