// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization
public import TUFClient
public import TUFMetadata

/// A client's trusted metadata in a folder of its own, mode 0700, one file a role:
/// `root.json`, `timestamp.json`, `releases.json`; a role's name percent-encoded.
///
/// The folder is locked until ``unlock()``: one process at a time refreshes a repository, so that
/// none puts an older state over a newer one.
///
/// A folder that cannot be written is read only: what is saved lives no longer than the store.
/// That needs no lock. Each file is replaced by a rename, so that a reader finds a whole one; files of
/// two states together are what a crash leaves too, and each is checked against those before it.
public final class DirectoryTrustedStore: TrustedStore {
    /// The folder.
    public let path: String
    private let folder: RoleFolder
    /// In the place of the folder, if that cannot be written.
    private let overlay: OverlayTrustedStore?
    private let state: Mutex<State>

    private enum State: Sendable {
        case locked(FileLock)
        /// With the snapshot that was the folder's own then.
        case unlocked(snapshot: FileIdentity?)
    }

    /// Opens the folder, making it if needed, and waits for its lock. The thread sleeps
    /// meanwhile; ``open(_:waiting:)`` does not need one.
    ///
    /// - Throws: `StoreError` if there is no such folder and none can be made, if it cannot be
    ///   read, or if the wait takes too long.
    public convenience init(
        _ path: String, waiting wait: LockWait = LockWait()
    ) throws(StoreError) {
        let lock = try storing { () throws(StorageError) -> FileLock? in
            guard try DirectoryTrustedStore.prepare(path) else { return nil }
            return try FileLock.waiting(for: "\(path)/.lock", wait)
        }
        self.init(path, lock)
    }

    /// Opens the folder as ``init(_:waiting:)`` does, without keeping a thread waiting.
    public static func open(
        _ path: String, waiting wait: LockWait = LockWait()
    ) async throws(StoreError) -> DirectoryTrustedStore {
        let isWritable = try storing { () throws(StorageError) in try prepare(path) }
        guard isWritable else { return DirectoryTrustedStore(path, nil) }
        do throws(StorageError) {
            return DirectoryTrustedStore(path, try await FileLock.awaiting("\(path)/.lock", wait))
        } catch {
            throw StoreError(path: error.path, reason: error.reason)
        }
    }

    private init(_ path: String, _ lock: FileLock?) {
        self.path = path
        folder = RoleFolder(path: path)
        if let lock {
            overlay = nil
            state = Mutex(.locked(lock))
            // Under the lock: what is there belongs to processes that are gone.
            HiddenFile.sweep(folder: path)
        } else {
            overlay = OverlayTrustedStore(over: folder)
            state = Mutex(.unlocked(snapshot: nil))
        }
    }

    /// Whether the folder cannot be written, so that nothing of what is saved is kept.
    public var isReadOnly: Bool { overlay != nil }

    /// Lets others refresh, once this refresh is over.
    ///
    /// Delegated roles may be saved after that, for they are no more than a cache: each is checked
    /// against the snapshot of whoever reads it. They replace no file if somebody has put another
    /// snapshot into the folder since then, as that one's roles may be newer.
    public func unlock() {
        state.withLock { state in
            guard case .locked = state else { return }
            // Still under the lock: nobody else's snapshot can be mistaken for this one.
            state = .unlocked(snapshot: FileIdentity(folder.file(.snapshot)))
        }
    }

    public func load(_ role: RoleName) throws(StoreError) -> [UInt8]? {
        try (overlay ?? folder as any TrustedStore).load(role)
    }

    /// - Throws: `StoreError`; also for a top-level role after ``unlock()``.
    public func save(_ bytes: [UInt8], as role: RoleName) throws(StoreError) {
        if let overlay { return try overlay.save(bytes, as: role) }
        try changing(role) { () throws(StoreError) in try folder.save(bytes, as: role) }
    }

    /// - Throws: `StoreError`; also for a top-level role after ``unlock()``.
    public func remove(_ role: RoleName) throws(StoreError) {
        if let overlay { return try overlay.remove(role) }
        try changing(role) { () throws(StoreError) in try folder.remove(role) }
    }

    // MARK: who may change what

    private func changing(
        _ role: RoleName, _ change: () throws(StoreError) -> Void
    ) throws(StoreError) {
        let snapshot: FileIdentity?
        switch state.withLock({ $0 }) {
        case .locked where role != .snapshot: return try change()
        // A save of a role by somebody without the lock comes before or after this one.
        case .locked: return try withFolderLocked(change)
        case .unlocked(let own): snapshot = own
        }
        guard ![RoleName.root, .timestamp, .snapshot, .targets].contains(role) else {
            throw StoreError(path: folder.file(role), reason: "changed after the lock was let go")
        }
        try withFolderLocked { () throws(StoreError) in
            let isCurrent = FileIdentity(folder.file(.snapshot)) == snapshot
            guard isCurrent || FileIdentity(folder.file(role)) == nil else { return }
            try change()
        }
    }

    /// Holds, for one change, a lock that is never held across a request to a server. Where a
    /// folder cannot be locked the cache may become older than it could be, and no more.
    private func withFolderLocked(
        _ body: () throws(StoreError) -> Void
    ) throws(StoreError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        while descriptor >= 0 && flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
        try body()
    }

    /// Makes the folder if needed.
    ///
    /// - Returns: whether it can be written.
    private static func prepare(_ path: String) throws(StorageError) -> Bool {
        try FileSystem.makeDirectory(path, mode: 0o700)
        if faccessat(AT_FDCWD, path, R_OK | X_OK, AT_EACCESS) != 0 { throw .system(path) }
        if faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 { return true }
        guard [EACCES, EROFS, EPERM].contains(errno) else { throw .system(path) }
        return false
    }
}
