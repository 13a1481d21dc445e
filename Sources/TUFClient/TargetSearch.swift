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
    let limits: ClientLimits
    private let roles: DelegatedRoles

    typealias Edge = DelegatedRoles.Edge

    /// A delegation that is to be followed.
    struct Visit {
        let delegation: Delegation
        /// From top-level targets to the role that delegates.
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
        var nothing: Listing?
        do throws(RoleFailure) { return try await find(path, &nothing) } catch {
            throw error.error
        }
    }

    /// ``find(_:)``, in what a list has loaded if there is one.
    func find(
        _ path: TargetPath, _ listing: inout Listing?
    ) async throws(RoleFailure) -> FoundTarget? {
        let top = state.targets.document
        if let file = listing.map({ $0.topLevel.file(path) }) ?? top.files[path] {
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
                throw RoleFailure(
                    below: visit.chain, .tooManyRoles(maximum: limits.rolesPerSearch))
            }
            let role = try await loaded(visit, &listing)
            let chain = visit.chain + [edge.role]
            if let file = role.file(path) { return FoundTarget(file: file, chain: chain) }
            stack += visits(from: role.targets, chain, covering: path)
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

    // MARK: where to go on

    /// The role of a delegation; a list asks for none twice, whatever came of it, and for no more
    /// than its limit allows.
    func loaded(
        _ visit: Visit, _ listing: inout Listing?
    ) async throws(RoleFailure) -> LoadedRole {
        let edge = visit.edge
        do throws(UpdateError) {
            if let known = try listing?.known(edge, maximum: limits.rolesPerList) { return known }
            return try await asked(visit, &listing)
        } catch {
            throw RoleFailure(role: edge.role, parent: edge.parent, error: error)
        }
    }

    private func asked(
        _ visit: Visit, _ listing: inout Listing?
    ) async throws(UpdateError) -> LoadedRole {
        do throws(UpdateError) {
            let role = try await roles.role(visit.delegation, by: visit.edge.parent)
            listing?.keep(.success(LoadedRole(role.document)), of: visit.edge)
            return LoadedRole(role.document)
        } catch {
            listing?.keep(.failure(error), of: visit.edge)
            throw error
        }
    }

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
}
