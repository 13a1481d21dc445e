// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning
package import RepositoryStorage
import TUFClient
import TUFMetadata

/// Removes from a mirror what no state refers to that a client may still be at: the current one,
/// the one before it, and those that were current within a grace period. Roots stay, all of them.
package struct MirrorPruning: Sendable {
    package struct Removal: Sendable, Equatable {
        package let name: UTF8Text
        package let bytes: Int
    }

    /// What came of it.
    package struct Outcome: Sendable, Equatable {
        /// In the order in which they go: what refers before what is referred to.
        package let removals: [Removal]
        /// Versions of the snapshots that are kept with all their files.
        package let snapshots: [Int]
        /// Files that nothing refers to and that are not old enough.
        package let young: Int

        package var bytes: Int { removals.reduce(0) { $0 + $1.bytes } }
    }

    private let store: any RepositoryStore
    private let graceDays: Int
    private let now: Instant

    /// Files that a synchronization has just received are referred to by nothing yet.
    private static let youngSeconds = 3600
    private static let portion = 1000

    package init(_ store: any RepositoryStore, graceDays: Int, now: Instant) {
        self.store = store
        self.graceDays = graceDays
        self.now = now
    }

    /// - Parameter isDry: says what would be removed, and removes nothing.
    /// - Throws: ``MirrorError``; `.update` or `.damaged` if the current state does not hold: then
    ///   nobody can say what it refers to, and nothing is removed.
    package func run(
        _ pin: MirrorPin = .destination, isDry: Bool
    ) async throws(MirrorError) -> Outcome {
        let published = try await PublishedState(pin, store, MirrorOptions().limits)
        guard published.state.root.document.consistentSnapshot else {
            throw .notConsistent(place: store.place)
        }
        let begin = now.adding(days: -max(0, min(graceDays, 36500)))
        let kept = try await KeptNames(published, since: begin)
        let versions = MirrorPruning.versions(published.state.snapshot.document)
        let oldest = min(begin.seconds, now.seconds - MirrorPruning.youngSeconds)
        var removals: [Removal] = []
        var young = 0
        for folder in ["metadata/", "targets/"] as [UTF8Text] {
            try await storing { () throws(RepositoryStoreError) in
                try await store.list(folder) { entries throws(RepositoryStoreError) in
                    for entry in entries
                    where !kept.contains(entry.name) && isOurs(entry.name, versions) {
                        if entry.seconds <= oldest {
                            removals.append(Removal(name: entry.name, bytes: entry.length))
                        } else {
                            young += 1
                        }
                    }
                    return true
                }
            }
        }
        // The folder `metadata/` was listed first; snapshots refer to the rest of it.
        removals =
            removals.filter { isSnapshot($0.name) } + removals.filter { !isSnapshot($0.name) }
        let outcome = Outcome(removals: removals, snapshots: kept.snapshots, young: young)
        guard !isDry else { return outcome }
        for start in stride(from: 0, to: removals.count, by: MirrorPruning.portion) {
            let end = min(start + MirrorPruning.portion, removals.count)
            try await storing { () throws(RepositoryStoreError) in
                try await store.remove(removals[start..<end].map(\.name))
            }
        }
        return outcome
    }

    private func isSnapshot(_ name: UTF8Text) -> Bool {
        name.utf8.suffix(14).elementsEqual(".snapshot.json".utf8)
    }

    /// Whether it is named like an old file of a repository with consistent snapshots. What is not
    /// belongs to somebody else; what is of a later version may be on its way to be published.
    private func isOurs(_ name: UTF8Text, _ versions: [UTF8Text: Int]) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"))
        guard let last = parts.last else { return false }
        if parts[0].elementsEqual("targets".utf8) {
            let digits = last.prefix { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
            return DigestAlgorithm.allCases.contains { $0.byteCount * 2 == digits.count }
                && last.dropFirst(digits.count).first == UInt8(ascii: ".")
        }
        let digits = last.prefix { (0x30...0x39).contains($0) }
        let rest = last.dropFirst(digits.count)
        guard parts.count == 2, rest.first == UInt8(ascii: "."),
            rest.suffix(5).elementsEqual(".json".utf8), rest.count > 6,
            let version = Int(String(Substring(digits)))
        else { return false }
        let role = UTF8Text(String(Substring(rest.dropFirst().dropLast(5))))
        if role == RoleName.root.text { return false }
        return versions[role].map { version < $0 } ?? true
    }

    /// The current version of each role, by its name as part of a file name.
    private static func versions(_ snapshot: Snapshot) -> [UTF8Text: Int] {
        var versions: [UTF8Text: Int] = [RoleName.snapshot.text: snapshot.version]
        for (file, entry) in snapshot.files where file.utf8.suffix(5).elementsEqual(".json".utf8) {
            let role = RoleName(UTF8Text(String(Substring(file.utf8.dropLast(5)))))
            versions[UTF8Text(role.encoded)] = entry.version
        }
        return versions
    }
}
