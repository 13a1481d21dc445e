// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
public import InTotoMetadata

/// Records files as materials or products: their names and digests.
///
/// What is recorded, and under which name, is what Python's in-toto 3.1.0 records. A path to a
/// file stands for itself, one to a folder for all regular files below it. Names are the paths
/// as `os.path.normpath` makes them, with `/` for `\`. Symbolic links to files are followed.
/// Missing paths, broken links, pipes, sockets and devices are passed over, and told.
///
/// `file:PATH` (ITE-4) is the same with `file:` before each name. `dir:PATH` is a folder as one
/// artifact, under the path as it was given, from the current folder whatever the base; its
/// digest is that of a list of the digests and names of the files in it, as `sha256sum` writes
/// it, in the order of the names.
///
/// Stricter than Python: a file that changes while it is hashed, a folder that cannot be read, a
/// link to a folder that leads back into itself, two files under one name and a name that is not
/// UTF-8 are errors. A change that leaves size and times as they were, which takes two writes
/// within one tick of the kernel's clock, cannot be seen.
public struct ArtifactRecorder: Sendable {
    public struct Options: Sendable {
        /// Folder that relative paths start from and that names do not contain; the current one
        /// if `nil`.
        public var basePath: String?
        /// Beginnings to take off names, compared as text.
        public var lstripPaths: [String] = []
        /// Lines as of ``ExcludePatterns``; in-toto's own unless told otherwise.
        public var exclude = ExcludePatterns.standard
        /// Digests to record beside SHA-256, which is recorded in any case. In-toto compares the
        /// whole sets, so all steps of a layout must record the same.
        public var digests: [ArtifactDigest] = [.sha256]
        /// Hash files as if their lines ended in `\n`, not in `\r\n` or `\r`.
        public var normalizeLineEndings = false
        /// Walk into symbolic links to folders, as `in-toto-run` and `in-toto-record` do.
        public var followSymlinkDirs = true
        /// Threads that hash; as many as there are processors if `nil`.
        public var threads: Int?
        /// Called from the hashing threads: after each buffer read and each run of files.
        public var onProgress: (@Sendable (RecordingProgress) -> Void)?
        /// How long before a recording a file must have been left alone for its digest to be
        /// kept; a test cannot make files older.
        package var marginSeconds = 2

        public init() {}
    }

    public let options: Options
    private let excluding: ExcludePatterns
    private let names: ArtifactNames
    private let kind: KnownDigests.Kind

    /// - Throws: ``RecordingError``: `.excludePattern`, `.overlappingPrefixes`, `.containsNUL`,
    ///   `.gitoidOfNormalized`.
    public init(_ options: Options = Options()) throws(RecordingError) {
        self.options = options
        excluding = try ExcludePatterns(options.exclude)
        names = try ArtifactNames(lstripPaths: options.lstripPaths)
        if let path = options.basePath { try expectNoNUL(path) }
        let digests = DigestSet(options.digests)
        if options.normalizeLineEndings, digests.members.contains(where: \.isGitoid) {
            throw .gitoidOfNormalized
        }
        kind = KnownDigests.Kind(
            digests: digests, normalizesLineEndings: options.normalizeLineEndings)
    }

    /// What a recording gave.
    public struct Recording: Sendable {
        public let artifacts: Artifacts
        /// Paths that were asked for or met and do not exist or are no regular files.
        public let skipped: [SkippedPath]
        /// For ``record(_:known:keepingDigests:)``, later; empty unless digests are kept.
        public let known: KnownDigests
    }

