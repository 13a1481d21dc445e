// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import TUFMetadata

/// A repository as a folder: `metadata/` and `targets/`, servable as they are.
public struct RepositoryDirectory: Sendable {
    public let path: String
    /// Where the repository is, if the folder only holds what was read of it.
    package let origin: (any RepositoryOrigin)?

    public init(_ path: String) { self.init(path, of: nil) }

    package init(_ path: String, of origin: (any RepositoryOrigin)?) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.origin = origin
    }

    /// Path of a metadata file by its file name.
    public func metadataPath(_ fileName: String) -> String { "\(path)/metadata/\(fileName)" }

    /// Path of a target file, its digest before the last segment.
    public func targetPath(_ target: TargetPath, hash: String) -> String {
        "\(path)/targets/\(target.path(withHash: hash))"
    }

    /// A metadata file's bytes, or `nil`.
    public func metadata(_ fileName: String) throws(StorageError) -> [UInt8]? {
        try file("metadata/\(fileName)")
    }

    /// A file's bytes by its path below the repository, or `nil`.
    package func file(_ name: String) throws(StorageError) -> [UInt8]? {
        let bytes = try FileSystem.read("\(path)/\(name)")
        if bytes == nil { origin?.ask(for: UTF8Text(name)) }
        return bytes
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
