// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// Checks the top-level metadata that a mirror serves, and puts what is damaged or missing back
/// from the first source that has it as it should be.
struct MetadataHealing: Sendable {
    private let store: any RepositoryStore
    private let sources: [MirrorSource]
    private let limits: ClientLimits
    private let problems: MirrorProblems
    /// The moment at which a timestamp from a source must not have expired.
    private let now: Instant

    init(
        _ store: any RepositoryStore, _ sources: [MirrorSource], _ limits: ClientLimits,
        _ problems: MirrorProblems, now: Instant
    ) {
        self.store = store
        self.sources = sources
        self.limits = limits
        self.problems = problems
        self.now = now
    }

    /// The roots up to the one that the last synchronization has noted.
    func roots(_ pin: MirrorPin) async throws(MirrorError) {
        guard let record = try await MirrorRecord.read(store).record else { return }
        var state: RootState?
        for version in record.firstRoot...max(record.firstRoot, record.root) {
            let previous = state
            let take = { (bytes: [UInt8]) -> RootState? in
                if let previous { return try? previous.next(bytes) }
                // The first one vouches for itself, or is the one that is trusted.
                if case .root(let pinned) = pin, let trusted = try? RootState(trusting: pinned),
                    trusted.root.document.version == version
                {
                    return bytes == pinned || trusted.isFollowed(by: bytes)
                        ? try? RootState(trusting: bytes) : nil
                }
                return try? RootState(trusting: bytes)
            }
            let file = RoleName.root.fileName(version: version)
            state = try await healed(file, limits.rootBytes, take)
            guard state != nil else { return }
        }
    }

    /// The state that is served; `nil` if it does not hold and cannot be healed.
    func state(
        _ base: DestinationState, _ ladder: RootLadder
    ) async throws(MirrorError) -> RepositoryState? {
        guard let timestamp = try await timestamp(base, ladder) else { return nil }
        let consistent = ladder.newest.root.document.consistentSnapshot
        let snapshot = try await healed(
            RoleName.snapshot.fileName(version: consistent ? timestamp.expected.version : nil),
            limits.anyMetadataBytes
        ) { try? timestamp.snapshot($0, after: nil) }
        guard let snapshot, let expected = snapshot.snapshot.document[.targets] else {
            return nil
        }
        let file = RoleName.targets.fileName(version: consistent ? expected.version : nil)
        return try await healed(file, limits.anyMetadataBytes) {
            try? snapshot.targets($0)
        }
    }

    static let timestampFile: UTF8Text = "metadata/timestamp.json"

    /// The timestamp that is served; or else one that a source has for the state that the mirror
    /// noted last, if a client would take it and it is no older.
    private func timestamp(
        _ base: DestinationState, _ ladder: RootLadder
    ) async throws(MirrorError) -> TimestampState? {
        if let bytes = base.file?.bytes,
            let own = MetadataHealing.timestamp(bytes, ladder, at: .first)
        {
            return own
        }
        let name = MetadataHealing.timestampFile
        var kind = MirrorProblem.Kind.damaged
        if case .tag(nil) = base.entry { kind = .missing }
        problems.add(name, kind)
        guard let record = base.record, record.root == ladder.newest.root.document.version else {
            return nil
        }
        for source in sources {
            // Who cannot be reached now is asked again for all that this state needs.
            let bytes = try? await source.metadata(
                RoleName.timestamp.fileName(), maximumBytes: limits.timestampBytes)
            guard let bytes, let found = MetadataHealing.timestamp(bytes, ladder, at: now),
                found.expected.version == record.snapshot,
                found.timestamp.document.version >= record.timestamp,
                try await base.replace(with: bytes)
            else { continue }
            problems.heal(name)
            return MetadataHealing.timestamp(bytes, ladder, at: .first)
        }
        return nil
    }

    private static func timestamp(
        _ bytes: [UInt8], _ ladder: RootLadder, at now: Instant
    ) -> TimestampState? {
        guard let current = try? ladder.newest.concluded(at: now),
            case .newer(let state)? = try? current.timestamp(bytes, after: nil)
        else { return nil }
        return state
    }

    /// What a file says: the mirror's own, or the source's if that is put in its place.
    private func healed<Result>(
        _ file: String, _ maximum: Int, _ take: ([UInt8]) -> Result?
    ) async throws(MirrorError) -> Result? {
        let name = UTF8Text("metadata/\(file)")
        let own: [UInt8]?
        do throws(RepositoryStoreError) {
            own = try await store.read(name, maximumBytes: maximum)?.bytes
        } catch {
            guard error.isOfContent else { throw .store(error) }
            own = []
        }
        if let own, let result = take(own) { return result }
        problems.add(name, own == nil ? .missing : .damaged)
        guard let (bytes, result) = try await found(file, maximum, take) else { return nil }
        try await storing { () throws(RepositoryStoreError) in
            try await store.put(name, .bytes(bytes))
        }
        problems.heal(name)
        return result
    }

    /// - Throws: if no source has it, and one could not be asked.
    private func found<Result>(
        _ file: String, _ maximum: Int, _ take: ([UInt8]) -> Result?
    ) async throws(MirrorError) -> (bytes: [UInt8], result: Result)? {
        var failure: MirrorError?
        for source in sources {
            do throws(MirrorError) {
                guard let bytes = try await source.metadata(file, maximumBytes: maximum),
                    let result = take(bytes)
                else { continue }
                return (bytes, result)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return nil
    }
}
