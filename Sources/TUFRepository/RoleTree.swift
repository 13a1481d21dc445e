// SPDX-License-Identifier: Apache-2.0
public import TUFMetadata

/// Who delegates to whom in a repository, at any depth.
///
/// It reads delegating roles only as it needs them: a repository may have thousands of roles.
public struct RoleTree: Sendable {
    /// Where a role stands: who delegates to it, and with which keys.
    public struct Place: Sendable {
        public let delegator: RoleName
        public let delegation: Delegation
    }

    /// The delegations of a targets role; `nil` if it has none.
    private let delegations: @Sendable (RoleName) throws(RepositoryError) -> Delegations?
    /// What was found before, of a tree that remembers.
    private let memory: RoleTreeMemory?

    init(
        _ delegations: @escaping @Sendable (RoleName) throws(RepositoryError) -> Delegations?
    ) {
        self.init(delegations, memory: nil)
    }

    private init(
        _ delegations: @escaping @Sendable (RoleName) throws(RepositoryError) -> Delegations?,
        memory: RoleTreeMemory?
    ) {
        self.delegations = delegations
        self.memory = memory
    }

    /// The same tree, which reads each role once: for a use during which nothing changes.
    var remembering: RoleTree {
        let delegations = delegations
        let memory = RoleTreeMemory()
        return RoleTree(
            { (role) throws(RepositoryError) in
                if let known = memory[role] { return known }
                let read = try delegations(role)
                memory[role] = .some(read)
                return read
            }, memory: memory)
    }

    /// The delegations of a targets role; `nil` if it has none.
    func delegations(of role: RoleName) throws(RepositoryError) -> Delegations? {
        try delegations(role)
    }

    /// The same, `nil` also for a role that the published state does not know.
    func delegations(
        of role: RoleName, ifKnown state: PublishedState
    ) throws(RepositoryError) -> Delegations? {
        try knows(role, in: state) ? try delegations(role) : nil
    }

    /// Whether the published state has the role and delegates to it.
    func knows(_ role: RoleName, in state: PublishedState) throws(RepositoryError) -> Bool {
        if role == .targets { return true }
        guard state.version(of: role) > 0 else { return false }
        return try place(of: role) != nil
    }

    /// Number of roles that a search looks at before it gives up.
    private static let limit = 10_000

    /// Where the role of this name is delegated to, nearest to the top first; `nil` if nowhere.
    ///
    /// Hash bins are found by their names; what a bin itself might delegate to is not.
    public func place(of role: RoleName) throws(RepositoryError) -> Place? {
        var search = memory?.search ?? RoleSearch()
        defer { memory?.search = search }
        return try search.place(of: role, limit: RoleTree.limit, delegations)
    }

    /// ``place(of:)`` of a hash bin; `nil` for any other role.
    func binPlace(of role: RoleName) throws(RepositoryError) -> Place? {
        guard let place = try place(of: role),
            case .succinct? = try delegations(place.delegator)?.roles
        else { return nil }
        return place
    }

    /// Whose `succinct_roles` have this name as their prefix; `nil` if nobody's.
    public func binsPlace(prefix: RoleName) throws(RepositoryError) -> (RoleName, SuccinctRoles)? {
        for delegator in try named() {
            if case .succinct(let bins)? = try delegations(delegator)?.roles,
                bins.namePrefix == prefix.text
            {
                return (delegator, bins)
            }
        }
        return nil
    }

    /// Top-level targets and all roles that are delegated to by name, breadth first.
    public func named() throws(RepositoryError) -> [RoleName] {
        var queue: [RoleName] = [.targets]
        var next = 0
        var seen: Set<RoleName> = [.targets]
        while next < queue.count, next < RoleTree.limit {
            if case .named(let roles)? = try delegations(queue[next])?.roles {
                for role in roles where seen.insert(role.name).inserted {
                    queue.append(role.name)
                }
            }
            next += 1
        }
        return queue
    }

    /// The role that should list `path`: from top-level targets down, always to the first role
    /// that covers it, until a role delegates it no further.
    ///
    /// - Returns: top-level targets itself where it delegates to nobody at all; `nil` if it
    ///   delegates, but not this path.
    public func role(listing path: TargetPath) throws(RepositoryError) -> RoleName? {
        var current = RoleName.targets
        var seen: Set<RoleName> = [current]
        while let next = try delegations(current)?.firstRole(covering: path),
            seen.insert(next).inserted
        {
            current = next
        }
        if current != .targets { return current }
        return (try delegations(.targets)?.count ?? 0) == 0 ? .targets : nil
    }

    /// Whether a client that looks for `path` may reach `role`: each step down covers the path.
    public func covers(_ path: TargetPath, by role: RoleName) throws(RepositoryError) -> Bool {
        var queue: [RoleName] = [.targets]
        var seen: Set<RoleName> = [.targets]
        while let current = queue.popLast() {
            if current == role { return true }
            guard seen.count < RoleTree.limit, let delegations = try delegations(current) else {
                continue
            }
            for next in delegations.roles(covering: path) where seen.insert(next.role).inserted {
                queue.append(next.role)
            }
        }
        return false
    }

    /// The patterns that a role has where it is delegated to; empty for a role by hash.
    public func patterns(of role: RoleName) throws(RepositoryError) -> [PathPattern] {
        guard let place = try place(of: role),
            case .named(let roles)? = try delegations(place.delegator)?.roles,
            case .paths(let patterns)? = roles.first(where: { $0.name == role })?.scope
        else { return [] }
        return patterns
    }
}
