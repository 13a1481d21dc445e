// SPDX-License-Identifier: Apache-2.0
public import MetadataSigning
import TUFMetadata

extension Updater {
    /// A client without a network: ``cached()`` alone makes sense.
    ///
    /// - Parameter now: judged for every expiry; for an audit, the moment of interest.
    public init(
        store: any TrustedStore, limits: ClientLimits = ClientLimits(), now: Instant
    ) {
        self.init(mirrors: [], fetcher: NoNetwork(), store: store, limits: limits, now: now)
    }

    /// The state that the client's store holds, without any request: everything is checked as in
    /// a refresh, from the trusted root on, and nothing is saved or removed.
    ///
    /// A search on this state loads delegated roles from the store alone.
    ///
    /// - Throws: ``UpdateError``: ``UpdateError/notCached(role:version:)`` names what is not
    ///   there, `.expired` since when it is too old; `.untrustedRoot`, `.noTrustedRoot`,
    ///   `.malformed`, `.unsigned`, `.wrongDigest` and the like tell of a damaged store.
    public func cached() async throws(UpdateError) -> RepositoryState {
        guard let trusted = try load(.root) else { throw .noTrustedRoot }
        let root = try RootState(trusting: trusted, limits: limits.json).concluded(at: now)
        guard let own = try load(.timestamp) else {
            throw .notCached(role: .timestamp, version: nil)
        }
        let timestamp = try root.concluded(root.timestampFile(own))
        return try await cachedTargets(cachedSnapshot(timestamp))
    }

    private func cachedSnapshot(_ timestamp: TimestampState) throws(UpdateError) -> SnapshotState {
        let missing = UpdateError.notCached(
            role: .snapshot, version: timestamp.expected.version)
        guard let own = try load(.snapshot) else { throw missing }
        do throws(UpdateError) {
            return try timestamp.snapshot(keeping: timestamp.snapshotFile(own))
        } catch {
            // A refresh ended between the two: what is there is good, and too old.
            if case .wrongVersion = error { throw missing }
            throw error
        }
    }

    private func cachedTargets(
        _ snapshot: SnapshotState
    ) async throws(UpdateError) -> RepositoryState {
        guard let expected = snapshot.snapshot.document[.targets] else {
            throw .notInSnapshot(role: .targets)
        }
        let source = RoleSource(self, for: .store)
        let keys = try await source.authority(
            of: .targets, from: snapshot.root.authority(of: .targets), by: .root,
            Rotations(snapshot.snapshot.document))
        guard let own = try load(.targets) else {
            throw .notCached(role: .targets, version: expected.version)
        }
        do throws(UpdateError) {
            return try snapshot.targets(own, keys, .store)
        } catch {
            throw absence(error, own, of: .targets, expected.version)
        }
    }

    /// What a stored file's refusal means: if it only is of another version than the one listed,
    /// it is that one which is missing.
    func absence(
        _ error: UpdateError, _ own: [UInt8], of role: RoleName, _ version: Int
    ) -> UpdateError {
        switch error {
        case .wrongVersion: return .notCached(role: role, version: version)
        case .wrongDigest, .wrongLength:
            // The version is read without any trust: it only chooses the words.
            let found = try? Targets(SignedFile(own).signed).version
            return found == nil || found == version
                ? error : .notCached(role: role, version: version)
        default: return error
        }
    }
}

/// Where an updater without a network would fetch from.
private struct NoNetwork: Fetcher {
    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        throw FetchError(url: url, reason: .unreachable("this client is offline"))
    }
}
