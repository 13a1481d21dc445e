// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// Who may sign a role, and how many of them must.
public struct RoleKeySet: Sendable {
    /// A key as the delegating metadata lists it.
    public struct Holder: Sendable {
        public let id: KeyID
        public let key: PublicKey
        /// The key's object, unknown members included.
        let json: JSON

        /// The holder's name; the beginning of the key id if metadata has none.
        public var name: String { MetadataBuilder.holder(of: key) ?? shown(id) }

        init(id: KeyID, key: PublicKey, json: JSON) {
            self.id = id
            self.key = key
            self.json = json
        }

        /// A key that `name` holds.
        public init(_ key: PublicKey, name: String) {
            var json = key.json
            json.set(MetadataBuilder.holderMember, .text(name))
            self.init(id: key.keyID, key: key, json: json)
        }
    }

    public private(set) var holders: [Holder]
    public private(set) var threshold: Int

    public init(_ holders: [Holder], threshold: Int) {
        self.holders = holders
        self.threshold = threshold
    }

    /// Number of keys that can sign, each material once.
    public var count: Int { Set(holders.compactMap(\.key.material)).count }

    /// Adds a key.
    ///
    /// - Throws: ``RepositoryError/senseless(_:)`` if it counts already, or cannot be used.
    public mutating func add(_ holder: Holder) throws(RepositoryError) {
        guard let material = holder.key.material else {
            throw .senseless("key \(shown(holder.id)): of a type that cannot be used")
        }
        if let other = holders.first(where: { $0.key.material == material }) {
            throw .senseless(
                "key \(shown(holder.id)): signs for this role already, as \(quoted(other.name))")
        }
        if holders.contains(where: { $0.id == holder.id }) {
            throw .senseless("key id \(shown(holder.id)): names another key of this role already")
        }
        holders.append(holder)
    }

    /// Removes a key by its holder's name, its id or the beginning of the id.
    ///
    /// - Throws: ``RepositoryError/senseless(_:)`` if no key or more than one is meant, or if
    ///   fewer than the threshold would be left.
    public mutating func remove(_ name: String) throws(RepositoryError) {
        let position = try position(of: name)
        holders.remove(at: position)
    }

    /// Puts a key in another's place.
    public mutating func replace(_ name: String, with holder: Holder) throws(RepositoryError) {
        let position = try position(of: name)
        let old = holders.remove(at: position)
        do throws(RepositoryError) { try add(holder) } catch {
            holders.insert(old, at: position)
            throw error
        }
        holders.insert(holders.removeLast(), at: position)
    }

    /// Sets how many must sign.
    public mutating func set(threshold: Int) { self.threshold = threshold }

    /// Checks that the threshold can be met.
    public func validate(role: String) throws(RepositoryError) {
        guard !holders.isEmpty else { throw .senseless("role \(role): no key would be left") }
        guard (1...count).contains(threshold) else {
            throw .senseless(
                "role \(role): threshold \(threshold) found, 1 to \(count) expected, as it has "
                    + (count == 1 ? "1 key" : "\(count) keys"))
        }
    }

    /// The key that a person means by `name`.
    public func holder(_ name: String) throws(RepositoryError) -> Holder {
        holders[try position(of: name)]
    }

    private func position(of name: String) throws(RepositoryError) -> Int {
        let text = UTF8Text(name)
        let meant = holders.indices.filter { index in
            UTF8Text(holders[index].name) == text || holders[index].id.text == text
                || (name.utf8.count >= 7 && holders[index].id.text.utf8.starts(with: name.utf8))
        }
        guard let first = meant.first else {
            throw .senseless(
                "key \(quoted(name)): none of the role's, expected "
                    + holders.map { "\(quoted($0.name)) (\(shown($0.id)))" }
                    .joined(separator: ", "))
        }
        guard meant.count == 1 else {
            throw .senseless(
                "key \(quoted(name)): means \(meant.count) keys, give the beginning of the id: "
                    + meant.map { shown(holders[$0].id) }.joined(separator: ", "))
        }
        return first
    }
}

