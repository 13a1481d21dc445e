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
    public var isRepository: Bool { (try? firstRootVersion()) != nil }

    /// Version of the first root that is there: 1, unless the repository was taken over without
    /// its first roots; `nil` if there is none.
    public func firstRootVersion() throws(StorageError) -> Int? {
        // The folder may hold thousands of files: it is read only where that must be.
        if FileSystem.exists(metadataPath("1.root.json")) { return 1 }
        return try FileSystem.names(in: "\(path)/metadata")
            .compactMap(RepositoryDirectory.rootVersion).min()
    }

    /// The number in `N.root.json`; `nil` for any other name.
    public static func rootVersion(ofFile name: String) -> Int? {
        let digits = name.utf8.prefix { (0x30...0x39).contains($0) }
        guard digits.first != 0x30, digits.count <= 18,
            let version = Int(String(Substring(digits))),
            name.utf8.dropFirst(digits.count).elementsEqual(".root.json".utf8)
        else { return nil }
        return version
    }

    /// Keeps other processes from changing the repository until the lock is let go.
    package func lock(_ wait: LockWait = LockWait()) throws(StorageError) -> FileLock {
        try FileLock.waiting(for: "\(path)/.carnet.lock", wait)
    }
}
