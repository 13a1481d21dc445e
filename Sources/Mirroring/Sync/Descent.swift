// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// What a new state must come after.
extension MirrorSync {
    /// Refuses to publish over a state that the source never had: what somebody else published
    /// would be gone, although all versions rise.
    ///
    /// Two folders that went on from one state have different files under the version of the
    /// snapshot at which they parted; each snapshot has a nonce, so that this holds even if nothing
    /// else tells them apart.
    ///
    /// - Returns: `false` if the source does not have the snapshot any more.
    /// - Throws: ``MirrorError/diverged(place:snapshot:)``.
    func expectDescent(
        _ source: MirrorSource, _ base: DestinationState
    ) async throws(MirrorError) -> Bool {
        guard options.isOrigin, base.root.root.document.consistentSnapshot,
            let timestamp = base.timestamp
        else { return true }
        let offered = try await source.metadata(
            RoleName.timestamp.fileName(), maximumBytes: options.limits.timestampBytes)
        if offered == timestamp.bytes { return true }
        let served = timestamp.document.snapshot
        let file = RoleName.snapshot.fileName(version: served.version)
        let maximum = options.limits.anyMetadataBytes
        guard let own = try await source.metadata(file, maximumBytes: maximum) else {
            return false
        }
        var isSame = served.hashes.allSatisfy { $0.hexDigest(of: own) == $1 }
        if served.hashes.isEmpty {
            isSame = try await base.metadata(file, maximum).map { $0 == own } ?? true
        }
        guard isSame else { throw .diverged(place: store.place, snapshot: served.version) }
        return true
    }

    /// Where `timestamp.json` is damaged or gone nobody knows any more what the mirror served; but
    /// what its record says it does not go back behind, unless a new root allows that.
    func expectNoStepBack(
        to state: RepositoryState, _ base: DestinationState
    ) throws(MirrorError) {
        guard base.timestamp == nil, let record = base.record,
            record.root == state.root.document.version
        else { return }
        for (role, offered, kept) in [
            (RoleName.timestamp, state.timestamp.document.version, record.timestamp),
            (.snapshot, state.snapshot.document.version, record.snapshot),
        ] where offered < kept {
            throw .update(.rollback(role: role, offered: offered, trusted: kept))
        }
    }
}
