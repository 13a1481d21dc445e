// SPDX-License-Identifier: Apache-2.0
public import MetadataSigning
public import TUFMetadata

/// A target file and the roles that vouch for it.
public struct FoundTarget: Sendable {
    public let file: TargetFile
    /// From top-level targets to the role that lists the file.
    public let chain: [RoleName]

    /// The role that lists the file.
    public var role: RoleName { chain[chain.count - 1] }
}

/// Finds target files in one state of a repository, loading delegated roles as needed: from the
/// mirror of the refresh and then from the others, or from the store alone if the state was read
/// there.
///
/// A role's file is fetched at most once, but checked again for each role that delegates to it:
/// what one parent vouches for another may not (a diamond of delegations).
public actor TargetSearch {
    /// The state that is searched.
    public nonisolated let state: RepositoryState
    private let limits: ClientLimits
    private let roles: DelegatedRoles

    private typealias Edge = DelegatedRoles.Edge

    private struct Visit {
        let delegation: Delegation
        let chain: [RoleName]

        var edge: Edge { Edge(role: delegation.role, parent: chain[chain.count - 1]) }
    }

    public init(_ state: RepositoryState, _ updater: Updater) {
        self.state = state
        limits = updater.limits
        roles = DelegatedRoles(state, updater)
    }

    /// The file of this path, by the pre-order depth-first search of TUF 1.0.34 §5.6.7,
    /// §5.7.2.
    ///
    /// - Returns: `nil` if no role that may speak for the path has it.
    /// - Throws: ``UpdateError``: a role on the way that does not verify ends the search.
    public func find(_ path: TargetPath) async throws(UpdateError) -> FoundTarget? {
        try await find(path, [:])
    }

    /// Files by path of roles that are searched for many paths.
    private typealias Indexes = [Edge: [TargetPath: TargetFile]]

    private let topLevel = Edge(role: .targets, parent: .root)

    private func find(
        _ path: TargetPath, _ indexes: Indexes
    ) async throws(UpdateError) -> FoundTarget? {
        let top = state.targets.document
        if let file = indexes[topLevel].map({ $0[path] }) ?? top.files[path] {
            return FoundTarget(file: file, chain: [.targets])
        }
        var stack = visits(from: top, [.targets], covering: path)
        var visited: Set<Edge> = []
        while let visit = stack.popLast() {
            // Nothing after a terminating delegation is looked at, found below it or not; what
            // it leads to is put on the stack again.
            if visit.delegation.isTerminating { stack.removeAll() }
            let edge = visit.edge
            guard !visit.chain.contains(edge.role), visited.insert(edge).inserted else { continue }
            guard visited.count <= limits.rolesPerSearch else {
                throw .tooManyRoles(maximum: limits.rolesPerSearch)
            }
            let targets = try await roles.role(visit.delegation, by: edge.parent)
            let chain = visit.chain + [edge.role]
            if let file = indexes[edge].map({ $0[path] }) ?? targets.document.files[path] {
                return FoundTarget(file: file, chain: chain)
            }
            stack += visits(from: targets.document, chain, covering: path)
        }
        return nil
    }

    /// The role of this name that top-level targets delegates to directly; `nil` if none is.
    public func delegate(_ name: RoleName) async throws(UpdateError) -> Verified<Targets>? {
        guard let delegation = state.targets.document.delegations?.delegation(to: name) else {
            return nil
        }
        return try await roles.role(delegation, by: .targets)
    }

    /// The target files that the search would find, each with who vouches for it, by path.
    ///
    /// - Parameter isWanted: whether a path is of interest.
    /// - Throws: ``UpdateError/tooManyRoles(maximum:)`` beyond the limit for lists.
    public func all(
        where isWanted: (TargetPath) -> Bool = { _ in true }
    ) async throws(UpdateError) -> [FoundTarget] {
        var candidates: Set<TargetPath> = []
        var indexes: Indexes = [:]
        indexes[topLevel] = index(state.targets.document, isWanted, &candidates)
        var stack = try visits(from: state.targets.document, [.targets])
        var visited: Set<Edge> = []
        while let visit = stack.popLast() {
            let edge = visit.edge
            guard !visit.chain.contains(edge.role), visited.insert(edge).inserted else { continue }
            guard visited.count <= limits.rolesPerList else {
                throw .tooManyRoles(maximum: limits.rolesPerList)
            }
            let targets = try await roles.role(visit.delegation, by: edge.parent).document
            indexes[edge] = index(targets, isWanted, &candidates)
            stack += try visits(from: targets, visit.chain + [edge.role])
        }
        // Being listed is not enough: the search decides who may speak for a path.
        var targets: [FoundTarget] = []
        for path in candidates.sorted() {
            if let target = try await find(path, indexes) { targets.append(target) }
        }
        return targets
    }

    private func index(
        _ targets: Targets, _ isWanted: (TargetPath) -> Bool, _ candidates: inout Set<TargetPath>
    ) -> [TargetPath: TargetFile] {
        var index: [TargetPath: TargetFile] = [:]
        // An entry is decoded only if somebody wants it.
        for path in targets.files.paths where isWanted(path) {
            candidates.insert(path)
            index[path] = targets.files[path]
        }
        return index
    }

    // MARK: where to go on

    private func visits(
        from targets: Targets, _ chain: [RoleName], covering path: TargetPath
    ) -> [Visit] {
        var visits: [Visit] = []
        for delegation in targets.delegations?.roles(covering: path) ?? [] {
            visits.append(Visit(delegation: delegation, chain: chain))
            // Roles after a terminating one cannot be reached from here any more.
            if delegation.isTerminating { break }
        }
        return visits.reversed()
    }

    /// All that `targets` delegates to, if a list may have so many.
    private func visits(
        from targets: Targets, _ chain: [RoleName]
    ) throws(UpdateError) -> [Visit] {
        guard let delegations = targets.delegations else { return [] }
        guard delegations.count <= limits.rolesPerList else {
            throw .tooManyRoles(maximum: limits.rolesPerList)
        }
        return delegations.all.map { Visit(delegation: $0, chain: chain) }
    }
}
