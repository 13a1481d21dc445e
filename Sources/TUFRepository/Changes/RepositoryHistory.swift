// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
package import MetadataSigning
package import TUFMetadata

/// Reads the metadata files of a repository and says which there are.
package protocol MetadataLister: MetadataReader {
    /// File names in `metadata/`, in any order; what is no metadata among them is passed over.
    func metadataFileNames() throws(RepositoryError) -> [String]
}

/// What of a repository's past lies on disk: the chain of roots, and the versions of the targets
/// roles that were not pruned.
package struct RepositoryHistory: Sendable {
    private let reader: any MetadataLister
    private let roots: RootChain
    /// Versions and file names of each targets role and of snapshot, oldest first.
    private let files: [RoleName: [(version: Int, name: String)]]
    private let delegations: KnownDelegations

    /// Looks through the whole repository once.
    ///
    /// - Throws: ``RepositoryError/missing(file:)`` if there is no root at all; what the reader
    ///   throws. A file that cannot be read is told in its entry.
    package init(reading reader: any MetadataLister) throws(RepositoryError) {
        self.reader = reader
        let names = try reader.metadataFileNames()
        let versioned = RepositoryHistory.versioned(names)
        roots = try RootChain(versioned[.root] ?? [], reader)
        var files = versioned.filter { !($0.key == .root || $0.key == .timestamp) }
        if roots.newest?.consistentSnapshot == false {
            files = try RepositoryHistory.unversioned(names, reader)
        }
        self.files = files
        delegations = try KnownDelegations(
            files.filter { $0.key != .snapshot }.values.joined().map(\.name), reader)
    }

    /// Roots that could be read, oldest first.
    package var readableRoots: [Root] { roots.links.compactMap(\.root) }

    /// Versions of snapshot that are kept, oldest first.
    package var snapshotVersions: [Int] { (files[.snapshot] ?? []).map(\.version) }

    /// Everything that is known, newest first.
    ///
    /// Versions of one role stand in their order. Between roles the date decides where there is
    /// one; a version without a date goes with the next newer one of its role.
    ///
    /// - Parameter roles: those wanted; `nil` for all.
    package func entries(
        of roles: Set<RoleName>? = nil, at now: Instant, listing: Int = 10
    ) throws(RepositoryError) -> [HistoryEntry] {
        var lists: [[HistoryEntry]] = []
        if roles?.contains(.root) ?? true {
            lists.append(roots.entries(at: now, listing: listing))
        }
        let delegated = files.keys.filter { $0 != .snapshot && $0 != .targets }.sorted()
        for role in [RoleName.targets] + delegated where roles?.contains(role) ?? true {
            lists.append(try entries(of: role, at: now, listing: listing))
        }
        return RepositoryHistory.merged(lists)
    }

    private func entries(
        of role: RoleName, at now: Instant, listing: Int
    ) throws(RepositoryError) -> [HistoryEntry] {
        var entries: [HistoryEntry] = []
        var last: (version: Int, value: JSONValue)?
        var previous = 0
        let authorities =
            role == .targets
            ? roots.authorities(of: .targets) : delegations.authorities(of: role)
        for file in files[role] ?? [] {
            let bytes = try reader.read(metadata: file.name) ?? []
            let reading = FileReading(bytes, version: file.version, authorities, Targets.init)
            entries.append(
                reading.entry(
                    of: role, file.version, file.name, after: previous, since: last, at: now,
                    listing: listing))
            previous = file.version
            if let value = reading.value { last = (file.version, value) }
        }
        return entries
    }

    /// The whole state at a version of snapshot.
    ///
    /// - Throws: ``RepositoryError/missing(file:)``, ``RepositoryError/invalid(file:_:)`` if no
    ///   root's keys signed that snapshot.
    package func contents(
        atSnapshot version: Int, atMost limit: Int = 200_000
    ) throws(RepositoryError) -> RepositoryContents {
        let name =
            files[.snapshot]?.first { $0.version == version }?.name
            ?? RoleName.snapshot.fileName(version: version)
        guard let bytes = try reader.read(metadata: name) else { throw .missing(file: name) }
        var failure = SigningError.malformed(.truncated)
        for root in readableRoots.reversed() {
            do throws(SigningError) {
                let snapshot = try SignedFile(bytes)
                    .verified(by: root.authority(of: .snapshot), decoding: Snapshot.init).document
                guard snapshot.version == version else {
                    throw .malformed(
                        .mismatch(
                            path: "signed.version", found: "\(snapshot.version)",
                            expected: "\(version)"))
                }
                return RepositoryContents(
                    reading: reader, root: root, snapshot: snapshot, atMost: limit)
            } catch {
                failure = error
            }
        }
        throw .invalid(file: name, failure)
    }

    // MARK: file names

    /// `3.releases.json` by role, oldest first.
    private static func versioned(
        _ names: [String]
    ) -> [RoleName: [(version: Int, name: String)]] {
        var result: [RoleName: [(version: Int, name: String)]] = [:]
        for name in names {
            let bytes = Array(name.utf8)
            guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")),
                let version = Int(String(decoding: bytes[..<dot], as: UTF8.self)), version > 0,
                let role = role(fileName: bytes[(dot + 1)...]),
                UTF8Text(role.fileName(version: version)) == UTF8Text(name)
            else { continue }
            result[role, default: []].append((version, name))
        }
        return result.mapValues { $0.sorted { $0.version < $1.version } }
    }

    /// `releases.json` by role, at the version that the file says.
    private static func unversioned(
        _ names: [String], _ reader: any MetadataLister
    ) throws(RepositoryError) -> [RoleName: [(version: Int, name: String)]] {
        var result: [RoleName: [(version: Int, name: String)]] = [:]
        for name in names {
            guard let role = role(fileName: Array(name.utf8)[...]),
                UTF8Text(role.fileName()) == UTF8Text(name),
                role.isFitForDelegation
                    || role == .targets || role == .snapshot,
                let bytes = try reader.read(metadata: name)
            else { continue }
            let version = try? SignedFile(bytes).signed["version"]?.integer()
            result[role] = [(version ?? 1, name)]
        }
        return result
    }

    /// The role of `releases.json`, percent-encoding undone.
    private static func role(fileName: ArraySlice<UInt8>) -> RoleName? {
        let end = Array(".json".utf8)
        guard fileName.count > end.count, fileName.suffix(end.count).elementsEqual(end) else {
            return nil
        }
        var bytes: [UInt8] = []
        var rest = fileName.dropLast(end.count)
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return UTF8Text(validating: bytes).map(RoleName.init)
    }

    /// Lists that are newest first each, made into one.
    private static func merged(_ lists: [[HistoryEntry]]) -> [HistoryEntry] {
        var keyed: [(moment: Int, list: Int, entry: HistoryEntry)] = []
        for (number, list) in lists.enumerated() {
            var moment = Int.max
            for entry in list.reversed() {
                // A date after that of a newer version comes of a wrong clock.
                moment = min(moment, entry.date?.seconds ?? moment)
                keyed.append((moment, number, entry))
            }
        }
        return keyed.enumerated().sorted { left, right in
            let (first, second) = (left.element, right.element)
            if first.moment != second.moment { return first.moment > second.moment }
            return (first.list, left.offset) < (second.list, right.offset)
        }.map(\.element.entry)
    }
}
