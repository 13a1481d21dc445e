// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// The names of all files that the states of a mirror refer to, the current one and those before
/// it that clients may still be at.
struct KeptNames: Sendable {
    /// By their hashes alone: of two names with one hash a file stays that need not.
    private var hashes: Set<Int> = []
    /// Versions of the snapshots that are kept, lowest first.
    let snapshots: [Int]

    func contains(_ name: UTF8Text) -> Bool { hashes.contains(name.hashValue) }

    /// - Parameter begin: a state that was current after this moment is kept.
    /// - Throws: ``MirrorError/damaged(file:)`` if a role of the current state cannot be read:
    ///   then nobody can say what it refers to.
    init(_ published: PublishedState, since begin: Instant) async throws(MirrorError) {
        let store = published.base.store
        let current = published.state.snapshot.document
        snapshots = try await KeptNames.snapshots(store, current.version, since: begin)
        for version in snapshots.reversed() {
            let name = UTF8Text("metadata/\(RoleName.snapshot.fileName(version: version))")
            hashes.insert(name.hashValue)
            let isCurrent = version == current.version
            let snapshot =
                isCurrent ? current : try await KeptNames.document(name, store, Snapshot.init)
            guard let snapshot else { continue }
            for (listed, file) in snapshot.files {
                try await add(listed, file, store, isCurrent: isCurrent)
            }
        }
    }

    private mutating func add(
        _ listed: UTF8Text, _ file: MetaFile, _ store: any RepositoryStore, isCurrent: Bool
    ) async throws(MirrorError) {
        guard listed.utf8.suffix(5).elementsEqual(".json".utf8) else {
            // A rotation (TAP 8) lies under its own name, the role in it percent-encoded.
            return
        }
        let role = RoleName(UTF8Text(String(Substring(listed.utf8.dropLast(5)))))
        let name = UTF8Text("metadata/\(role.fileName(version: file.version))")
        guard hashes.insert(name.hashValue).inserted else { return }
        let targets = try await KeptNames.document(name, store, Targets.init)
        guard let targets else {
            let isThere = try await storing { () throws(RepositoryStoreError) in
                try await store.find(name) != nil
            }
            // A role that nobody delegates to is listed and not mirrored.
            if isCurrent && isThere { throw .damaged(file: name.string) }
            return
        }
        for file in targets.files {
            for digest in file.hashes.values {
                hashes.insert(UTF8Text("targets/\(file.path.path(withHash: digest))").hashValue)
            }
        }
    }

    /// The snapshots that somebody may still hold a timestamp for. One was current until the next
    /// was written.
    private static func snapshots(
        _ store: any RepositoryStore, _ current: Int, since begin: Instant
    ) async throws(MirrorError) -> [Int] {
        var written: [(version: Int, at: Int)] = []
        try await storing { () throws(RepositoryStoreError) in
            try await store.list("metadata/") { entries throws(RepositoryStoreError) in
                for entry in entries {
                    if let version = version(entry.name) {
                        written.append((version, entry.seconds))
                    }
                }
                return true
            }
        }
        written.sort { $0.version < $1.version }
        let previous = written.last { $0.version < current }?.version
        var kept: Set<Int> = [current]
        for (place, (version, _)) in written.enumerated() {
            let followed = place + 1 < written.count ? written[place + 1].at : Int.max
            if version >= current || version == previous || followed > begin.seconds {
                kept.insert(version)
            }
        }
        return kept.sorted()
    }

    private static func version(_ name: UTF8Text) -> Int? {
        let parts = name.utf8.dropFirst("metadata/".utf8.count)
        let digits = parts.prefix { (0x30...0x39).contains($0) }
        guard parts.dropFirst(digits.count).elementsEqual(".snapshot.json".utf8) else {
            return nil
        }
        return Int(String(Substring(digits)))
    }

    private static func document<Document>(
        _ name: UTF8Text, _ store: any RepositoryStore,
        _ decode: (JSONValue) throws(JSONError) -> Document
    ) async throws(MirrorError) -> Document? {
        let bytes = try await storing { () throws(RepositoryStoreError) in
            try await store.read(name, maximumBytes: ClientLimits().anyMetadataBytes)?.bytes
        }
        guard let bytes, let file = try? SignedFile(bytes) else { return nil }
        return try? decode(file.signed)
    }
}
