// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning
package import RepositoryStorage
import TUFClient
import TUFMetadata

/// Reads everything that a mirror serves, and heals it from its sources.
///
/// 1. The roots, as many as the mirror's record says that there were.
/// 2. `timestamp.json`. No source has an old one: a newer one over the same snapshot takes its place;
///    where the sources have moved on, the mirror is synchronized with the first that it may
///    follow.
/// 3. Snapshot and top-level targets, then every role and file.
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
    private let sources: [MirrorSource]
    private let options: MirrorOptions
    private let now: Instant

    private static let namedForeign = 1000

    /// - Parameter sources: in the order in which they are asked, all by the fetcher of the first;
    ///   with none nothing is healed.
    package init(
        _ store: any RepositoryStore, sources: [MirrorSource],
        options: MirrorOptions = MirrorOptions(), now: Instant
    ) {
        self.store = store
        self.sources = sources
        self.options = options
        self.now = now
    }

    /// - Throws: ``MirrorError``; what was found until then is healed.
    package func run(_ pin: MirrorPin = .destination) async throws(MirrorError) -> Outcome {
        let problems = MirrorProblems()
        guard let (base, state) = try await state(pin, problems) else {
            return outcome(problems, MirrorProgress(), [], 0)
        }
        let progress = try await read(state, base, problems)
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

    /// The state that is served; `nil` if it does not hold and cannot be healed.
    private func state(
        _ pin: MirrorPin, _ problems: MirrorProblems
    ) async throws(MirrorError) -> (DestinationState, RepositoryState)? {
        let healing = MetadataHealing(store, sources, options.limits, problems, now: now)
        try await healing.roots(pin)
        func state() async throws(MirrorError) -> (DestinationState, RepositoryState)? {
            let ladder = try await RootLadder(pin, store, nil, options.limits) { _ in }
            let base = try await DestinationState(store, ladder, options.limits)
            return try await healing.state(base, ladder).map { (base, $0) }
        }
        if let found = try await state() { return found }
        let name = MetadataHealing.timestampFile
        guard problems.isLeft(name), try await synchronize(pin, problems) else { return nil }
        problems.heal(name)
        return try await state()
    }

    /// Brings the mirror to the state of the first source that it may follow.
    ///
    /// - Returns: `false` if there is none.
    private func synchronize(
        _ pin: MirrorPin, _ problems: MirrorProblems
    ) async throws(MirrorError) -> Bool {
        var options = options
        options.selection = try await MirrorRecord.read(store).record?.selection ?? .everything
        let notice = options.notice
        options.notice = { found in
            guard case .replaced(let file) = found else { return notice(found) }
            let name = UTF8Text(file)
            problems.add(name, .damaged)
            problems.heal(name)
        }
        var reason: MirrorError?
        for source in sources {
            do throws(MirrorError) {
                _ = try await MirrorSync(source, into: store, options: options, now: now).run(pin)
                return true
            } catch {
                if error.isCancelled { throw error }
                reason = reason ?? error
            }
        }
        if let reason {
            notice(
                .notHealed(file: MetadataHealing.timestampFile.string, reason: "\(reason)"))
        }
        return false
    }

    /// Reads every role and file of a state.
    private func read(
        _ state: RepositoryState, _ base: DestinationState, _ problems: MirrorProblems
    ) async throws(MirrorError) -> MirrorProgress {
        let own = StoreFetcher(store)
        let place =
            sources.first
            ?? MirrorSource(
                place: store.place, metadataURL: own.metadataURL, targetsURL: own.targetsURL,
                fetcher: own)
        let others = sources.dropFirst()
        let seen = RecordingStore([.root: state.root.bytes])
        let updater = Updater(
            mirrors: [place.metadataURL] + others.map(\.metadataURL), fetcher: place.fetcher,
            store: seen, limits: options.limits, now: .first)
        var options = options
        options.selection = base.record?.selection ?? .everything
        return try await SyncAttempt(
            source: place, others: others.map(\.targetsURL), options: options, base: base,
            trusted: TrustedFiles(files: [:], snapshot: state.snapshot.document), seen: seen,
            updater: updater, state: state,
            purpose: .check(problems, heals: !sources.isEmpty)
        ).transfer()
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
