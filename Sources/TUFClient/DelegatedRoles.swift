// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import TUFMetadata

/// The delegated roles of one state, each fetched once and verified for each role that delegates
/// to it.
actor DelegatedRoles {
    /// A role as one parent vouches for it.
    struct Edge: Hashable, Sendable {
        let role: RoleName
        let parent: RoleName
    }

    private let state: RepositoryState
    private let source: RoleSource
    private var rotations: Rotations?
    /// Each role as it was first verified.
    private var roles: [RoleName: Verified<Targets>] = [:]
    private var checked: [Edge: Verified<Targets>] = [:]
    /// Whether it was told that the cache does not take them.
    private var isNotKeptTold = false
    /// Who waits for a role that another search is loading.
    private var waiting: [RoleName: [CheckedContinuation<Void, Never>]] = [:]

    init(_ state: RepositoryState, _ updater: Updater) {
        self.state = state
        source = RoleSource(updater, for: state.origin)
    }

    /// The role, as `parent` vouches for it.
    func role(
        _ delegation: Delegation, by parent: RoleName
    ) async throws(UpdateError) -> Verified<Targets> {
        let edge = Edge(role: delegation.role, parent: parent)
        // Searches may run side by side; a file is still asked for once.
        while true {
            if let known = checked[edge] { return known }
            guard waiting[edge.role] != nil else { break }
            await withCheckedContinuation { waiting[edge.role]?.append($0) }
        }
        waiting[edge.role] = []
        defer { for other in waiting.removeValue(forKey: edge.role) ?? [] { other.resume() } }
        let targets = try await load(delegation, by: parent)
        checked[edge] = targets
        return targets
    }

    private func load(
        _ delegation: Delegation, by parent: RoleName
    ) async throws(UpdateError) -> Verified<Targets> {
        let role = delegation.role
        guard let expected = state.snapshot.document[role] else {
            throw .notInSnapshot(role: role)
        }
        let rotations = rotations ?? Rotations(state.snapshot.document)
        self.rotations = rotations
        let keys = try await source.authority(
            of: role, from: delegation.authority, by: parent, rotations)
        if let known = roles[role] { return try known.verified(again: keys, of: role, by: parent) }
        let targets = try await file(role, expected, keys, by: parent)
        roles[role] = targets
        return targets
    }

    /// The role's file: the client's own if it is the current one.
    private func file(
        _ role: RoleName, _ expected: MetaFile, _ keys: Authority, by parent: RoleName
    ) async throws(UpdateError) -> Verified<Targets> {
        let updater = source.updater
        if let own = try updater.load(role) {
            do throws(UpdateError) {
                return try state.delegated(own, role, keys, by: parent)
            } catch {
                if source.isStoreAlone {
                    throw updater.absence(error, own, of: role, expected.version)
                }
            }
        }
        let state = state
        let (bytes, targets) = try await source.file(
            of: role, expected, updater.limits.targetsBytes,
            consistent: state.root.document.consistentSnapshot
        ) { bytes throws(UpdateError) in try state.delegated(bytes, role, keys, by: parent) }
        keep(bytes, as: role)
        return targets
    }

    /// Saves a delegated role for the next time. It is no more than a cache: what was verified
    /// counts, whether it can be kept or not.
    private func keep(_ bytes: [UInt8], as role: RoleName) {
        do throws(StoreError) { try source.updater.store.save(bytes, as: role) } catch {
            // One word for all of them.
            guard !isNotKeptTold else { return }
            isNotKeptTold = true
            source.updater.notice(.notKept(role: role, error))
        }
    }
}
