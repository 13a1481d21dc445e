// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// What several places show of one repository, side by side; the first of them is the origin.
package struct Comparison: Sendable {
    /// A place that shows an earlier state than another one.
    package struct Lag: Sendable, Equatable {
        package let place: String
        /// Versions of timestamp and root there.
        package let timestamp: Int
        package let root: Int
        /// By so much earlier does its timestamp expire than the newest one.
        package let seconds: Int
    }

    package let splits: [SplitView]
    package let behind: [Lag]

    /// - Parameters:
    ///   - views: of the origin first.
    ///   - earlier: what the same places showed when they were looked at before.
    package init(_ views: [MirrorView], earlier: [MirrorView] = []) {
        var splits: [SplitView] = []
        for (place, one) in views.enumerated() {
            for other in views[..<place] { splits += Comparison.splits(one, other) }
            for before in earlier {
                splits += Comparison.splits(one, before)
                if before.place.utf8.elementsEqual(one.place.utf8) {
                    splits += Comparison.returns(one, before)
                }
            }
        }
        if let origin = views.first {
            for view in views.dropFirst() where view.root > origin.root {
                splits.append(
                    SplitView(
                        kind: .unknownRoot, role: .root,
                        one: .init(place: view.place, version: view.root, file: view.rootFile),
                        other: .init(
                            place: origin.place, version: origin.root, file: origin.rootFile),
                        root: origin.rootFile))
            }
        }
        var distinct: [SplitView] = []
        for split in splits where !distinct.contains(split) { distinct.append(split) }
        self.splits = distinct
        behind = Comparison.behind(views)
    }

    // MARK: two files under one version

    private static func splits(_ one: MirrorView, _ other: MirrorView) -> [SplitView] {
        var splits: [SplitView] = []
        func compare(_ role: RoleName, _ version: Int, _ mine: [UInt8], _ theirs: [UInt8]) {
            guard mine != theirs, signed(mine) != signed(theirs) else { return }
            splits.append(
                SplitView(
                    kind: .twoFiles, role: role,
                    one: .init(place: one.place, version: version, file: mine),
                    other: .init(place: other.place, version: version, file: theirs),
                    root: one.rootFile))
        }
        for version in Set(one.roots.keys).intersection(other.roots.keys).sorted() {
            compare(.root, version, one.roots[version] ?? [], other.roots[version] ?? [])
        }
        if one.timestamp.version == other.timestamp.version {
            compare(.timestamp, one.timestamp.version, one.timestampFile, other.timestampFile)
        }
        if one.snapshot.version == other.snapshot.version {
            compare(.snapshot, one.snapshot.version, one.snapshotFile, other.snapshotFile)
        } else {
            splits += listed(one, other)
        }
        if one.targets.version == other.targets.version {
            compare(.targets, one.targets.version, one.targetsFile, other.targetsFile)
        }
        splits += contradictions(one, other)
        return splits
    }

    /// What is signed, so that another signature of the same is no other file.
    private static func signed(_ bytes: [UInt8]) -> [UInt8]? {
        try? SignedFile(bytes).signed.canonicalBytes()
    }

    /// Roles that two snapshots list in one version with different digests.
    private static func listed(_ one: MirrorView, _ other: MirrorView) -> [SplitView] {
        var splits: [SplitView] = []
        for (name, file) in one.snapshot.files {
            let role = Comparison.role(name)
            guard let role, role != .targets, let theirs = other.snapshot[role],
                theirs.version == file.version,
                theirs.hashes.contains(where: { algorithm, digest in
                    file.hashes[algorithm].map { $0 != digest } ?? false
                })
            else { continue }
            // The snapshots are the proof: they list the role's files by their digests.
            splits.append(
                SplitView(
                    kind: .twoFiles, role: role,
                    one: .init(place: one.place, version: file.version, file: one.snapshotFile),
                    other: .init(
                        place: other.place, version: file.version, file: other.snapshotFile),
                    root: one.rootFile))
        }
        return splits
    }

    private static func role(_ name: UTF8Text) -> RoleName? {
        guard name.utf8.suffix(5).elementsEqual(".json".utf8) else { return nil }
        return RoleName(UTF8Text(String(Substring(name.utf8.dropLast(5)))))
    }

    // MARK: backwards

    /// A later timestamp must not lead to an earlier snapshot, nor that to an earlier role.
    private static func contradictions(_ one: MirrorView, _ other: MirrorView) -> [SplitView] {
        // Other online keys begin anew (TUF 1.0.34 §5.3.11).
        guard sameOnlineKeys(one, other) else { return [] }
        let (older, newer) =
            one.timestamp.version < other.timestamp.version ? (one, other) : (other, one)
        guard older.timestamp.version < newer.timestamp.version else { return [] }
        return lowered(newer, older)
    }

    /// What one place shows now against what it showed before.
    private static func returns(_ now: MirrorView, _ before: MirrorView) -> [SplitView] {
        if now.root < before.root {
            return [back(.root, now, now.root, now.rootFile, before, before.root, before.rootFile)]
        }
        guard sameOnlineKeys(now, before), now.timestamp.version < before.timestamp.version else {
            return []
        }
        return [
            back(
                .timestamp, now, now.timestamp.version, now.timestampFile, before,
                before.timestamp.version, before.timestampFile)
        ]
    }

    private static func lowered(_ newer: MirrorView, _ older: MirrorView) -> [SplitView] {
        if newer.snapshot.version < older.snapshot.version {
            return [
                back(
                    .snapshot, newer, newer.snapshot.version, newer.snapshotFile, older,
                    older.snapshot.version, older.snapshotFile)
            ]
        }
        switch newer.snapshot.regression(from: older.snapshot) {
        case .lowered(let name, let offered, let trusted)?:
            return [
                back(
                    role(name) ?? .snapshot, newer, offered, newer.snapshotFile, older, trusted,
                    older.snapshotFile)
            ]
        case .vanished(let name)?:
            return [
                back(
                    role(name) ?? .snapshot, newer, 0, newer.snapshotFile, older,
                    role(name).flatMap { older.snapshot[$0]?.version } ?? 0, older.snapshotFile)
            ]
        case nil: return []
        }
    }

    private static func back(
        _ role: RoleName, _ now: MirrorView, _ version: Int, _ file: [UInt8],
        _ before: MirrorView, _ trusted: Int, _ old: [UInt8]
    ) -> SplitView {
        SplitView(
            kind: .wentBack, role: role,
            one: .init(place: now.place, version: version, file: file),
            other: .init(place: before.place, version: trusted, file: old), root: now.rootFile)
    }

    private static func sameOnlineKeys(_ one: MirrorView, _ other: MirrorView) -> Bool {
        guard let mine = try? Root(SignedFile(one.rootFile).signed),
            let theirs = try? Root(SignedFile(other.rootFile).signed)
        else { return false }
        return [RoleName.timestamp, .snapshot].allSatisfy { role in
            Set(mine.authority(of: role).entries.map(\.key.material))
                == Set(theirs.authority(of: role).entries.map(\.key.material))
        }
    }

    // MARK: behind

    private static func behind(_ views: [MirrorView]) -> [Lag] {
        let newest = views.max { $0.timestamp.version < $1.timestamp.version }
        let root = views.map(\.root).max() ?? 0
        guard let newest else { return [] }
        return views.filter {
            $0.timestamp.version < newest.timestamp.version || $0.root < root
        }.map { view in
            Lag(
                place: view.place, timestamp: view.timestamp.version, root: view.root,
                seconds: max(
                    0, newest.timestamp.expires.seconds - view.timestamp.expires.seconds))
        }
    }
}

extension MirrorView {
    var timestampFile: [UInt8] { files["timestamp.json"] ?? [] }
    var snapshotFile: [UInt8] {
        files[RoleName.snapshot.fileName(version: snapshot.version)] ?? []
    }
    var targetsFile: [UInt8] {
        files[RoleName.targets.fileName(version: targets.version)] ?? []
    }
}
