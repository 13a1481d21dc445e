// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
public import TUFMetadata

/// A targets role that was verified, with an index of its files if it is looked at for many paths.
struct LoadedRole: Sendable {
    let targets: Targets
    private var index: [TargetPath: TargetFile]?

    init(_ targets: Targets) { self.targets = targets }

    /// With an index of the files that somebody wants, which alone are decoded and found then.
    init(_ targets: Targets, where isWanted: (TargetPath) -> Bool) {
        self.targets = targets
        var index: [TargetPath: TargetFile] = [:]
        for path in targets.files.paths where isWanted(path) { index[path] = targets.files[path] }
        self.index = index
    }

    var paths: some Collection<TargetPath> { (index ?? [:]).keys }

    func file(_ path: TargetPath) -> TargetFile? {
        index.map { $0[path] } ?? targets.files[path]
    }
}

/// What was loaded to list a repository. Each delegation counts, whatever came of it, so that
/// neither the number of requests nor the memory grows beyond the limit for lists.
struct Listing {
    typealias Edge = DelegatedRoles.Edge

    let topLevel: LoadedRole
    private(set) var failures: [RoleFailure] = []
    private var roles: [Edge: Result<LoadedRole, UpdateError>] = [:]
    private var places: [Edge: Int] = [:]
    /// Delegations that were or will be followed.
    private var met: Set<Edge> = []
    private var unreachableInARow = 0
    /// Why nothing more is asked for.
    private(set) var end: UpdateError?

    init(topLevel: LoadedRole) { self.topLevel = topLevel }

    /// The role, if it was loaded; `nil` if it is to be loaded now.
    ///
    /// - Throws: why it cannot be had: what it failed with before, or that the list is too long.
    func known(_ edge: Edge, maximum: Int) throws(UpdateError) -> LoadedRole? {
        if let known = roles[edge] { return try known.get() }
        if let end { throw end }
        guard roles.count < maximum else { throw .tooManyRoles(maximum: maximum) }
        return nil
    }

    mutating func keep(_ result: Result<LoadedRole, UpdateError>, of edge: Edge) {
        if roles[edge] == nil {
            if case .failure(let error) = result, error.isUnreachable {
                // A server that is gone must not be waited for once for each role.
                unreachableInARow += 1
                if unreachableInARow == 3 { end = error }
            } else {
                unreachableInARow = 0
            }
        }
        roles[edge] = result
    }

    mutating func add(_ failure: RoleFailure, withholding paths: Int = 0) {
        let edge = Edge(role: failure.role, parent: failure.parent)
        let place = places[edge] ?? failures.count
        if place == failures.count {
            places[edge] = place
            failures.append(failure)
        }
        failures[place].withheld += paths
    }

    /// Takes the delegations of a role that are to be followed: each of them once in all.
    ///
    /// - Parameter chain: from top-level targets to the role.
    /// - Returns: those met for the first time, the first of them last.
    mutating func visits(
        from targets: Targets, _ chain: [RoleName], _ limits: ClientLimits
    ) -> [TargetSearch.Visit] {
        guard let delegations = targets.delegations, delegations.count > 0 else { return [] }
        // No search goes deeper either.
        guard chain.count <= limits.rolesPerSearch else {
            add(RoleFailure(below: chain, .tooManyRoles(maximum: limits.rolesPerSearch)))
            return []
        }
        let tooMany = UpdateError.tooManyRoles(maximum: limits.rolesPerList)
        guard delegations.count <= limits.rolesPerList else {
            add(RoleFailure(below: chain, tooMany))
            return []
        }
        let visits = delegations.all.map { TargetSearch.Visit(delegation: $0, chain: chain) }
            .filter { !chain.contains($0.edge.role) && !met.contains($0.edge) }
        guard met.count + visits.count <= limits.rolesPerList else {
            add(RoleFailure(below: chain, tooMany))
            return []
        }
        return visits.filter { met.insert($0.edge).inserted }.reversed()
    }
}

extension TargetSearch {
    /// ``list(where:)`` for who needs all or nothing.
    ///
    /// - Throws: ``UpdateError``: also if one role does not verify, or there are too many.
    public func all(
        where isWanted: (TargetPath) -> Bool = { _ in true }
    ) async throws(UpdateError) -> [FoundTarget] {
        try await list(where: isWanted).complete()
    }

    /// The target files that the search would find, each with who vouches for it, by path.
    ///
    /// A role that does not verify, or one too many, is left out of the list and told in it; the
    /// others are listed as far as it has no say before them.
    ///
    /// - Parameter isWanted: whether a path is of interest.
    /// - Throws: ``UpdateError`` if whoever asked gave up.
    public func list(
        where isWanted: (TargetPath) -> Bool = { _ in true }
    ) async throws(UpdateError) -> TargetList {
        let topLevel = LoadedRole(state.targets.document, where: isWanted)
        var listing: Listing? = Listing(topLevel: topLevel)
        var candidates = Set(topLevel.paths)
        var stack = listing?.visits(from: topLevel.targets, [.targets], limits) ?? []
        while listing?.end == nil, let visit = stack.popLast() {
            do throws(RoleFailure) {
                let targets = try await loaded(visit, &listing).targets
                let role = LoadedRole(targets, where: isWanted)
                listing?.keep(.success(role), of: visit.edge)
                candidates.formUnion(role.paths)
                stack +=
                    listing?.visits(from: targets, visit.chain + [visit.edge.role], limits) ?? []
            } catch {
                if error.error.isCancelled { throw error.error }
                listing?.add(error)
            }
        }
        // Being listed is not enough: the search decides who may speak for a path.
        var files: [FoundTarget] = []
        for path in candidates.sorted() {
            do throws(RoleFailure) {
                if let target = try await find(path, &listing) { files.append(target) }
            } catch {
                if error.error.isCancelled { throw error.error }
                listing?.add(error, withholding: 1)
            }
        }
        return TargetList(files, listing?.failures ?? [])
    }
}
