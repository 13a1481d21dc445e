// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning
import TUFMetadata

extension Updater {
    /// The state of the moment ``now``, where the newest one was signed after it: by the version of
    /// snapshot that was the newest at that moment, of those that a server with consistent
    /// snapshots keeps.
    ///
    /// It is judged by the root that the newest state has, which must have been signed by then;
    /// there is no way back to an earlier root. The timestamp of then is not kept by any server,
    /// so nobody can say whether clients were shown this state: ``RepositoryState/timestamp`` is
    /// the newest one. Nothing but what the past state consists of is asked for or saved.
    ///
    /// - Parameters:
    ///   - newest: as a refresh gave it.
    ///   - signed: when a document with this expiry was signed; `nil` if it does not say.
    /// - Returns: `nil` where the versions that are kept do not tell: the state of then was
    ///   pruned, or is from before the root.
    /// - Throws: ``UpdateError``; `.expired` if the snapshot was expired at that moment.
    package func past(
        before newest: RepositoryState, signed: (JSONValue, Instant) -> Instant?
    ) async throws(UpdateError) -> RepositoryState? {
        let root = newest.root.document
        guard case .mirror = newest.origin, root.consistentSnapshot,
            let begun = signed(root.value, root.expires), begun <= now
        else { return nil }
        let previous = TimestampState(
            current: CurrentRoot(root: newest.root, now: now), timestamp: newest.timestamp)
        guard let snapshot = try await snapshot(previous, before: newest, signed) else {
            return nil
        }
        guard snapshot.document.expires > now else {
            throw .expired(role: .snapshot, since: snapshot.document.expires)
        }
        var state = try await targets(
            SnapshotState(previous: previous, snapshot: snapshot), newest.origin)
        state.isOfThePast = true
        return state
    }

    /// The last version signed by ``now``; that the next one was signed later must be known.
    private func snapshot(
        _ previous: TimestampState, before newest: RepositoryState,
        _ signed: (JSONValue, Instant) -> Instant?
    ) async throws(UpdateError) -> Verified<Snapshot>? {
        var candidates = 1..<newest.snapshot.document.version
        var best: Verified<Snapshot>?
        while !candidates.isEmpty {
            let version = candidates.lowerBound + candidates.count / 2
            let found = try await kept(version, previous, newest.origin)
            let moment = found.flatMap { signed($0.document.value, $0.document.expires) }
            if let moment, moment > now {
                candidates = candidates.lowerBound..<version
            } else {
                // What is not there any more was pruned, and what is older with it.
                if moment != nil { best = found }
                candidates = (version + 1)..<max(version + 1, candidates.upperBound)
            }
        }
        // The first one that is later, or is not there.
        guard let best, best.document.version + 1 == candidates.upperBound else { return nil }
        return best
    }

    private func kept(
        _ version: Int, _ previous: TimestampState, _ origin: StateOrigin
    ) async throws(UpdateError) -> Verified<Snapshot>? {
        let name = RoleName.snapshot.fileName(version: version)
        let maximum = min(limits.snapshotBytes, limits.anyMetadataBytes)
        var failure: UpdateError?
        for mirror in RoleSource(self, for: origin).mirrors {
            do throws(UpdateError) {
                let bytes = try await fetch(name, at: mirror, maximum)
                guard let snapshot = previous.base(snapshot: bytes),
                    snapshot.document.version == version
                else { continue }
                return snapshot
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return nil
    }

    private func targets(
        _ snapshot: SnapshotState, _ origin: StateOrigin
    ) async throws(UpdateError) -> RepositoryState {
        guard let expected = snapshot.snapshot.document[.targets] else {
            throw .notInSnapshot(role: .targets)
        }
        let source = RoleSource(self, for: origin)
        let keys = try await source.authority(
            of: .targets, from: snapshot.root.authority(of: .targets), by: .root,
            Rotations(snapshot.snapshot.document))
        return try await source.file(
            of: .targets, expected, limits.targetsBytes, consistent: true
        ) { bytes throws(UpdateError) in try snapshot.targets(bytes, keys, origin) }.result
    }
}
