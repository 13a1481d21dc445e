// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
package import MetadataSigning
package import TUFMetadata

/// Which files of a repository nobody may ask for any more, and that have been there for longer
/// than a grace period.
///
/// Kept are, whatever their age: all roots; what the current state refers to and what the one
/// before does; what the states before those refer to that were current within the grace period;
/// files of a later version than the current one; and all that is not named like a file of a
/// repository with consistent snapshots.
public struct PrunePlan: Sendable, Equatable {
    /// One file to remove.
    public struct Removal: Sendable, Equatable {
        /// Path below the repository, such as `metadata/3.releases.json`.
        public let path: UTF8Text
        public let bytes: Int
    }

    /// In the order in which they go: what refers before what is referred to, so that after any
    /// number of them a state is there with all its files, or not at all.
    public let removals: [Removal]
    /// Versions of the snapshots that stay with all their files, lowest first.
    public let snapshots: [Int]
    /// Files that nothing refers to and that are not old enough.
    public let young: Int

    /// Bytes of all files to remove.
    public var bytes: Int { removals.reduce(0) { $0 + $1.bytes } }

    /// - Parameters:
    ///   - current: the current snapshot, verified.
    ///   - graceDays: a state may be asked for so long after it was followed by another.
    ///   - read: gives a metadata file by its name; `nil` if it cannot be read, then no client can
    ///     use what refers to it either.
    package init(
        _ files: ListedFiles, current: Snapshot, graceDays: Int, now: Instant,
        read: (String) -> [UInt8]?
    ) {
        let begin = now.adding(days: -max(0, min(graceDays, 36500)))
        let names = files.metadata.map { (file: $0, name: MetadataName($0.name)) }
        snapshots = PrunePlan.kept(names, current.version, since: begin)
        var used = Used()
        for version in snapshots {
            let snapshot =
                version == current.version
                ? current : PrunePlan.document(version, of: .snapshot, read, Snapshot.init)
            if let snapshot { used.add(snapshot, read) }
        }
        var metadata: [(name: MetadataName, file: ListedFile)] = []
        var young = 0
        for (file, name) in names {
            guard let name, let version = name.version, !used.metadata.contains(file.name),
                PrunePlan.isPast(name, version, current),
                name.role != PrunePlan.snapshotRole || !snapshots.contains(version)
            else { continue }
            if file.modified <= begin { metadata.append((name, file)) } else { young += 1 }
        }
        var targets: [ListedFile] = []
        for file in files.targets
        where PrunePlan.isHashed(file.name) && !used.targets.contains(file.name) {
            if file.modified <= begin { targets.append(file) } else { young += 1 }
        }
        func rank(_ name: MetadataName) -> (Int, Int) {
            (name.role == PrunePlan.snapshotRole ? 0 : 1, name.version ?? 0)
        }
        // What refers first; the files of one rank are in the order of their names already.
        let ordered = metadata.enumerated().sorted {
            let (left, right) = (rank($0.element.name), rank($1.element.name))
            return (left.0, left.1, $0.offset) < (right.0, right.1, $1.offset)
        }
        removals =
            ordered.map { Removal(path: "metadata/", $0.element.file) }
            + targets.map { Removal(path: "targets/", $0) }
        self.young = young
    }

    private static let snapshotRole = RoleName.snapshot.text

    /// The snapshots that somebody may still hold a timestamp for. One was current until the next
    /// was written.
    private static func kept(
        _ names: [(file: ListedFile, name: MetadataName?)], _ current: Int, since begin: Instant
    ) -> [Int] {
        var written: [(version: Int, at: Instant)] = []
        for (file, name) in names {
            guard let name, name.role == snapshotRole, let version = name.version else { continue }
            written.append((version, file.modified))
        }
        written.sort { $0.version < $1.version }
        let previous = written.last { $0.version < current }?.version
        var kept: [Int] = []
        for (place, (version, _)) in written.enumerated() {
            let isLast = place + 1 == written.count
            let followed = isLast ? nil : written[place + 1].at
            if version >= current || version == previous || followed.map({ $0 > begin }) ?? true {
                kept.append(version)
            }
        }
        return kept.contains(current) ? kept : (kept + [current]).sorted()
    }

    /// Whether a file is of an earlier version than the current one: what comes later may be on
    /// its way to be published.
    private static func isPast(
        _ name: MetadataName, _ version: Int, _ current: Snapshot
    ) -> Bool {
        if name.role == RoleName.root.text || name.role == RoleName.timestamp.text { return false }
        if name.role == snapshotRole { return version < current.version }
        guard let role = decoded(name.role) else { return false }
        return current[role].map { version < $0.version } ?? true
    }

    /// The role of a file name.
    private static func decoded(_ encoded: UTF8Text) -> RoleName? {
        let role = percentDecoded(Substring(encoded.string)).map { RoleName(UTF8Text($0)) }
        // Another spelling is no file of ours.
        guard let role, UTF8Text(role.encoded) == encoded else { return nil }
        return role
    }

    /// Whether a digest stands before the name, as consistent snapshots have it.
    private static func isHashed(_ path: UTF8Text) -> Bool {
        guard let name = path.utf8.split(separator: UInt8(ascii: "/")).last else { return false }
        let digits = name.prefix { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        let rest = name.dropFirst(digits.count)
        return DigestAlgorithm.allCases.contains { $0.byteCount * 2 == digits.count }
            && rest.first == UInt8(ascii: ".") && rest.count > 1
    }

    fileprivate static func document<Document>(
        _ version: Int, of role: RoleName, _ read: (String) -> [UInt8]?,
        _ decode: (JSONValue) throws(JSONError) -> Document
    ) -> Document? {
        guard let bytes = read(role.fileName(version: version)),
            let file = try? SignedFile(bytes)
        else { return nil }
        return try? decode(file.signed)
    }
}

extension PrunePlan.Removal {
    fileprivate init(path folder: String, _ file: ListedFile) {
        self.init(path: UTF8Text("\(folder)\(file.name)"), bytes: file.bytes)
    }
}

/// The names of all files that some state refers to.
private struct Used {
    var metadata: Set<UTF8Text> = []
    var targets: Set<UTF8Text> = []

    mutating func add(_ snapshot: Snapshot, _ read: (String) -> [UInt8]?) {
        for (name, file) in snapshot.files {
            guard let role = RoleName(listedAs: name),
                metadata.insert(UTF8Text(role.fileName(version: file.version))).inserted,
                let targets = PrunePlan.document(file.version, of: role, read, Targets.init)
            else { continue }
            for file in targets.files {
                for digest in file.hashes.values {
                    self.targets.insert(UTF8Text(file.path.path(withHash: digest)))
                }
            }
        }
    }
}
