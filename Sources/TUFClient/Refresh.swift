// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import TUFMetadata

/// One refresh, through one mirror and no other.
struct Refresh {
    let updater: Updater
    /// Its place in the updater's list.
    let mirror: Int

    private var url: String { updater.mirrors[mirror] }
    private var limits: ClientLimits { updater.limits }
    private var source: RoleSource { RoleSource(updater: updater, mirrors: [url]) }

    func run() async throws(UpdateError) -> RepositoryState {
        let root = try await refreshRoot()
        let timestamp = try await refreshTimestamp(root)
        let snapshot = try await refreshSnapshot(timestamp)
        return try await refreshTargets(snapshot)
    }

    // MARK: 1 root

    private func refreshRoot() async throws(UpdateError) -> CurrentRoot {
        guard let trusted = try updater.load(.root) else { throw .noTrustedRoot }
        var state = try RootState(trusting: trusted, limits: updater.limits.json)
        var count = 0
        while let bytes = try await updater.fetch(
            RoleName.root.fileName(version: state.nextVersion), at: url, limits.rootBytes)
        {
            // TUF 1.0.34 §5.3.3 would go on with the root it has. That one is known not to be
            // the newest, so the refresh ends; the next goes on from here, since all are saved.
            guard count < limits.rootVersions else {
                throw .tooManyRoots(maximum: limits.rootVersions)
            }
            count += 1
            let next = try state.next(bytes)
            if next.rotatesOnlineKeys(comparedTo: state) {
                // Before the root is saved: after a crash in between, the next run meets the
                // same root again and does the same.
                try updater.remove(.timestamp)
                try updater.remove(.snapshot)
            }
            try updater.save(bytes, as: .root)
            state = next
        }
        return try state.concluded(at: updater.now)
    }

    // MARK: 2 timestamp

    private func refreshTimestamp(_ root: CurrentRoot) async throws(UpdateError) -> TimestampState {
        let base = root.base(timestamp: try updater.load(.timestamp))
        let name = RoleName.timestamp.fileName()
        guard let bytes = try await updater.fetch(name, at: url, limits.timestampBytes) else {
            throw .missing(file: name)
        }
        switch try root.timestamp(bytes, after: base) {
        case .unchanged(let state): return state
        case .newer(let state):
            try updater.save(bytes, as: .timestamp)
            return state
        }
    }

    // MARK: 3 snapshot

    private func refreshSnapshot(
        _ timestamp: TimestampState
    ) async throws(UpdateError) -> SnapshotState {
        let base = timestamp.base(snapshot: try updater.load(.snapshot))
        if let base, let state = try? timestamp.snapshot(keeping: base) { return state }
        let consistent = timestamp.current.root.document.consistentSnapshot
        let (bytes, state) = try await source.file(
            of: .snapshot, timestamp.expected, limits.snapshotBytes, consistent: consistent
        ) { bytes throws(UpdateError) in try timestamp.snapshot(bytes, after: base) }
        try updater.save(bytes, as: .snapshot)
        return state
    }

    // MARK: 4 targets

    private func refreshTargets(
        _ snapshot: SnapshotState
    ) async throws(UpdateError) -> RepositoryState {
        guard let expected = snapshot.snapshot.document[.targets] else {
            throw .notInSnapshot(role: .targets)
        }
        let rotations = Rotations(snapshot.snapshot.document)
        let keys = try await source.authority(
            of: .targets, from: snapshot.root.authority(of: .targets), by: .root, rotations)
        let origin = StateOrigin.mirror(mirror)
        if let own = try updater.load(.targets),
            let state = try? snapshot.targets(own, keys, origin)
        {
            return state
        }
        let (bytes, state) = try await source.file(
            of: .targets, expected, limits.targetsBytes,
            consistent: snapshot.root.consistentSnapshot
        ) { bytes throws(UpdateError) in try snapshot.targets(bytes, keys, origin) }
        try updater.save(bytes, as: .targets)
        return state
    }
}
