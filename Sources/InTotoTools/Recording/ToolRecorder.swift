// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoRecording
import MetadataSigning

/// Records artifacts under the names and digests of python's `record_artifacts_as_dict`: paths of
/// files and folders, and the URIs `file:`, `dir:` and `ostree:` (ITE-4).
struct ToolRecorder {
    struct Options: Sendable {
        /// In place of in-toto's own, if there are any.
        var exclude: [String]?
        var basePath: String?
        var lstripPaths: [String] = []
        var followsLinksToFolders = true
    }

    private let options: Options
    private let log: ToolLog

    init(_ options: Options, log: ToolLog) {
        self.options = options
        self.log = log
    }

    /// Artifacts, and what is known of them for a later recording.
    struct Recording {
        var artifacts = Artifacts()
        var known: KnownDigests?
    }

    /// - Parameter known: digests of files that provably were not touched since.
    /// - Throws: `PrefixError`, `ValueError`, one of the kinds of `OSError`, `Refused`.
    func record(
        _ paths: [String]?, known: KnownDigests? = nil
    ) throws(ToolError) -> Recording {
        guard let paths, !paths.isEmpty else { return Recording(known: known) }
        let folders = paths.filter { $0.hasPrefix("dir:") }
        let commits = paths.filter { $0.hasPrefix("ostree:") }
        let files = paths.filter { !$0.hasPrefix("dir:") && !$0.hasPrefix("ostree:") }
        var artifacts: [UTF8Text: Artifact] = [:]
        var known = known
        let recording = try recorded(files, options, known: known)
        known = recording.known
        if folders.isEmpty, commits.isEmpty {
            return Recording(artifacts: recording.artifacts, known: known)
        }
        for artifact in recording.artifacts { artifacts[artifact.name] = artifact }
        for path in folders {
            let artifact = try folder(path)
            if !options.lstripPaths.isEmpty, artifacts[artifact.name] != nil {
                throw ToolError(
                    .prefixError,
                    "Prefix selection has resulted in non unique dictionary key "
                        + "'\(artifact.name)'")
            }
            artifacts[artifact.name] = artifact
        }
        for path in commits { artifacts[UTF8Text(path)] = try commit(path) }
        return Recording(artifacts: Artifacts(Array(artifacts.values)), known: known)
    }

    private func recorded(
        _ paths: [String], _ options: Options, known: KnownDigests?
    ) throws(ToolError) -> ArtifactRecorder.Recording {
        var settings = ArtifactRecorder.Options()
        settings.basePath = options.basePath
        settings.lstripPaths = options.lstripPaths
        settings.followSymlinkDirs = options.followsLinksToFolders
        if let exclude = options.exclude, !exclude.isEmpty { settings.exclude = exclude }
        do throws(RecordingError) {
            let recording = try ArtifactRecorder(settings).record(paths, known: known)
            for path in recording.skipped { log.info("not recorded: \(path)") }
            return recording
        } catch {
            throw ToolError(recording: error)
        }
    }

    /// A folder as one artifact: the SHA-256 of the list that `sha256sum` would print of its files.
    private func folder(_ uri: String) throws(ToolError) -> Artifact {
        let path = String(uri.dropFirst("dir:".count))
        guard ToolFile.isFolder(path) else {
            throw ToolError(.valueError, "path '\(path)' is not a directory")
        }
        var inside = options
        inside.basePath = path
        inside.lstripPaths = []
        let files = try recorded(["."], inside, known: nil).artifacts
        let list = files.map { "\($0.sha256 ?? "")  \($0.name)\n" }.joined()
        var name = path.replacing("\\", with: "/")
        if let prefix = options.lstripPaths.first(where: { name.utf8.starts(with: $0.utf8) }) {
            name = String(decoding: name.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
        }
        return artifact("dir:\(name)", DigestAlgorithm.sha256.hexDigest(of: Array(list.utf8)))
    }

    /// A branch of an OSTree repository: the SHA-256 of its commit.
    private func commit(_ uri: String) throws(ToolError) -> Artifact {
        let base = options.basePath ?? ""
        let branch = String(uri.dropFirst("ostree:".count))
        let reference = try ToolFile.read(ToolFile.joined(base, "refs/heads/\(branch)"))
        let digits = String(decoding: reference, as: UTF8.self).split(separator: "\n").first ?? ""
        let file = "objects/\(digits.prefix(2))/\(digits.dropFirst(2)).commit"
        let bytes = try ToolFile.read(ToolFile.joined(base, file))
        return artifact(uri, DigestAlgorithm.sha256.hexDigest(of: bytes))
    }

    private func artifact(_ name: String, _ hex: String) -> Artifact {
        Artifact(
            name: UTF8Text(name), digests: [.init(algorithm: "sha256", hex: UTF8Text(hex))])
    }

}
