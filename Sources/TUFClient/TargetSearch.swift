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

/// Finds target files in one state of a repository, loading delegated roles as needed.
///
/// A role's file is fetched at most once, but checked again for each role that delegates to it:
/// what one parent vouches for another may not (a diamond of delegations).
public actor TargetSearch {
    /// The state that is searched.
    public nonisolated let state: RepositoryState
    private let updater: Updater
    private var files: [RoleName: [UInt8]] = [:]
    private var checked: [Edge: Verified<Targets>] = [:]

    private struct Edge: Hashable {
        let role: RoleName
        let parent: RoleName?
    }

    private struct Visit {
        let delegation: Delegation
        let chain: [RoleName]
    }

    public init(_ state: RepositoryState, _ updater: Updater) {
        self.state = state
        self.updater = updater
    }

    /// The file of this path, by the pre-order depth-first search of TUF 1.0.34 §5.6.7.
    ///
    /// - Returns: `nil` if no role that may speak for the path has it.
    /// - Throws: ``UpdateError``: a role on the way that does not verify ends the search.
    public func find(_ path: TargetPath) async throws(UpdateError) -> FoundTarget? {
        try await find(path, [:])
    }

    /// Files by path of roles that are searched for many paths.
    private typealias Indexes = [Edge: [TargetPath: TargetFile]]

    private func find(
        _ path: TargetPath, _ indexes: Indexes
    ) async throws(UpdateError) -> FoundTarget? {
        if let file = state.targets.document.files[path] {
            return FoundTarget(file: file, chain: [.targets])
        }
        var stack = visits(from: state.targets.document, [.targets], covering: path)
        var visited: Set<Edge> = []
        while let visit = stack.popLast() {
            let parent = visit.chain[visit.chain.count - 1]
            let edge = Edge(role: visit.delegation.role, parent: parent)
            guard visited.insert(edge).inserted else { continue }
            guard visited.count <= updater.limits.rolesPerSearch else {
                throw .tooManyRoles(maximum: updater.limits.rolesPerSearch)
            }
            let targets = try await role(visit.delegation, by: parent)
            let chain = visit.chain + [visit.delegation.role]
            if let file = indexes[edge].map({ $0[path] }) ?? targets.document.files[path] {
                return FoundTarget(file: file, chain: chain)
            }
            if visit.delegation.isTerminating { stack.removeAll() }
            stack += visits(from: targets.document, chain, covering: path)
        }
        return nil
    }

    /// The role of this name that top-level targets delegates to directly; `nil` if none is.
    public func delegate(_ name: RoleName) async throws(UpdateError) -> Verified<Targets>? {
        guard let delegation = state.targets.document.delegations?.delegation(to: name) else {
            return nil
        }
        return try await role(delegation, by: .targets)
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
        for file in state.targets.document.files where isWanted(file.path) {
            candidates.insert(file.path)
        }
        var stack = try visits(from: state.targets.document, [.targets])
        var visited: Set<Edge> = []
        while let visit = stack.popLast() {
            let parent = visit.chain[visit.chain.count - 1]
            let edge = Edge(role: visit.delegation.role, parent: parent)
            guard visited.insert(edge).inserted else { continue }
            guard visited.count <= updater.limits.rolesPerList else {
                throw .tooManyRoles(maximum: updater.limits.rolesPerList)
            }
            let targets = try await role(visit.delegation, by: parent).document
            var index: [TargetPath: TargetFile] = [:]
            for file in targets.files where isWanted(file.path) {
                candidates.insert(file.path)
                index[file.path] = file
            }
            indexes[edge] = index
            let chain = visit.chain + [visit.delegation.role]
            stack += try visits(from: targets, chain)
        }
        // Being listed is not enough: the search decides who may speak for a path.
        var targets: [FoundTarget] = []
        for path in candidates.sorted() {
            if let target = try await find(path, indexes) { targets.append(target) }
        }
        return targets
    }

    // MARK: roles

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
        guard delegations.count <= updater.limits.rolesPerList else {
            throw .tooManyRoles(maximum: updater.limits.rolesPerList)
        }
        return delegations.all.map { Visit(delegation: $0, chain: chain) }
    }

    private func role(
        _ delegation: Delegation, by parent: RoleName
    ) async throws(UpdateError) -> Verified<Targets> {
        let edge = Edge(role: delegation.role, parent: parent)
        if let known = checked[edge] { return known }
        let targets = try await load(delegation, by: parent)
        checked[edge] = targets
        return targets
    }

    private func load(
        _ delegation: Delegation, by parent: RoleName
    ) async throws(UpdateError) -> Verified<Targets> {
        let role = delegation.role
        if let bytes = files[role] { return try state.delegated(bytes, delegation, by: parent) }
        guard let expected = state.snapshot.document[role] else {
            throw .notInSnapshot(role: role)
        }
        if let own = try updater.load(role),
            let targets = try? state.delegated(own, delegation, by: parent)
        {
            files[role] = own
            return targets
        }
        let bytes = try await updater.fetch(
            role, expected, updater.limits.targetsBytes,
            consistent: state.root.document.consistentSnapshot)
        let targets = try state.delegated(bytes, delegation, by: parent)
        try updater.save(bytes, as: role)
        files[role] = bytes
        return targets
    }
}
