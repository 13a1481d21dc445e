// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
public import InTotoMetadata

/// Records files as materials or products: their names and SHA-256 digests.
///
/// What is recorded, and under which name, is what Python's in-toto 3.1.0 records. A path to a
/// file stands for itself, one to a folder for all regular files below it. Names are the paths
/// as `os.path.normpath` makes them, with `/` for `\`. Symbolic links to files are followed.
/// Missing paths, broken links, pipes, sockets and devices are passed over, and told.
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

    /// - Throws: ``RecordingError``: `.excludePattern`, `.overlappingPrefixes`, `.containsNUL`.
    public init(_ options: Options = Options()) throws(RecordingError) {
        self.options = options
        excluding = try ExcludePatterns(options.exclude)
        names = try ArtifactNames(lstripPaths: options.lstripPaths)
        if let path = options.basePath { try expectNoNUL(path) }
    }

    /// What a recording gave.
    public struct Recording: Sendable {
        public let artifacts: Artifacts
        /// Paths that were asked for or met and do not exist or are no regular files.
        public let skipped: [SkippedPath]
        /// For ``record(_:known:)`` of the same options, later.
        public let known: KnownDigests
    }

    /// Records the files of `paths` and below them.
    ///
    /// - Parameters:
    ///   - paths: files and folders, `file:` before them or not.
    ///   - known: digests to take over for files that were not touched since; with `nil` all
    ///     files are read.
    /// - Throws: ``RecordingError``.
    public func record(
        _ paths: [String], known: KnownDigests? = nil
    ) throws(RecordingError) -> Recording {
        var digests = KnownDigests(marginSeconds: options.marginSeconds)
        if paths.isEmpty {
            return Recording(artifacts: Artifacts(), skipped: [], known: digests)
        }
        let folder = options.basePath.flatMap { $0.isEmpty ? nil : $0 } ?? "."
        let base = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard base >= 0 else { throw .unreadable(path: folder, .latest) }
        defer { close(base) }
        let files = try list(paths, base)
        var recorded: [UTF8Text] = []
        recorded.reserveCapacity(files.entries.count)
        for entry in files.entries { recorded.append(try ArtifactNames.text(of: entry, in: files)) }
        let pass = HashingPass(
            files, base: base,
            options: HashingPass.Options(
                normalizesLineEndings: options.normalizeLineEndings,
                threads: options.threads ?? ArtifactRecorder.processors,
                known: known, onProgress: options.onProgress))
        try pass.run()
        let artifacts = recorded.enumerated().map { index, name in
            let hex = UTF8Text(pass.digest(index).hex)
            return Artifact(name: name, digests: [.init(algorithm: "sha256", hex: hex)])
        }
        pass.addDigests(to: &digests)
        return Recording(
            artifacts: Artifacts(artifacts), skipped: files.skipped, known: digests)
    }

    /// The files of `paths`, named and sorted.
    private func list(_ paths: [String], _ base: Int32) throws(RecordingError) -> FileList {
        var walk = try TreeWalk(
            base: base, excluding: excluding, followsLinks: options.followSymlinkDirs)
        for path in paths {
            try expectNoNUL(path)
            var rest = path.utf8[...]
            var scheme = ""
            if rest.starts(with: "file:".utf8) {
                scheme = "file:"
                rest = rest.dropFirst(scheme.utf8.count)
            } else if rest.starts(with: "dir:".utf8) || rest.starts(with: "ostree:".utf8) {
                throw .unsupportedScheme(path: path)
            }
            let start = walk.files.entries.count
            try walk.add(normalizedPath(rest))
            names.name(&walk.files, from: start, scheme: scheme)
        }
        var files = walk.files
        try names.sort(&files)
        return files
    }

    private static var processors: Int { max(1, min(16, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}

/// - Throws: `.containsNUL`.
func expectNoNUL(_ text: String) throws(RecordingError) {
    if text.utf8.contains(0) { throw .containsNUL(text) }
}
