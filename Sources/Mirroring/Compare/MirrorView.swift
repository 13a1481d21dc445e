// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
package import TUFClient
package import TUFMetadata

/// What one place shows of a repository: the newest files of the top-level roles and all roots, as
/// received.
package struct MirrorView: Sendable {
    package let place: String
    /// By version.
    package let roots: [Int: [UInt8]]
    package let timestamp: Timestamp
    package let snapshot: Snapshot
    package let targets: Targets

    /// As received, by file name.
    package let files: [String: [UInt8]]

    /// Asks a place as a new client would, from the trusted root on. What has expired is taken as
    /// well: a place that is behind is to be seen as it is.
    package static func observe(
        _ source: MirrorSource, trusting root: [UInt8], _ limits: ClientLimits
    ) async throws(MirrorError) -> MirrorView {
        let seen = RecordingStore([.root: root])
        let updater = Updater(
            metadataURL: source.metadataURL, fetcher: source.fetcher, store: seen, limits: limits,
            now: .first)
        let state = try await updating { () throws(UpdateError) in try await updater.refresh() }
        return try MirrorView(
            place: source.place, roots: [root] + seen.roots, timestamp: state.timestamp.bytes,
            snapshot: state.snapshot.bytes, targets: state.targets.bytes)
    }

    /// - Throws: ``MirrorError/damaged(file:)`` for what is no metadata.
    package init(
        place: String, roots: [[UInt8]], timestamp: [UInt8], snapshot: [UInt8],
        targets: [UInt8]
    ) throws(MirrorError) {
        func decoded<Document>(
            _ bytes: [UInt8], _ file: String,
            _ decode: (JSONValue) throws(JSONError) -> Document
        ) throws(MirrorError) -> Document {
            guard let signed = try? SignedFile(bytes).signed, let document = try? decode(signed)
            else { throw .damaged(file: file) }
            return document
        }
        self.place = place
        self.timestamp = try decoded(timestamp, "timestamp.json", Timestamp.init)
        self.snapshot = try decoded(snapshot, "snapshot.json", Snapshot.init)
        self.targets = try decoded(targets, "targets.json", Targets.init)
        var byVersion: [Int: [UInt8]] = [:]
        for bytes in roots {
            byVersion[try decoded(bytes, "root.json", Root.init).version] = bytes
        }
        self.roots = byVersion
        var files: [String: [UInt8]] = [
            "timestamp.json": timestamp,
            RoleName.snapshot.fileName(version: self.snapshot.version): snapshot,
            RoleName.targets.fileName(version: self.targets.version): targets,
        ]
        for (version, bytes) in byVersion {
            files[RoleName.root.fileName(version: version)] = bytes
        }
        self.files = files
    }

    /// Version of the newest root.
    package var root: Int { roots.keys.max() ?? 0 }

    /// The newest root's file.
    package var rootFile: [UInt8] { roots[root] ?? [] }
}
