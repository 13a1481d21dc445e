// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import MetadataSigning
package import RepositoryStorage
import TUFClient
import TUFMetadata

/// A folder that keeps what comparisons saw: of each place its last view, of each split view both
/// files as received.
///
/// ```
/// places/<16 digits>/            the last view of a place; place.json says which
/// splits/<16 digits>/            split.json, one.json, other.json, root.json
/// ```
package struct EvidenceFolder: Sendable {
    package static let schema = "carnet/split-view/1"
    private let path: String
    private static let maximumBytes = 256 << 20

    package init(_ path: String) { self.path = path }

    private static func digits(_ text: String) -> String {
        String(DigestAlgorithm.sha256.hexDigest(of: Array(text.utf8)).prefix(16))
    }

    // MARK: views

    /// The last views of all places that were looked at; what cannot be read is left out.
    package func views() throws(StorageError) -> [MirrorView] {
        var views: [MirrorView] = []
        for name in try FileSystem.names(in: "\(path)/places") {
            let folder = "\(path)/places/\(name)"
            guard let place = try document("\(folder)/place.json")?["place"]?.text else {
                continue
            }
            var roots: [[UInt8]] = []
            var others: [String: [UInt8]] = [:]
            for file in try FileSystem.names(in: folder) {
                let bytes = try FileSystem.read(
                    "\(folder)/\(file)", maximumBytes: EvidenceFolder.maximumBytes)
                guard let bytes else { continue }
                if RepositoryDirectory.rootVersion(ofFile: file) != nil {
                    roots.append(bytes)
                } else {
                    others[file] = bytes
                }
            }
            guard let timestamp = others["timestamp.json"], let snapshot = others["snapshot.json"],
                let targets = others["targets.json"],
                let view = try? MirrorView(
                    place: place.string, roots: roots, timestamp: timestamp, snapshot: snapshot,
                    targets: targets)
            else { continue }
            views.append(view)
        }
        return views
    }

    /// Keeps what a place shows now; its earlier view goes.
    package func keep(_ view: MirrorView) throws(StorageError) {
        let folder = "\(path)/places/\(EvidenceFolder.digits(view.place))"
        try FileSystem.makeDirectory(folder, mode: 0o700)
        try FileSystem.write(
            (["place": .text(view.place)] as JSON).indentedBytes(), to: "\(folder)/place.json")
        for (version, bytes) in view.roots {
            try FileSystem.write(
                bytes, to: "\(folder)/\(RoleName.root.fileName(version: version))")
        }
        try FileSystem.write(view.targetsFile, to: "\(folder)/targets.json")
        try FileSystem.write(view.snapshotFile, to: "\(folder)/snapshot.json")
        try FileSystem.write(view.timestampFile, to: "\(folder)/timestamp.json")
    }

    // MARK: split views

    /// Keeps both files; one that is kept already is not kept twice.
    package func keep(_ split: SplitView) throws(StorageError) {
        let folder = "\(path)/splits/\(EvidenceFolder.digits(name(split)))"
        try FileSystem.makeDirectory(folder, mode: 0o700)
        try FileSystem.write(split.one.file, to: "\(folder)/one.json")
        try FileSystem.write(split.other.file, to: "\(folder)/other.json")
        try FileSystem.write(split.root, to: "\(folder)/root.json")
        try FileSystem.write(split.json.indentedBytes(), to: "\(folder)/split.json")
    }

    private func name(_ split: SplitView) -> String {
        let digests = [split.one.file, split.other.file].map {
            DigestAlgorithm.sha256.hexDigest(of: $0)
        }
        return ([split.kind.rawValue, "\(split.role)"] + digests).joined(separator: " ")
    }

    /// All that is kept, and whether both files still are what their keys signed.
    package func splits() throws(StorageError) -> [(split: SplitView, isProven: Bool)] {
        var splits: [(split: SplitView, isProven: Bool)] = []
        for name in try FileSystem.names(in: "\(path)/splits") {
            let folder = "\(path)/splits/\(name)"
            guard let json = try document("\(folder)/split.json"),
                let one = try FileSystem.read("\(folder)/one.json"),
                let other = try FileSystem.read("\(folder)/other.json"),
                let root = try FileSystem.read("\(folder)/root.json"),
                let split = SplitView(json, one, other, root)
            else { continue }
            splits.append((split, split.isProven))
        }
        return splits
    }

    private func document(_ file: String) throws(StorageError) -> JSON? {
        guard let bytes = try FileSystem.read(file, maximumBytes: 1 << 20) else { return nil }
        return try? JSONDocument(bytes).root.tree()
    }
}

extension SplitView {
    package var json: JSON {
        func side(_ side: Side) -> JSON {
            [
                "place": .text(side.place), "version": .integer(side.version),
                "sha256": .text(DigestAlgorithm.sha256.hexDigest(of: side.file)),
            ]
        }
        return [
            "schema": .text(EvidenceFolder.schema), "kind": .text(kind.rawValue),
            "role": .string(role.text), "one": side(one), "other": side(other),
        ]
    }

    init?(_ json: JSON, _ one: [UInt8], _ other: [UInt8], _ root: [UInt8]) {
        guard let kind = json["kind"]?.text.flatMap({ Kind(rawValue: $0.string) }),
            let role = json["role"]?.text, let mine = Side(json["one"], one),
            let theirs = Side(json["other"], other)
        else { return nil }
        self.init(kind: kind, role: RoleName(role), one: mine, other: theirs, root: root)
    }

    /// Whether both files differ and the keys of the root signed them: of a delegated role, the
    /// snapshots that list it.
    package var isProven: Bool {
        guard let root = try? RootState(trusting: root).root.document,
            let mine = try? SignedFile(one.file), let theirs = try? SignedFile(other.file),
            mine.signed.canonicalBytes() != theirs.signed.canonicalBytes()
        else { return false }
        if role == .root { return true }
        let vouching = [RoleName.timestamp, .targets].contains(role) ? role : .snapshot
        let authority = root.authority(of: vouching)
        return mine.count(by: authority).isMet && theirs.count(by: authority).isMet
    }
}

extension SplitView.Side {
    fileprivate init?(_ json: JSON?, _ file: [UInt8]) {
        guard let json, let place = json["place"]?.text, let version = json["version"]?.integer,
            let digest = json["sha256"]?.text,
            digest == UTF8Text(DigestAlgorithm.sha256.hexDigest(of: file))
        else { return nil }
        self.init(place: place.string, version: version, file: file)
    }
}
