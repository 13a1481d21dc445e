// SPDX-License-Identifier: Apache-2.0
import Synchronization
import TUFMetadata

/// The search for the place where a role is delegated to, breadth first. It can go on for another
/// role where it ended for the last one: delegating roles are read only as far as they must be.
struct RoleSearch: Sendable {
    /// Those that were looked at, in their order.
    private var visited: [(role: RoleName, delegations: Delegations)] = []
    private var queue: [RoleName] = [.targets]
    private var next = 0
    private var seen: Set<RoleName> = [.targets]

    /// - Parameter limit: number of roles that are looked at.
    mutating func place(
        of role: RoleName, limit: Int,
        _ delegations: (RoleName) throws(RepositoryError) -> Delegations?
    ) throws(RepositoryError) -> RoleTree.Place? {
        for (delegator, delegations) in visited {
            if let delegation = delegations.delegation(to: role) {
                return RoleTree.Place(delegator: delegator, delegation: delegation)
            }
        }
        while next < queue.count, next < limit {
            let delegator = queue[next]
            let found = try delegations(delegator)
            next += 1
            guard let found else { continue }
            visited.append((delegator, found))
            if case .named(let roles) = found.roles {
                for role in roles where seen.insert(role.name).inserted { queue.append(role.name) }
            }
            if let delegation = found.delegation(to: role) {
                return RoleTree.Place(delegator: delegator, delegation: delegation)
            }
        }
        return nil
    }
}

/// What a tree of roles remembers: delegations that were read, and how far the search has come.
final class RoleTreeMemory: Sendable {
    private let known = Mutex<[RoleName: Delegations?]>([:])
    private let found = Mutex(RoleSearch())

    subscript(role: RoleName) -> Delegations?? {
        get { known.withLock { $0[role] } }
        set { known.withLock { $0[role] = newValue } }
    }

    var search: RoleSearch {
        get { found.withLock { $0 } }
        set { found.withLock { $0 = newValue } }
    }
}
