// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
public import RepositoryStorage
import TUFClient
import TUFMetadata
public import TUFRepository

/// Changes a repository of one's own: every change is first read by the consumer's client.
public struct Publisher: Sendable {
    public let directory: RepositoryDirectory
    /// Where changes are published, if that is not the folder.
    let remote: RemoteRepository?
    let ring: any KeyRing
    let now: Instant
    /// Draws what is new in each new snapshot.
    let nonce: @Sendable () -> SnapshotNonce

    /// - Parameter nonce: called once for each new snapshot.
    public init(
        _ directory: RepositoryDirectory, _ ring: any KeyRing, now: Instant,
        nonce: @escaping @Sendable () -> SnapshotNonce = SnapshotNonce.random
    ) {
        self.directory = directory
        remote = nil
        self.ring = ring
        self.now = now
        self.nonce = nonce
    }

    /// Changes a repository that is in a store, within ``RemoteRepository/perform(_:)``.
    package init(
        _ remote: RemoteRepository, _ ring: any KeyRing, now: Instant,
        nonce: @escaping @Sendable () -> SnapshotNonce = SnapshotNonce.random
    ) {
        directory = RepositoryDirectory(remote.folder, of: remote)
        self.remote = remote
        self.ring = ring
        self.now = now
        self.nonce = nonce
    }

    /// Makes a new repository.
    ///
    /// - Returns: the SHA-256 of its first root: the fingerprint that consumers are given.
    public func create(_ plan: RepositoryPlan) async throws(PublishingError) -> String {
        guard !directory.isRepository else {
            throw .storage(
                StorageError(path: directory.path, reason: "there is a repository already"))
        }
        let files = try repository { () throws(RepositoryError) in
            try plan.genesis(at: now, nonce: nonce()).sign(with: ring)
        }
        var made = try storing { () throws(StorageError) in
            try FileSystem.makeDirectory(directory.path)
        }
        do throws(PublishingError) {
            var transaction = try lock()
            guard !directory.isRepository else {
                throw .storage(
                    StorageError(path: directory.path, reason: "there is a repository already"))
            }
            for (name, bytes) in files { transaction.add(metadata: bytes, as: name) }
            _ = try await preflight(transaction)
            try storing { () throws(StorageError) in
                for folder in ["targets", "layouts", "signing"] {
                    made += try FileSystem.makeDirectory("\(directory.path)/\(folder)")
                }
            }
            try await commit(transaction)
        } catch {
            if !directory.isRepository {
                try? FileSystem.remove("\(directory.path)/.carnet.lock")
            }
            FileSystem.removeEmpty(made)
            throw error
        }
        let root = files[RoleName.root.fileName(version: 1)] ?? []
        return DigestAlgorithm.sha256.hexDigest(of: root)
    }

    // MARK: one change

    /// Locks the repository, which must be one.
    func begin() throws(PublishingError) -> RepositoryTransaction {
        guard directory.isRepository else {
            throw .repository(.noRepository(path: directory.path))
        }
        return try lock()
    }

    private func lock() throws(PublishingError) -> RepositoryTransaction {
        try storing { () throws(StorageError) in try RepositoryTransaction(directory) }
    }

    /// The current state, read under the lock.
    func state() throws(PublishingError) -> PublishedState {
        try repository { () throws(RepositoryError) in
            try PublishedState(reading: StagedRepository(directory))
        }
    }

    /// Reads the changed repository as a client that knows nothing but the first root.
    func preflight(
        _ transaction: RepositoryTransaction
    ) async throws(PublishingError) -> (search: TargetSearch, download: TargetDownload) {
        try await read(StagedRepository(transaction))
    }

    /// Reads a repository as a client that knows nothing but `root`, by default the first.
    func read(
        _ staged: StagedRepository, root: [UInt8]? = nil
    ) async throws(PublishingError) -> (search: TargetSearch, download: TargetDownload) {
        var first = root
        if first == nil {
            first = try repository { () throws(RepositoryError) in
                try staged.read(
                    metadata: RoleName.root.fileName(version: staged.firstRootVersion()))
            }
        }
        let updater = Updater(
            metadataURL: StagedRepository.metadataURL, fetcher: staged,
            store: MemoryTrustedStore(root: first ?? []), now: now)
        do throws(UpdateError) {
            let state = try await updater.refresh()
            return (
                TargetSearch(state, updater),
                TargetDownload(
                    targetsURL: StagedRepository.targetsURL, fetcher: staged,
                    consistent: state.root.document.consistentSnapshot)
            )
        } catch {
            throw .preflight(error)
        }
    }

    func commit(_ transaction: RepositoryTransaction) async throws(PublishingError) {
        if let remote { return try await remote.publish(transaction) }
        try storing { () throws(StorageError) in try transaction.commit() }
    }

    /// The role that lists `path`.
    func role(for path: TargetPath, _ tree: RoleTree) throws(PublishingError) -> RoleName {
        let role = try repository { () throws(RepositoryError) in try tree.role(listing: path) }
        guard let role else { throw .repository(.notDelegated(path)) }
        return role
    }
}

func repository<Result>(
    _ body: () throws(RepositoryError) -> Result
) throws(PublishingError) -> Result {
    do throws(RepositoryError) { return try body() } catch { throw .repository(error) }
}

func storing<Result>(
    _ body: () throws(StorageError) -> Result
) throws(PublishingError) -> Result {
    do throws(StorageError) { return try body() } catch { throw .storage(error) }
}
