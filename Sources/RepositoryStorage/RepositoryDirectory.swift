// SPDX-License-Identifier: Apache-2.0
public import TUFMetadata

/// A repository as a folder: `metadata/` and `targets/`, servable as they are.
public struct RepositoryDirectory: Sendable {
    public let path: String

    public init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// Path of a metadata file by its file name.
    public func metadataPath(_ fileName: String) -> String { "\(path)/metadata/\(fileName)" }

    /// Path of a target file, its digest before the last segment.
    public func targetPath(_ target: TargetPath, hash: String) -> String {
        "\(path)/targets/\(target.path(withHash: hash))"
    }

    /// A metadata file's bytes, or `nil`.
    public func metadata(_ fileName: String) throws(StorageError) -> [UInt8]? {
        try FileSystem.read(metadataPath(fileName))
    }

    /// Whether there is a repository at all.
    public var isRepository: Bool { FileSystem.exists(metadataPath("1.root.json")) }

    /// Keeps other processes from changing the repository until the lock is let go.
    package func lock(_ wait: LockWait = LockWait()) throws(StorageError) -> FileLock {
        try FileLock.waiting(for: "\(path)/.carnet.lock", wait)
    }
}
