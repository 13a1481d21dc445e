// SPDX-License-Identifier: Apache-2.0
import Glibc
import TUFClient
import TUFMetadata

/// The files of a store's folder, without a word about when they may be changed.
struct RoleFolder: TrustedStore {
    let path: String

    func file(_ role: RoleName) -> String { "\(path)/\(role.fileName())" }

    func load(_ role: RoleName) throws(StoreError) -> [UInt8]? {
        try storing { () throws(StorageError) in try FileSystem.read(file(role)) }
    }

    /// Durably for what protects against going back. Targets roles are a cache: what a loss of
    /// power leaves of one is checked against the snapshot like any other, and asked for again.
    func save(_ bytes: [UInt8], as role: RoleName) throws(StoreError) {
        let isKept = [RoleName.root, .timestamp, .snapshot].contains(role)
        try storing { () throws(StorageError) in
            try FileSystem.write(bytes, to: file(role), durably: isKept)
        }
    }

    func remove(_ role: RoleName) throws(StoreError) {
        try storing { () throws(StorageError) in
            guard FileIdentity(file(role)) != nil else { return }
            try FileSystem.remove(file(role))
            try FileSystem.synchronize(directory: path)
        }
    }
}

func storing<Result>(
    _ body: () throws(StorageError) -> Result
) throws(StoreError) -> Result {
    do throws(StorageError) { return try body() } catch {
        throw StoreError(path: error.path, reason: error.reason)
    }
}
