// SPDX-License-Identifier: Apache-2.0
public import MetadataSigning
import TUFMetadata

/// Brings the client up to date with a repository: decides by the states, does the requests and
/// the saving itself.
public struct Updater: Sendable {
    /// Where metadata is, with or without a slash at the end.
    public let metadataURL: String
    let fetcher: any Fetcher
    let store: any TrustedStore
    let limits: ClientLimits
    let now: Instant

    /// - Parameter now: judged for every expiry of this refresh.
    public init(
        metadataURL: String, fetcher: any Fetcher, store: any TrustedStore,
        limits: ClientLimits = ClientLimits(), now: Instant
    ) {
        self.metadataURL = metadataURL.hasSuffix("/") ? metadataURL : metadataURL + "/"
        self.fetcher = fetcher
        self.store = store
        self.limits = limits
        self.now = now
    }

    /// The workflow of TUF 1.0.34 §5, each file saved as soon as it is verified:
    ///
    /// 1. root: from the trusted one up, version by version (§5.3);
    /// 2. timestamp (§5.4);
    /// 3. snapshot, unless the client has the current one (§5.5);
    /// 4. top-level targets, likewise (§5.6).
    ///
    /// - Throws: ``UpdateError``; files saved before stay saved, the others are as they were.
    public func refresh() async throws(UpdateError) -> RepositoryState {
        let root = try await refreshRoot()
        let timestamp = try await refreshTimestamp(root)
        let snapshot = try await refreshSnapshot(timestamp)
        return try await refreshTargets(snapshot)
    }

    // MARK: 1 root

    private func refreshRoot() async throws(UpdateError) -> CurrentRoot {
        guard let trusted = try load(.root) else { throw .missing(file: "root.json") }
        var state = try RootState(trusting: trusted)
        var count = 0
        while let bytes = try await fetchIfThere(
            RoleName.root.fileName(version: state.nextVersion), limits.rootBytes)
        {
            guard count < limits.rootVersions else {
                throw .tooManyRoots(maximum: limits.rootVersions)
            }
            count += 1
            let next = try state.next(bytes)
            if next.rotatesOnlineKeys(comparedTo: state) {
                // Before the root is saved: after a crash in between, the next run meets the
                // same root again and does the same.
                try remove(.timestamp)
                try remove(.snapshot)
            }
            try save(bytes, as: .root)
            state = next
        }
        return try state.concluded(at: now)
    }

    // MARK: 2 timestamp

    private func refreshTimestamp(_ root: CurrentRoot) async throws(UpdateError) -> TimestampState {
        let base = root.base(timestamp: try load(.timestamp))
        let name = RoleName.timestamp.fileName()
        guard let bytes = try await fetchIfThere(name, limits.timestampBytes) else {
            throw .missing(file: name)
        }
        switch try root.timestamp(bytes, after: base) {
        case .unchanged(let state): return state
        case .newer(let state):
            try save(bytes, as: .timestamp)
            return state
        }
    }

    // MARK: 3 snapshot

    private func refreshSnapshot(
        _ timestamp: TimestampState
    ) async throws(UpdateError) -> SnapshotState {
        let own = try load(.snapshot)
        let base = timestamp.base(snapshot: own)
        if let own, base != nil, let state = try? timestamp.snapshot(own, after: nil) {
            return state
        }
        let bytes = try await fetch(.snapshot, timestamp.expected, limits.snapshotBytes, timestamp)
        let state = try timestamp.snapshot(bytes, after: base)
        try save(bytes, as: .snapshot)
        return state
    }

    // MARK: 4 targets

    private func refreshTargets(
        _ snapshot: SnapshotState
    ) async throws(UpdateError) -> RepositoryState {
        if let own = try load(.targets), let state = try? snapshot.targets(own) { return state }
        guard let expected = snapshot.snapshot.document[.targets] else {
            throw .notInSnapshot(role: .targets)
        }
        let bytes = try await fetch(
            .targets, expected, limits.targetsBytes, snapshot.previous)
        let state = try snapshot.targets(bytes)
        try save(bytes, as: .targets)
        return state
    }

    // MARK: files

    private func fetch(
        _ role: RoleName, _ expected: MetaFile, _ limit: Int, _ state: TimestampState
    ) async throws(UpdateError) -> [UInt8] {
        try await fetch(
            role, expected, limit, consistent: state.current.root.document.consistentSnapshot)
    }

    /// The file of a role, in the version that is expected.
    func fetch(
        _ role: RoleName, _ expected: MetaFile, _ limit: Int, consistent: Bool
    ) async throws(UpdateError) -> [UInt8] {
        let name = role.fileName(version: consistent ? expected.version : nil)
        let maximum = min(expected.length ?? limit, limits.anyMetadataBytes)
        guard let bytes = try await fetchIfThere(name, maximum) else {
            throw .missing(file: name)
        }
        return bytes
    }

    private func fetchIfThere(
        _ name: String, _ maximum: Int
    ) async throws(UpdateError) -> [UInt8]? {
        // A role's percent signs are part of its file name: the server decodes a URL once.
        let url = metadataURL + name
        do throws(FetchError) {
            return try await fetcher.fetch(url, maximumBytes: maximum)
        } catch {
            if error.reason == .notFound { return nil }
            throw .fetch(file: name, error)
        }
    }

    func load(_ role: RoleName) throws(UpdateError) -> [UInt8]? {
        do throws(StoreError) { return try store.load(role) } catch { throw .store(error) }
    }

    func save(_ bytes: [UInt8], as role: RoleName) throws(UpdateError) {
        do throws(StoreError) { try store.save(bytes, as: role) } catch { throw .store(error) }
    }

    private func remove(_ role: RoleName) throws(UpdateError) {
        do throws(StoreError) { try store.remove(role) } catch { throw .store(error) }
    }
}
