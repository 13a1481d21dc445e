// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import Glibc
import MetadataSigning
public import TUFMetadata

/// A change of a repository that takes place wholly or not at all.
///
/// New files are written first, durably; then `timestamp.json` is replaced, and with that one
/// rename the new state is the current one. A reader sees the old state or the new one, never a
/// mixture. If anything fails before, what was written is taken back.
public struct RepositoryTransaction: Sendable {
    /// Where the bytes of a target file come from.
    public enum Content: Sendable {
        case bytes([UInt8])
        /// A file to copy; if its SHA-256 is not this one any more, nothing is published.
        case file(String, sha256: String)
        /// A file to give a second name to, where the file system can, as it was when it was
        /// digested. Whoever changes it in place later breaks the repository.
        case link(FileDigest)
    }

    public let directory: RepositoryDirectory
    /// SHA-256 of each target file, by its path below `targets/`, digest included.
    public private(set) var targetDigests: [(path: UTF8Text, sha256: String)] = []
    /// Metadata files by file name.
    public private(set) var metadata: [String: [UInt8]] = [:]
    /// Target files by their path below `targets/`, digest included.
    public private(set) var targets: [UTF8Text: Content] = [:]
    private let lock: FileLock?

    /// Begins a change; other processes wait until it is over.
    ///
    /// The folder must exist.
    ///
    /// - Throws: `StorageError`; also if the wait takes too long.
    public init(
        _ directory: RepositoryDirectory, waiting wait: LockWait = LockWait()
    ) throws(StorageError) {
        self.directory = directory
        lock = try directory.lock(wait)
    }

    /// Adds a metadata file under its name, such as `4.snapshot.json` or `timestamp.json`.
    public mutating func add(metadata bytes: [UInt8], as fileName: String) {
        metadata[fileName] = bytes
    }

    /// Adds a target file.
    public mutating func add(_ content: Content, at path: TargetPath, hash: String) {
        let name = UTF8Text(path.path(withHash: hash))
        if targets.updateValue(content, forKey: name) == nil {
            targetDigests.append((name, hash))
        }
    }

    /// Adds a target file under a whole name below `targets/`: one without a digest, or with a
    /// digest that is not its SHA-256.
    ///
    /// - Parameter name: of no change that waits for signatures: it is not among
    ///   ``targetDigests``.
    public mutating func add(_ content: Content, named name: UTF8Text) {
        targets[name] = content
    }

    /// Writes everything, `timestamp.json` last.
    ///
    /// - Throws: `StorageError`; the repository is then as it was, unless the new state is in
    ///   place already and only its last rename could not be made durable.
    public func commit() throws(StorageError) {
        var undo = Undo()
        let isBatch = targets.count + metadata.count >= RepositoryTransaction.batchSize
        do throws(StorageError) {
            for name in targets.keys.sorted() {
                guard let content = targets[name] else { continue }
                try write(
                    content, to: "\(directory.path)/targets/\(name)", durably: !isBatch, &undo)
            }
            for name in metadata.keys.sorted() where name != "timestamp.json" {
                try write(
                    .bytes(metadata[name] ?? []), to: directory.metadataPath(name),
                    durably: !isBatch, &undo)
            }
            if isBatch {
                try FileSystem.synchronizeAll(around: directory.path)
            } else {
                for folder in undo.folders.sorted() {
                    try FileSystem.synchronize(directory: folder.string)
                }
            }
            guard let timestamp = metadata["timestamp.json"] else { return }
            let file = try TemporaryFile(replacing: directory.metadataPath("timestamp.json"))
            try file.write(timestamp)
            try file.publish()
        } catch {
            undo.run()
            throw error
        }
        // From here on the new state is the current one: nothing of it may be taken back.
        try FileSystem.synchronize(directory: "\(directory.path)/metadata")
    }

    /// From this many files on, one `syncfs` for all is cheaper than an fsync for each. Nothing
    /// refers to the new files before `timestamp.json`, so in which order they become durable
    /// does not matter.
    private static let batchSize = 64

    /// What to take back.
    private struct Undo {
        var files: [String] = []
        /// What stood there before, such as metadata that a crash left behind. A copied file is
        /// named by the digest that it was checked against, so that one need not be kept.
        var replaced: [(path: String, bytes: [UInt8])] = []
        var made: [String] = []
        /// Folders with new entries.
        var folders: Set<UTF8Text> = []
        /// Folders that are there.
        var known: Set<UTF8Text> = []

        func run() {
            for file in files { unlink(file) }
            for (path, bytes) in replaced { try? FileSystem.write(bytes, to: path) }
            for folder in made.reversed() { rmdir(folder) }
        }
    }

    private func write(
        _ content: Content, to path: String, durably: Bool, _ undo: inout Undo
    ) throws(StorageError) {
        let folder = FileSystem.parent(of: path)
        if undo.known.insert(UTF8Text(folder)).inserted {
            for made in try FileSystem.makeDirectory(folder) {
                undo.made.append(made)
                undo.folders.insert(UTF8Text(FileSystem.parent(of: made)))
            }
        }
        if case .link(let digest) = content, try link(digest, to: path) {
            undo.files.append(path)
            undo.folders.insert(UTF8Text(folder))
            return
        }
        let isNew = !FileSystem.exists(path)
        if !durably, isNew, case .bytes(let bytes) = content {
            try FileSystem.make(bytes, at: path)
            undo.files.append(path)
            return
        }
        var old: [UInt8]?
        let file = try TemporaryFile(replacing: path)
        switch content {
        case .bytes(let bytes):
            if !isNew { old = try FileSystem.read(path) }
            try file.write(bytes)
        case .file(let source, let sha256): try copy(source, sha256, into: file)
        case .link(let digest): try copy(digest.path, digest.sha256, into: file)
        }
        try file.publish(durably: durably)
        if isNew { undo.files.append(path) }
        if let old { undo.replaced.append((path, old)) }
        undo.folders.insert(UTF8Text(folder))
    }

    /// - Returns: `false` if it takes a copy: another file system, or the name is taken.
    private func link(_ digest: FileDigest, to path: String) throws(StorageError) -> Bool {
        guard digest.isUnchanged else {
            throw StorageError(path: digest.path, reason: "changed while it was being published")
        }
        return linkat(AT_FDCWD, digest.path, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
    }

    private func copy(
        _ source: String, _ sha256: String, into file: TemporaryFile
    ) throws(StorageError) {
        var digest = RunningDigest(.sha256)
        let descriptor = open(source, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(source) }
        defer { close(descriptor) }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { chunk.deallocate() }
        while true {
            let count = read(descriptor, chunk.baseAddress, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(source) }
            if count == 0 { break }
            let bytes = UnsafeRawBufferPointer(rebasing: chunk[0..<count])
            digest.update(bytes)
            try file.write(bytes)
        }
        guard hex(digest.finish()) == sha256 else {
            throw StorageError(path: source, reason: "changed while it was being published")
        }
    }
}
