// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning
package import RepositoryStorage
import TUFClient
import TUFMetadata

/// Reads everything that a mirror serves, and heals it from the source.
///
/// A damaged `timestamp.json` is not healed but replaced by the next synchronization: no source
/// has an old one.
package struct MirrorCheck: Sendable {
    package struct Outcome: Sendable, Equatable {
        /// By name.
        package let problems: [MirrorProblem]
        /// Files that no state of the mirror refers to.
        package let foreign: [UTF8Text]
        /// Number of them, where not all are named.
        package let foreignCount: Int
        /// Roles and target files that were read.
        package let roles: Int
        package let files: Int

        package var isSound: Bool { problems.allSatisfy(\.isHealed) }
    }

    private let store: any RepositoryStore
    private let source: MirrorSource?
    private let options: MirrorOptions
    private let now: Instant

    private static let namedForeign = 1000

    package init(
        _ store: any RepositoryStore, source: MirrorSource?,
        options: MirrorOptions = MirrorOptions(), now: Instant
    ) {
        self.store = store
        self.source = source
        self.options = options
        self.now = now
    }

    /// - Throws: ``MirrorError``; what was found until then is healed.
    package func run(_ pin: MirrorPin = .destination) async throws(MirrorError) -> Outcome {
        let problems = MirrorProblems()
        let healing = MetadataHealing(store, source, options.limits, problems)
        try await healing.roots(pin)
        let ladder = try await RootLadder(pin, store, nil, options.limits) { _ in }
        let base = try await DestinationState(store, ladder, options.limits)
        guard let state = try await healing.state(base, ladder) else {
            return outcome(problems, MirrorProgress(), [], 0)
        }
        let own = StoreFetcher(store)
        let place =
            source
            ?? MirrorSource(
                place: store.place, metadataURL: own.metadataURL, targetsURL: own.targetsURL,
                fetcher: own)
        let seen = RecordingStore([.root: state.root.bytes])
        let updater = Updater(
            metadataURL: place.metadataURL, fetcher: place.fetcher, store: seen,
            limits: options.limits, now: .first)
        var options = options
        options.selection = base.record?.selection ?? .everything
        let attempt = SyncAttempt(
            source: place, options: options, base: base,
            trusted: TrustedFiles(files: [:], snapshot: state.snapshot.document), seen: seen,
            updater: updater, state: state,
            purpose: .check(problems, heals: source != nil))
        let progress = try await attempt.transfer()
        if problems.all.contains(where: \.isHealed) {
            try await storing { () throws(RepositoryStoreError) in try await store.synchronize() }
        }
        var foreign: [UTF8Text] = []
        var count = 0
        if state.root.document.consistentSnapshot, problems.all.allSatisfy(\.isHealed) {
            let kept = try await KeptNames(
                PublishedState(pin, store, options.limits), since: .first)
            (foreign, count) = try await self.foreign(kept)
        }
        return outcome(problems, progress, foreign, count)
    }

    private func outcome(
        _ problems: MirrorProblems, _ progress: MirrorProgress, _ foreign: [UTF8Text],
        _ count: Int
    ) -> Outcome {
        Outcome(
            problems: problems.all, foreign: foreign, foreignCount: count, roles: progress.roles,
            files: progress.files)
    }

    /// What is in the mirror's folders and no state refers to.
    private func foreign(
        _ kept: KeptNames
    ) async throws(MirrorError) -> (names: [UTF8Text], count: Int) {
        var names: [UTF8Text] = []
        var count = 0
        for folder in ["metadata/", "targets/"] as [UTF8Text] {
            try await storing { () throws(RepositoryStoreError) in
                try await store.names(folder) { found throws(RepositoryStoreError) in
                    for name in found where !kept.contains(name) && !isAlwaysThere(name) {
                        count += 1
                        if names.count < MirrorCheck.namedForeign { names.append(name) }
                    }
                    return true
                }
            }
        }
        return (names.sorted(), count)
    }

    private func isAlwaysThere(_ name: UTF8Text) -> Bool {
        let file = name.utf8.dropFirst("metadata/".utf8.count)
        return name == UTF8Text("metadata/timestamp.json")
            || RepositoryDirectory.rootVersion(ofFile: String(Substring(file))) != nil
            || name.utf8.starts(with: "metadata/rotate/".utf8)
    }
}