    /// Records the files of `paths` and below them.
    ///
    /// - Parameters:
    ///   - paths: files and folders, with `file:` or `dir:` before them or not.
    ///   - known: digests to take over for files that were not touched since; with `nil` all
    ///     files are read.
    ///   - keepingDigests: whether a later recording may take digests over from this one.
    /// - Throws: ``RecordingError``.
    public func record(
        _ paths: [String], known: KnownDigests? = nil, keepingDigests: Bool = true
    ) throws(RecordingError) -> Recording {
        var kept = KnownDigests(kind, marginSeconds: options.marginSeconds)
        let lists = try self.lists(of: paths)
        let count = ProgressCount(
            totalFiles: lists.reduce(0) { $0 + $1.files.entries.count }, options.onProgress)
        let hashing = HashingPass.Options(
            kind: kind, threads: options.threads ?? ArtifactRecorder.processors,
            known: known?.kind == kind ? known : nil, keepsDigests: keepingDigests,
            onProgress: { count.add(files: $0, bytes: $1) })
        var making = ArtifactMaking(kind.digests)
        var skipped: [SkippedPath] = []
        for list in lists {
            let base = try OpenFolder(list.folder)
            let pass = HashingPass(list.files, base: base.descriptor, options: hashing)
            try pass.run()
            pass.addDigests(to: &kept)
            skipped += list.files.skipped
            if let name = list.name {
                try making.add(folder: list.folder, as: name, list.files, pass)
            } else {
                try making.add(list.files, pass)
            }
        }
        return Recording(artifacts: try making.finish(), skipped: skipped, known: kept)
    }

    // MARK: what there is

    /// The files of a folder, named and sorted.
    private struct FolderList {
        /// The folder that the paths of the files start from.
        let folder: String
        /// The name of the artifact if the folder as a whole is one.
        var name: UTF8Text?
        let files: FileList
    }

    /// One list of all that stand for themselves, and one for each folder that is an artifact.
    private func lists(of paths: [String]) throws(RecordingError) -> [FolderList] {
        var folders: [FolderList] = []
        var single: [String] = []
        for path in paths {
            try expectNoNUL(path)
            if path.utf8.starts(with: "dir:".utf8) {
                folders.append(try folderList(String(path.dropFirst("dir:".count)), path))
            } else if path.utf8.starts(with: "ostree:".utf8) {
                throw .unsupportedScheme(path: path)
            } else {
                single.append(path)
            }
        }
        guard !single.isEmpty else { return folders }
        let folder = options.basePath.flatMap { $0.isEmpty ? nil : $0 } ?? "."
        let base = try OpenFolder(folder)
        var walk = try TreeWalk(
            base: base.descriptor, excluding: excluding, followsLinks: options.followSymlinkDirs)
        for path in single {
            let scheme = path.utf8.starts(with: "file:".utf8) ? "file:" : ""
            let start = walk.files.entries.count
            try walk.add(normalizedPath(path.utf8.dropFirst(scheme.utf8.count)))
            names.name(&walk.files, from: start, scheme: scheme)
        }
        var files = walk.files
        try names.sort(&files)
        try ArtifactNames.checkUTF8(files)
        return [FolderList(folder: folder, files: files)] + folders
    }

    private func folderList(
        _ folder: String, _ path: String
    ) throws(RecordingError) -> FolderList {
        var status = stat()
        guard !folder.isEmpty, stat(folder, &status) == 0,
            status.st_mode & UInt32(S_IFMT) == UInt32(S_IFDIR)
        else { throw .notAFolder(path: path) }
        let base = try OpenFolder(folder)
        var walk = try TreeWalk(
            base: base.descriptor, excluding: excluding, followsLinks: options.followSymlinkDirs)
        try walk.add(Array(".".utf8))
        let plain = try ArtifactNames(lstripPaths: [])
        plain.name(&walk.files, from: 0, scheme: "")
        var files = walk.files
        try plain.sort(&files)
        try ArtifactNames.checkUTF8(files)
        return FolderList(folder: folder, name: names.name(ofFolder: folder), files: files)
    }

    private static var processors: Int { max(1, min(16, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}

/// A folder that is open for as long as this lives.
struct OpenFolder: ~Copyable {
    let descriptor: Int32

    /// - Throws: `.unreadable`.
    init(_ path: String) throws(RecordingError) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, .latest) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}

/// - Throws: `.containsNUL`.
func expectNoNUL(_ text: String) throws(RecordingError) {
    if text.utf8.contains(0) { throw .containsNUL(text) }
}
