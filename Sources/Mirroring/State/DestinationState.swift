// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// What a mirror has published, as far as it is the base of what comes next.
struct DestinationState: Sendable {
    let store: any RepositoryStore
    /// The newest root that is published; where there is none yet, the pinned one.
    let root: RootState
    /// The first root that is published, or will be.
    let firstRoot: Int
    /// Roots that are to be published before those that the source has after ``root``, in order of
    /// their versions, the last of which is that of ``root``.
    let roots: [[UInt8]]
    /// The file that is replaced to publish, if it is there and can be read.
    let file: StoredFile?
    let entry: Entry
    /// The same, if the keys of ``root`` signed it.
    let timestamp: Verified<Timestamp>?
    let record: MirrorRecord?

    init(
        _ store: any RepositoryStore, _ ladder: RootLadder, _ limits: ClientLimits
    ) async throws(MirrorError) {
        self.store = store
        root = ladder.newest
        roots = ladder.unpublished
        let name = UTF8Text("metadata/timestamp.json")
        (file, entry) = try await DestinationState.file(name, store, limits.timestampBytes)
        // The moment is of no matter for what was published already.
        let current = try? ladder.newest.concluded(at: .first)
        timestamp = current?.base(timestamp: file?.bytes)
        record = try await MirrorRecord.read(store).record
        firstRoot = ladder.first
    }

    /// The file that is replaced to publish, as the store has it.
    enum Entry {
        /// `nil` if there is none.
        case tag(StoreTag?)
        /// Not what the store says itself that it is.
        case damaged
    }

    private static func file(
        _ name: UTF8Text, _ store: any RepositoryStore, _ maximum: Int
    ) async throws(MirrorError) -> (StoredFile?, Entry) {
        do throws(RepositoryStoreError) {
            let file = try await store.read(name, maximumBytes: maximum)
            return (file, .tag(file?.tag))
        } catch {
            guard error.isOfContent else { throw .store(error) }
        }
        do throws(RepositoryStoreError) {
            return (nil, .tag(try await store.find(name)?.tag))
        } catch {
            guard error.isOfContent else { throw .store(error) }
            return (nil, .damaged)
        }
    }

    /// Puts a timestamp in the place of the one that was read.
    ///
    /// - Returns: `false` if somebody else was faster.
    func replace(with bytes: [UInt8]) async throws(MirrorError) -> Bool {
        let name = UTF8Text("metadata/timestamp.json")
        return try await storing { () throws(RepositoryStoreError) in
            switch entry {
            case .tag(let tag): return try await store.replace(name, with: bytes, expecting: tag)
            case .damaged:
                try await store.put(name, .bytes(bytes))
                return true
            }
        }
    }

    /// Whether the record says that all files of the published state are there.
    var isComplete: Bool {
        guard let timestamp, let record else { return false }
        return record.root == root.root.document.version
            && record.snapshot == timestamp.document.snapshot.version
    }

    /// What a client of the source begins with: the files of the published state, as far as they
    /// hold.
    func trusted(_ limits: ClientLimits) async throws(MirrorError) -> TrustedFiles {
        var files: [RoleName: [UInt8]] = [.root: root.root.bytes]
        guard let timestamp else { return TrustedFiles(files: files, snapshot: nil) }
        files[.timestamp] = timestamp.bytes
        let consistent = root.root.document.consistentSnapshot
        let version = timestamp.document.snapshot.version
        let bytes = try await metadata(
            RoleName.snapshot.fileName(version: consistent ? version : nil),
            limits.anyMetadataBytes)
        guard let bytes, let current = try? root.concluded(at: .first),
            let state = try? current.concluded(timestamp),
            let snapshot = state.base(snapshot: bytes),
            (try? state.snapshot(keeping: snapshot)) != nil
        else { return TrustedFiles(files: files, snapshot: nil) }
        files[.snapshot] = bytes
        if let entry = snapshot.document[.targets] {
            files[.targets] = try await metadata(
                RoleName.targets.fileName(version: consistent ? entry.version : nil),
                limits.anyMetadataBytes)
        }
        return TrustedFiles(files: files, snapshot: snapshot.document)
    }

    func metadata(_ name: String, _ maximum: Int) async throws(MirrorError) -> [UInt8]? {
        try await storing { () throws(RepositoryStoreError) in
            try await store.read(UTF8Text("metadata/\(name)"), maximumBytes: maximum)?.bytes
        }
    }

    /// A published root.
    static func root(
        _ version: Int, _ store: any RepositoryStore
    ) async throws(MirrorError) -> [UInt8]? {
        let name = UTF8Text("metadata/\(RoleName.root.fileName(version: version))")
        return try await storing { () throws(RepositoryStoreError) in
            try await store.read(name, maximumBytes: ClientLimits().rootBytes)?.bytes
        }
    }
}

/// The published files of the top-level roles.
struct TrustedFiles: Sendable {
    let files: [RoleName: [UInt8]]
    /// The published snapshot.
    let snapshot: Snapshot?
}

extension Instant {
    /// A moment at which nothing was expired yet: for files that are judged by their signatures
    /// and digests alone.
    static let first = Instant(seconds: 0)
}