extension RepositoryEdit {
    /// Who may sign a role, as the change has it so far. The prefix of hash bins means them all.
    ///
    /// - Throws: ``RepositoryError/noRole(_:)``.
    public func keys(of role: RoleName) throws(RepositoryError) -> RoleKeySet {
        let place = try keyPlace(of: role)
        let holder = try document(of: place.delegator)
        let container = place.delegator == .root ? holder : holder["delegations"] ?? [:]
        guard let entry = place.entry(in: container) else { throw .noRole(role) }
        var holders: [RoleKeySet.Holder] = []
        for id in entry["keyids"]?.elements?.compactMap(\.text) ?? [] {
            guard let json = container["keys"]?[id] else { continue }
            do throws(JSONError) {
                let key = try PublicKey(JSONDocument(json.compactBytes()).root)
                holders.append(RoleKeySet.Holder(id: KeyID(id), key: key, json: json))
            } catch {
                throw .invalid(file: place.delegator.shownFile, .malformed(error))
            }
        }
        return RoleKeySet(holders, threshold: entry["threshold"]?.integer ?? 0)
    }

    /// Says who may sign a role.
    ///
    /// - Throws: ``RepositoryError/senseless(_:)`` if the threshold cannot be met.
    public mutating func set(
        _ keys: RoleKeySet, of role: RoleName
    ) throws(RepositoryError) {
        try keys.validate(role: role.description)
        let place = try keyPlace(of: role)
        try edit(place.delegator) { document in
            var container =
                place.delegator == .root ? document : document["delegations"] ?? [:]
            guard var entry = place.entry(in: container) else { return }
            entry.set("keyids", .array(keys.holders.map { .string($0.id.text) }))
            entry.set("threshold", .integer(keys.threshold))
            place.set(entry, in: &container)
            container.collectKeys(adding: keys.holders.map { ($0.id.text, $0.json) })
            if place.delegator == .root {
                document = container
            } else {
                document.set("delegations", container)
            }
        }
    }

    private func keyPlace(of role: RoleName) throws(RepositoryError) -> KeyPlace {
        if role.isTopLevel { return KeyPlace(delegator: .root, role: role, isBins: false) }
        if let place = try tree.place(of: role) {
            let isBins: Bool
            if case .succinct? = try tree.delegations(of: place.delegator)?.roles {
                isBins = true
            } else {
                isBins = false
            }
            return KeyPlace(delegator: place.delegator, role: role, isBins: isBins)
        }
        guard let (delegator, _) = try tree.binsPlace(prefix: role) else { throw .noRole(role) }
        return KeyPlace(delegator: delegator, role: role, isBins: true)
    }
}

/// Where a role's `keyids` and `threshold` stand.
private struct KeyPlace {
    let delegator: RoleName
    let role: RoleName
    let isBins: Bool

    func entry(in container: JSON) -> JSON? {
        if delegator == .root { return container["roles"]?[role.text] }
        if isBins { return container["succinct_roles"] }
        return container["roles"]?.elements?.first { $0["name"]?.text == role.text }
    }

    func set(_ entry: JSON, in container: inout JSON) {
        if delegator == .root {
            var roles = container["roles"] ?? [:]
            roles.set(role.text, entry)
            container.set("roles", roles)
        } else if isBins {
            container.set("succinct_roles", entry)
        } else {
            let roles = (container["roles"]?.elements ?? []).map {
                $0["name"]?.text == role.text ? entry : $0
            }
            container.set("roles", .array(roles))
        }
    }
}

extension JSON {
    /// Brings `keys` in line with the ids that the roles of this root or `delegations` object
    /// refer to: new ones added, those that nobody refers to any more removed.
    mutating func collectKeys(adding new: [(id: UTF8Text, json: JSON)]) {
        var roles: [JSON] = self["roles"]?.elements ?? []
        roles += self["roles"]?.members?.map(\.value) ?? []
        if let bins = self["succinct_roles"] { roles.append(bins) }
        let used = Set(roles.flatMap { $0["keyids"]?.elements?.compactMap(\.text) ?? [] })
        var keys = self["keys"] ?? [:]
        for (id, json) in new { keys.set(id, json) }
        let members = (keys.members ?? []).filter { used.contains($0.key) }
        set("keys", .object(members))
    }
}
