// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import MetadataSigning
public import TUFMetadata

/// A delegation to be made.
public struct DelegationPlan: Sendable {
    /// What the role may speak for.
    public enum Scope: Sendable {
        case patterns([UTF8Text])
        /// Beginnings of the path's SHA-256, lower-case hexadecimal digits.
        case hashPrefixes([String])
    }

    /// Where it goes among the delegations of its delegator, which are asked in their order.
    public enum Position: Sendable {
        case last
        case first
        case before(RoleName)
    }

    public var role: RoleName
    public var keys: RoleKeySet
    public var scope: Scope
    public var isTerminating: Bool
    public var position: Position
    /// How long its signatures are good for.
    public var days: Int

    public init(
        role: RoleName, keys: RoleKeySet, scope: Scope, isTerminating: Bool = false,
        position: Position = .last, days: Int = 30
    ) {
        self.role = role
        self.keys = keys
        self.scope = scope
        self.isTerminating = isTerminating
        self.position = position
        self.days = days
    }

    fileprivate var json: JSON {
        var entry: JSON = [
            "name": .string(role.text), "terminating": .boolean(isTerminating),
            "keyids": .array(keys.holders.map { .string($0.id.text) }),
            "threshold": .integer(keys.threshold),
        ]
        switch scope {
        case .patterns(let patterns): entry.set("paths", .array(patterns.map(JSON.string)))
        case .hashPrefixes(let prefixes):
            entry.set("path_hash_prefixes", .array(prefixes.map(JSON.text)))
        }
        return entry
    }
}

extension RepositoryEdit {
    /// Delegates to a new role; it begins without files.
    ///
    /// - Throws: ``RepositoryError/senseless(_:)`` if the name is taken or unfit, the delegator
    ///   has hash bins, or a hash prefix is none; `.noRole` for an unknown delegator.
    public mutating func add(
        _ plan: DelegationPlan, to delegator: RoleName
    ) throws(RepositoryError) {
        guard plan.role.isFitForDelegation else {
            throw .senseless(
                "role \(plan.role): unfit as a name, 1 to 200 bytes and no top-level role expected")
        }
        guard try tree.place(of: plan.role) == nil else {
            throw .senseless("role \(plan.role): there is a role of this name already")
        }
        try plan.keys.validate(role: plan.role.description)
        try changeDelegations(of: delegator) { (delegations) throws(RepositoryError) in
            guard delegations["succinct_roles"] == nil else {
                throw .senseless(
                    "role \(delegator): has hash bins, which leave no room for named roles")
            }
            var roles = delegations["roles"]?.elements ?? []
            let place = try RepositoryEdit.place(plan.position, in: roles, of: delegator)
            roles.insert(plan.json, at: place)
            delegations.set("roles", .array(roles))
            delegations.collectKeys(adding: plan.keys.holders.map { ($0.id.text, $0.json) })
        }
        var document = MetadataBuilder.targets(days: plan.days, now: now)
        if state.version(of: plan.role) > 0 {
            // A role of this name was there before: its versions go on.
            document.set("version", .integer(state.version(of: plan.role)))
        }
        replace(plan.role, document)
    }

    /// Delegates to a role no more. Snapshot goes on listing it, as clients insist
    /// (TUF 1.0.34 §5.5.5), but nobody will find it.
    public mutating func removeDelegation(to role: RoleName) throws(RepositoryError) {
        guard !role.isTopLevel else {
            throw .senseless("role \(role): a top-level role, expected one that is delegated to")
        }
        guard let place = try tree.place(of: role) else { throw .noRole(role) }
        try changeDelegations(of: place.delegator) { (delegations) throws(RepositoryError) in
            guard delegations["succinct_roles"] == nil else {
                throw .senseless("role \(role): a hash bin, one alone cannot be removed")
            }
            let roles = (delegations["roles"]?.elements ?? []).filter {
                $0["name"]?.text != role.text
            }
            delegations.set("roles", .array(roles))
            delegations.collectKeys(adding: [])
        }
        drafts[role] = nil
    }

    /// Changes a delegation's `paths`, `path_hash_prefixes` or `terminating`.
    public mutating func changeDelegation(
        to role: RoleName, scope: DelegationPlan.Scope? = nil, isTerminating: Bool? = nil,
        position: DelegationPlan.Position? = nil
    ) throws(RepositoryError) {
        guard let place = try tree.place(of: role) else { throw .noRole(role) }
        try changeDelegations(of: place.delegator) { (delegations) throws(RepositoryError) in
            var roles = delegations["roles"]?.elements ?? []
            guard let index = roles.firstIndex(where: { $0["name"]?.text == role.text }) else {
                throw .senseless("role \(role): a hash bin, which has no patterns of its own")
            }
            var entry = roles[index]
            switch scope {
            case .patterns(let patterns)?:
                entry.set("path_hash_prefixes", nil)
                entry.set("paths", .array(patterns.map(JSON.string)))
            case .hashPrefixes(let prefixes)?:
                entry.set("paths", nil)
                entry.set("path_hash_prefixes", .array(prefixes.map(JSON.text)))
            case nil: break
            }
            if let isTerminating { entry.set("terminating", .boolean(isTerminating)) }
            roles[index] = entry
            if let position {
                roles.remove(at: index)
                roles.insert(
                    entry,
                    at: try RepositoryEdit.place(position, in: roles, of: place.delegator))
            }
            delegations.set("roles", .array(roles))
        }
    }

    /// Sets for how many days a role's signatures are good, and signs it anew with that.
    public mutating func set(days: Int, of role: RoleName) throws(RepositoryError) {
        guard (1...36500).contains(days) else {
            throw .senseless("role \(role): \(days) days found, 1 to 36500 expected")
        }
        try edit(role) { $0.set(MetadataBuilder.periodMember, .integer(days)) }
    }

    mutating func changeDelegations(
        of delegator: RoleName, _ body: (inout JSON) throws(RepositoryError) -> Void
    ) throws(RepositoryError) {
        var delegations = try document(of: delegator)["delegations"] ?? ["keys": [:], "roles": []]
        try body(&delegations)
        // Only now, so that what failed leaves no trace.
        try edit(delegator) { $0.set("delegations", delegations) }
    }

    private static func place(
        _ position: DelegationPlan.Position, in roles: [JSON], of delegator: RoleName
    ) throws(RepositoryError) -> Int {
        switch position {
        case .first: return 0
        case .last: return roles.count
        case .before(let other):
            guard let place = roles.firstIndex(where: { $0["name"]?.text == other.text }) else {
                throw .senseless("role \(delegator): delegates to no role \(other)")
            }
            return place
        }
    }
}
