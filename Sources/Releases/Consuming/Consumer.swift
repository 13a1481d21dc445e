// SPDX-License-Identifier: Apache-2.0
import Inspecting
public import MetadataSigning
public import RepositoryStorage
public import TUFClient
public import TUFMetadata

/// A consumer of one trusted repository: gets files and judges those at hand.
public struct Consumer: Sendable {
    public let repository: TrustedRepository
    let options: ConsumerOptions
    let fetcher: any Fetcher
    /// The moment at which all is judged.
    let now: Instant

    public init(
        _ repository: TrustedRepository, _ fetcher: any Fetcher,
        options: ConsumerOptions = ConsumerOptions(), now: Instant
    ) {
        self.repository = repository
        self.options = options
        self.fetcher = options.isOffline ? OfflineFetcher() : fetcher
        self.now = options.asOf ?? now
    }

    /// Refreshes the repository's state; every file that follows is judged by this one state.
    ///
    /// Others wait no longer for the folder than the refresh takes.
    public func session() async throws(UpdateError) -> ConsumerSession {
        let (store, unlock) = try await openStore()
        let updater = Updater(
            mirrors: repository.mirrors.map(\.metadataURL), fetcher: fetcher, store: store,
            limits: options.limits, now: now
        ) { [options] notice in options.notice(.mirror(notice)) }
        let state = options.isOffline ? try await updater.cached() : try await updater.refresh()
        unlock()
        guard let moment = options.asOf else {
            return ConsumerSession(self, TargetSearch(state, updater))
        }
        let seen = try await self.state(at: moment, before: state, updater)
        return ConsumerSession(self, TargetSearch(seen, updater))
    }

    /// The state of a moment, as far as the repository's history tells (Decisions/0013); else the
    /// newest one, with a notice that nobody can have seen it then.
    private func state(
        at moment: Instant, before newest: RepositoryState, _ updater: Updater
    ) async throws(UpdateError) -> RepositoryState {
        let signed = Freshness.signed(newest.snapshot.document)
        if let signed, signed <= moment { return newest }
        let past =
            signed == nil
            ? nil
            : try await updater.past(before: newest) { value, expires in
                Freshness.signed(value, expires)
            }
        guard let past else {
            options.notice(
                .stateOfAnotherTime(repository: repository.name, signed: signed, asOf: moment))
            return newest
        }
        options.notice(
            .stateOfThePast(
                repository: repository.name, snapshot: past.snapshot.document.version,
                signed: Freshness.signed(past.snapshot.document), asOf: moment))
        return past
    }

    private func openStore() async throws(UpdateError) -> (any TrustedStore, () -> Void) {
        if let memory = repository.memory {
            return (options.asOf == nil ? memory : OverlayTrustedStore(over: memory), {})
        }
        do throws(StoreError) {
            let wait = LockWait { [options, name = repository.name] _ in
                options.notice(.waiting(repository: name))
            }
            let folder = try await DirectoryTrustedStore.open(repository.store, waiting: wait)
            if !isStateKept { return (OverlayTrustedStore(over: folder), folder.unlock) }
            if folder.isReadOnly { options.notice(.stateNotKept(folder: repository.store)) }
            return (folder, folder.unlock)
        } catch {
            throw .store(error)
        }
    }

    /// Whether what is learned outlasts the process.
    var isStateKept: Bool {
        guard case .kept = options.state else { return false }
        return options.asOf == nil && repository.memory == nil
    }

    /// Downloads a file and verifies it; only a verified one appears at `destination`.
    ///
    /// - Throws: `StorageError` if the destination cannot be written.
    public func get(
        _ path: TargetPath, to destination: String
    ) async throws(StorageError) -> Verdict {
        // Before anything is asked of the server: the place must be writable.
        let slot = try DownloadSlot(destination, tell: options.progress)
        defer { slot.discard() }
        let session: ConsumerSession
        do throws(UpdateError) { session = try await self.session() } catch {
            return refused(path.string, error)
        }
        return try await session.get(path, into: slot)
    }

    /// Judges a file that the repository offers; it is downloaded, and not kept.
    ///
    /// - Parameter folder: where there is room for it as long as it is looked at.
    /// - Throws: `StorageError` if the folder cannot be written.
    public func judge(
        _ path: TargetPath, in folder: String
    ) async throws(StorageError) -> Verdict {
        let slot = try DownloadSlot("\(folder)/carnet-judged", tell: options.progress)
        defer { slot.discard() }
        let session: ConsumerSession
        do throws(UpdateError) { session = try await self.session() } catch {
            return refused(path.string, error)
        }
        return try await session.judge(path, into: slot, isResumable: false)
    }

    /// Judges a file at hand.
    ///
    /// - Parameter path: the path under which the repository offers it; looked for by name and
    ///   digest if it is not given.
    /// - Throws: `StorageError` if the file cannot be read.
    public func verify(
        _ file: String, as path: TargetPath?
    ) async throws(StorageError) -> Verdict {
        let digest = try FileDigest(of: file)
        do throws(UpdateError) {
            return await (try session()).verify(
                FileSystem.name(of: file), digest, as: path, product: .path(file))
        } catch {
            var verdict = refused(path?.string ?? FileSystem.name(of: file), error)
            verdict.sha256 = digest.sha256
            return verdict
        }
    }

    /// All files that the repository offers, by path; an error if a role of it does not verify.
    public func list(
        where isWanted: @escaping @Sendable (TargetPath) -> Bool = { _ in true }
    ) async throws(UpdateError) -> [FoundTarget] {
        try await session().search.all(where: isWanted)
    }

    /// The verdict on a file when there is no state to judge it by.
    public func refused(_ path: String, _ error: UpdateError) -> Verdict {
        var verdict = verdict(path)
        verdict.refusal = Refusal(.update(error))
        return verdict
    }

    func verdict(_ path: String) -> Verdict {
        var verdict = Verdict(path: path, repository: repository.name, asOf: now)
        verdict.isOffline = options.isOffline
        verdict.isForAnotherMoment = options.asOf != nil
        return verdict
    }
}
