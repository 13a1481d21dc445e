// SPDX-License-Identifier: Apache-2.0
import Archives
import CanonicalJSON
import InTotoMetadata
import InTotoRecording
import MetadataSigning

/// The digests of one file, in the order of the algorithms that were asked for.
typealias FileDigests = [[UInt8]]

/// Files being hashed as they come out of an archive.
struct FolderContents: ArchiveVisitor, ~Copyable {
    private let algorithms: [DigestAlgorithm]
    private let excluding: ExcludePatterns
    private(set) var tree: UnpackedTree<FileDigests>
    private var running: RunningDigests
    /// The file that is being read.
    private var file: Int?

    /// - Throws: never more than the patterns that in-toto always leaves out could be wrong.
    init(_ algorithms: [DigestAlgorithm], limits: ArchiveLimits) throws(RecordingError) {
        self.algorithms = algorithms
        excluding = try ExcludePatterns(ExcludePatterns.standard)
        tree = UnpackedTree(limits: limits)
        running = RunningDigests(algorithms)
    }

    mutating func enter(_ folder: EntryName) throws(ArchiveError) { try tree.enter(folder) }

    /// - Parameter isStanding: whether it was there before and may not be replaced.
    mutating func add(
        _ name: EntryName, _ digests: FileDigests, isStanding: Bool = false
    ) throws(ArchiveError) {
        if isStanding {
            try tree.addStanding(name, digests)
        } else {
            try tree.addFile(name, digests)
        }
    }

    mutating func remove(_ name: EntryName) { tree.remove(name) }

    // MARK: an archive's entries

    mutating func begin(_ entry: ArchiveEntry) throws(ArchiveError) {
        try expectWanted()
        switch entry.kind {
        case .file: file = try tree.addFile(entry.name, [])
        case .folder: try tree.addFolder(entry.name)
        case .symbolicLink(let target): try tree.addSymbolicLink(entry.name, to: target)
        case .hardLink(let target): try tree.addHardLink(entry.name, to: target)
        }
    }

    mutating func content(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        try expectWanted()
        running.update(bytes)
    }

    mutating func end() {
        guard let file else { return }
        tree.fill(file, with: running.finish())
        self.file = nil
    }

    private func expectWanted() throws(ArchiveError) {
        if Task.isCancelled { throw .cancelled }
    }

    // MARK: recording

    /// The files as in-toto's Python records a folder: with its excludes, through links, with `/`
    /// for `\` in names.
    func artifacts() throws(ArchiveError) -> Artifacts {
        let files = try tree.files { path in
            UTF8Text(validating: path).map(excluding.excludes) ?? false
        }
        var named: [UTF8Text: FileDigests] = [:]
        for (path, digests) in files {
            let bytes = path.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
            guard let name = UTF8Text(validating: bytes) else {
                throw .entry(name: path, .nameNotUTF8)
            }
            guard named.updateValue(digests, forKey: name) == nil else {
                throw .entry(name: path, .sameRecordedName)
            }
        }
        return Artifacts(
            named.map { name, digests in
                Artifact(
                    name: name,
                    digests: zip(algorithms, digests).map { algorithm, digest in
                        Artifact.Digest(
                            algorithm: UTF8Text(algorithm.rawValue), hex: UTF8Text(hex(digest)))
                    })
            })
    }
}

/// Several digests of the same bytes.
struct RunningDigests: ~Copyable {
    private var first: RunningDigest
    private var second: RunningDigest?
    private var third: RunningDigest?

    /// - Parameter algorithms: one to three.
    init(_ algorithms: [DigestAlgorithm]) {
        first = RunningDigest(algorithms[0])
        second = algorithms.count > 1 ? RunningDigest(algorithms[1]) : nil
        third = algorithms.count > 2 ? RunningDigest(algorithms[2]) : nil
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        first.update(bytes)
        second?.update(bytes)
        third?.update(bytes)
    }

    /// In the order of the algorithms; the next update begins anew.
    mutating func finish() -> FileDigests {
        var digests = [first.finish()]
        if let digest = second?.finish() { digests.append(digest) }
        if let digest = third?.finish() { digests.append(digest) }
        return digests
    }
}

extension FolderContents {
    /// Takes the content of a file that was begun.
    mutating func add(_ file: ArchiveFile) throws(ArchiveError) {
        var source = FileSource(file)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { room.deallocate() }
        while case let count = try source.read(into: room), count > 0 {
            try content(UnsafeRawBufferPointer(rebasing: room[..<count]))
        }
    }
}
