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
public final class DirectoryTrustedStore: TrustedStore {
    /// The folder.
    public let path: String
    private let lock: Mutex<FileLock?>

    /// Opens the folder, making it if needed.
    public init(_ path: String) throws(StoreError) {
        self.path = path
        do throws(StorageError) {
            try FileSystem.makeDirectory(path, mode: 0o700)
            lock = Mutex(try FileLock("\(path)/.lock"))
        } catch {
            throw StoreError(path: error.path, reason: error.reason)
        }
    }

    /// Lets others refresh, once this refresh is over. Delegated roles saved later are no more
    /// than a cache: each is checked against the snapshot of whoever reads it.
    public func unlock() { lock.withLock { $0 = nil } }

    public func load(_ role: RoleName) throws(StoreError) -> [UInt8]? {
        try storing { () throws(StorageError) in try FileSystem.read(file(role)) }
    }

    public func save(_ bytes: [UInt8], as role: RoleName) throws(StoreError) {
        try storing { () throws(StorageError) in try FileSystem.write(bytes, to: file(role)) }
    }

    public func remove(_ role: RoleName) throws(StoreError) {
        try storing { () throws(StorageError) in
            try FileSystem.remove(file(role))
            try FileSystem.synchronize(directory: path)
        }
    }

    private func file(_ role: RoleName) -> String { "\(path)/\(role.fileName())" }

    private func storing<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(StoreError) -> Result {
        do throws(StorageError) { return try body() } catch {
            throw StoreError(path: error.path, reason: error.reason)
        }
    }
}
