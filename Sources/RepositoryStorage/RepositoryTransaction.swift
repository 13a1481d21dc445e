// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
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

    /// A file to be written.
    struct NewFile: Sendable {
        /// Its path below `targets/` or `metadata/`.
        let name: NewFileName
        var content: Content
    }

    public let directory: RepositoryDirectory
    /// Metadata files by file name.
    public private(set) var metadata: [String: [UInt8]] = [:]
    /// Target files by their path below `targets/`, digest included, in the order in which they
    /// came.
    private(set) var targets: [NewFile] = []
    /// Where each name stands in ``targets``.
    private var places = PlaceTable()
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

    /// Adds metadata files by file name.
    public mutating func add(metadata files: [String: [UInt8]]) {
        if metadata.isEmpty {
            metadata = files
        } else {
            metadata.merge(files) { _, new in new }
        }
    }

    /// Adds a target file.
    public mutating func add(_ content: Content, at path: TargetPath, hash: String) {
        put(content, SHA256Digest(hex: hash).map { .hashed(path, $0) } ?? .marked(path, hash))
    }

    /// Adds a target file.
    public mutating func add(_ content: Content, at path: TargetPath, hash: SHA256Digest) {
        put(content, .hashed(path, hash))
    }

    /// Adds a target file under a whole name below `targets/`: one without a digest, or with a
    /// digest that is not its SHA-256.
    ///
    /// - Parameter name: of no change that waits for signatures: it is not among
    ///   ``targetDigests``.
    public mutating func add(_ content: Content, named name: UTF8Text) {
        put(content, .whole(name))
    }

    /// Makes room for so many more target files.
    public mutating func reserve(_ count: Int) {
        targets.reserveCapacity(targets.count + count)
        places.reserve(targets.count + count) { targets[$0].name.hash }
    }

    /// SHA-256 of each target file, by its path below `targets/`, digest included.
    public var targetDigests: [(path: UTF8Text, sha256: String)] {
        targets.compactMap { file in file.name.digest.map { (file.name.text, $0) } }
    }

    /// New target files with their paths below `targets/`, digest included.
    package var newTargets: [(name: UTF8Text, content: Content)] {
        targets.map { ($0.name.text, $0.content) }
    }

    /// The target file of this path below `targets/`, digest included; `nil` if it has none.
    public func target(_ name: UTF8Text) -> Content? {
        place(of: .whole(name), hash: NewFileName.whole(name).hash).map { targets[$0].content }
    }

    private func place(of name: NewFileName, hash: Int) -> Int? {
        places.place(hash) { targets[$0].name == name }
    }

    private mutating func put(_ content: Content, _ name: NewFileName) {
        let hash = name.hash
        if let place = place(of: name, hash: hash) {
            targets[place].content = content
            return
        }
        places.add(targets.count, hash) { targets[$0].name.hash }
        targets.append(NewFile(name: name, content: content))
    }

    /// Writes everything, `timestamp.json` last.
    ///
    /// - Throws: `StorageError`; the repository is then as it was, unless the new state is in
    ///   place already and only its last rename could not be made durable.
    public func commit() throws(StorageError) {
        let parts = [
            TransactionPart(base: "\(directory.path)/targets", files: targets),
            TransactionPart(base: "\(directory.path)/metadata", files: documents),
        ]
        var undo = TransactionUndo()
        let isBatch = targets.count + metadata.count >= RepositoryTransaction.batchSize
        do throws(StorageError) {
            try write(parts, durably: !isBatch, &undo)
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
            undo.run(parts)
            throw error
        }
        // From here on the new state is the current one: nothing of it may be taken back.
        try FileSystem.synchronize(directory: "\(directory.path)/metadata")
    }

    /// From this many files on, one `syncfs` for all is cheaper than an fsync for each. Nothing
    /// refers to the new files before `timestamp.json`, so in which order they become durable
    /// does not matter.
    private static let batchSize = 64

    /// Files that a thread writes at once.
    private static let runLength = 2048

    /// The metadata files but `timestamp.json`, in the order of their names.
    private var documents: [NewFile] {
        let files = metadata.filter { $0.key != "timestamp.json" }
        let names = files.keys.map { UTF8Text($0) }
        let contents = Array(files.values)
        return numbersInByteOrder(names).map {
            NewFile(name: .whole(names[$0]), content: .bytes(contents[$0]))
        }
    }

    /// Writes all but `timestamp.json`.
    private func write(
        _ parts: [TransactionPart], durably: Bool, _ undo: inout TransactionUndo
    ) throws(StorageError) {
        let (targets, metadata) = (0, 1)
        let documents = (part: metadata, numbers: parts[metadata].files.indices)
        // Metadata is in one folder, where only one thread at a time can make a file: one writes
        // it while the others write the target files.
        let shares =
            durably
            ? [(part: targets, numbers: parts[targets].files.indices), documents]
            : [documents] + runs.map { (part: targets, numbers: $0) }
        let count = shares.count
        let outcomes = inParallel(count, runLength: durably ? count : 1) { numbers in
            var undo = TransactionUndo()
            for (part, numbers) in shares[numbers] {
                var writer = TransactionWriter(parts[part].base, part, durably: durably)
                let error = writer.write(numbers, of: parts[part])
                undo.add(writer.undo)
                if let error { return (undo: undo, error: error as StorageError?) }
            }
            return (undo: undo, error: nil)
        }
        for outcome in outcomes { undo.add(outcome.undo) }
        for case let error? in outcomes.map(\.error) { throw error }
    }

    /// The target files, cut into shares for threads.
    private var runs: [Range<Int>] {
        let length = RepositoryTransaction.runLength
        return stride(from: 0, to: targets.count, by: length).map {
            $0..<min($0 + length, targets.count)
        }
    }
}

/// The new files of a change that go below one folder.
struct TransactionPart: Sendable {
    let base: String
    let files: [RepositoryTransaction.NewFile]

    func path(of number: Int) -> String { "\(base)/\(files[number].name.text)" }
}
