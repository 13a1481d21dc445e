// SPDX-License-Identifier: Apache-2.0
package import MetadataSigning
package import RepositoryStorage
import TUFClient
import TUFMetadata

/// Brings a mirror to the state of its source, as a client verifies it.
///
/// 1. The roots that are published, from the trusted one on; `timestamp.json` of both. If it is
///    the same file, and was mirrored completely, nothing else is asked for: everything that is
///    new comes with a new timestamp, but for a root that comes alone, which is then taken with
///    the next timestamp.
/// 2. A refresh (TUF 1.0.34 §5) whose trusted state is what the mirror serves: nothing older is
///    ever taken.
/// 3. Every delegated role that changed, and the files that it lists and the mirror has not, many
///    at a time; each gets its place when it is verified, and nothing refers to it yet.
/// 4. The snapshot, then everything durable, then the roots and `timestamp.json`, the one file
///    that is replaced, and only if it is still the one that was read.
package struct MirrorSync: Sendable {
    let source: MirrorSource
    let store: any RepositoryStore
    let options: MirrorOptions
    let now: Instant

    private static let attempts = 16

    package init(
        _ source: MirrorSource, into store: any RepositoryStore,
        options: MirrorOptions = MirrorOptions(), now: Instant
    ) {
        self.source = source
        self.store = store
        self.options = options
        self.now = now
    }

    /// - Throws: ``MirrorError``; what the mirror served before it serves still. Files that were
    ///   received whole stay, and the next synchronization uses them.
    package func run(_ pin: MirrorPin) async throws(MirrorError) -> SyncOutcome {
        guard store.guarantees.isConditional || options.isOnlyWriter else {
            throw .unconditional(place: store.place)
        }
        var limited = source
        if let rate = options.bytesPerSecond {
            limited.fetcher = LimitedFetcher(
                base: source.fetcher, limit: RateLimit(bytesPerSecond: rate))
        }
        var lock: FileLock?
        defer { withExtendedLifetime(lock) {} }
        for attempt in 0..<MirrorSync.attempts {
            let ladder = try await RootLadder(pin, store, limited, options.limits, options.notice)
            let base = try await DestinationState(store, ladder, options.limits)
            switch try await run(limited, base, attempt > 0, lock != nil) {
            case .done(let outcome): return outcome
            case .overtaken: continue
            // Files change in place: nobody else may change them meanwhile.
            case .mustLock:
                guard let directory = store as? DirectoryStore else {
                    throw .notConsistent(place: store.place)
                }
                options.notice(.notConsistent)
                lock = try await storing { () throws(RepositoryStoreError) in
                    try await directory.lock()
                }
            }
        }
        throw .contended(place: store.place)
    }

    private enum Step {
        case done(SyncOutcome)
        case overtaken
        case mustLock
    }

    private func run(
        _ source: MirrorSource, _ base: DestinationState, _ isRepeated: Bool, _ isLocked: Bool
    ) async throws(MirrorError) -> Step {
        let isCompared = try await expectDescent(source, base)
        if try await isUnchanged(source, base), let timestamp = base.timestamp {
            return .done(
                SyncOutcome(
                    kind: isRepeated ? .overtaken : .unchanged,
                    root: base.root.root.document.version,
                    timestamp: timestamp.document.version,
                    snapshot: timestamp.document.snapshot.version, progress: MirrorProgress()))
        }
        let trusted = try await base.trusted(options.limits)
        let seen = RecordingStore(trusted.files)
        let updater = Updater(
            metadataURL: source.metadataURL, fetcher: source.fetcher, store: seen,
            limits: options.limits, now: now)
        let state: RepositoryState
        do throws(UpdateError) { state = try await updater.refresh() } catch {
            if isRepeated, let outcome = overtaken(error, base) { return .done(outcome) }
            throw .update(error)
        }
        try expectNoStepBack(to: state, base)
        if !isCompared, let served = base.timestamp?.document.snapshot.version {
            options.notice(.notCompared(snapshot: served))
        }
        if !state.root.document.consistentSnapshot && !isLocked { return .mustLock }
        let attempt = SyncAttempt(
            source: source, options: options, base: base, trusted: trusted, seen: seen,
            updater: updater, state: state)
        let progress = try await attempt.transfer()
        guard let kind = try await Publication(attempt, isLocked: isLocked).run() else {
            return .overtaken
        }
        return .done(
            SyncOutcome(
                kind: kind, root: state.root.document.version,
                timestamp: state.timestamp.document.version,
                snapshot: state.snapshot.document.version, progress: progress))
    }

    /// Whether the source shows the very timestamp that was mirrored completely.
    private func isUnchanged(
        _ source: MirrorSource, _ base: DestinationState
    ) async throws(MirrorError) -> Bool {
        guard base.isComplete, !options.alwaysAsksForRoot, base.roots.isEmpty,
            base.record?.selection == options.selection, let timestamp = base.timestamp,
            base.root.root.document.expires > now
        else { return false }
        let name = RoleName.timestamp.fileName()
        let bytes = try await source.metadata(
            name, maximumBytes: options.limits.timestampBytes)
        guard let bytes else { throw .update(.missing(file: name)) }
        guard bytes == timestamp.bytes else {
            try refuseTwin(bytes, of: timestamp.document, base.root.root.document)
            return false
        }
        guard timestamp.document.expires > now else {
            throw .update(.expired(role: .timestamp, since: timestamp.document.expires))
        }
        return true
    }

    /// A client keeps the timestamp that it knows if it is shown another of the same version. Whoever
    /// mirrors has to hear that there are two.
    private func refuseTwin(
        _ bytes: [UInt8], of timestamp: Timestamp, _ root: Root
    ) throws(MirrorError) {
        guard let file = try? SignedFile(bytes),
            file.count(by: root.authority(of: .timestamp)).isMet,
            let other = try? Timestamp(file.signed), other.version == timestamp.version
        else { return }
        throw .twoFiles(file: RoleName.timestamp.fileName())
    }

    /// Another synchronization was given a later state than this one: no harm done.
    private func overtaken(_ error: UpdateError, _ base: DestinationState) -> SyncOutcome? {
        guard case .rollback = error, let timestamp = base.timestamp else { return nil }
        return SyncOutcome(
            kind: .overtaken, root: base.root.root.document.version,
            timestamp: timestamp.document.version,
            snapshot: timestamp.document.snapshot.version, progress: MirrorProgress())
    }
}
