// SPDX-License-Identifier: Apache-2.0
import Glibc
public import TUFClient
public import TUFMetadata

/// A client's trusted metadata in a folder of its own, mode 0700, one file a role:
/// `root.json`, `timestamp.json`, `releases.json`; a role's name percent-encoded.
///
/// While the store lives its folder is locked: one process at a time refreshes a repository.
public final class DirectoryTrustedStore: TrustedStore {
    /// The folder.
    public let path: String
    private let lock: FileLock

    /// Opens the folder, making it if needed.
    public init(_ path: String) throws(StoreError) {
        self.path = path
        do throws(StorageError) {
            try FileSystem.makeDirectory(path, mode: 0o700)
            lock = try FileLock("\(path)/.lock")
        } catch {
            throw StoreError(path: error.path, reason: error.reason)
        }
    }

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
