// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// Checks the top-level metadata that a mirror serves, and puts what is damaged or missing back
/// from the source.
struct MetadataHealing: Sendable {
    private let store: any RepositoryStore
    private let source: MirrorSource?
    private let limits: ClientLimits
    private let problems: MirrorProblems

    init(
        _ store: any RepositoryStore, _ source: MirrorSource?, _ limits: ClientLimits,
        _ problems: MirrorProblems
    ) {
        self.store = store
        self.source = source
        self.limits = limits
        self.problems = problems
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
        let current: CurrentRoot
        do throws(UpdateError) { current = try ladder.newest.concluded(at: .first) } catch {
            throw .update(error)
        }
        guard let bytes = base.file?.bytes, base.timestamp != nil,
            case .newer(let timestamp)? = try? current.timestamp(bytes, after: nil)
        else {
            problems.add("metadata/timestamp.json", base.file == nil ? .missing : .damaged)
            return nil
        }
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
        guard let bytes = try await source?.metadata(file, maximumBytes: maximum),
            let result = take(bytes)
        else { return nil }
        try await storing { () throws(RepositoryStoreError) in
            try await store.put(name, .bytes(bytes))
        }
        problems.heal(name)
        return result
    }
}
