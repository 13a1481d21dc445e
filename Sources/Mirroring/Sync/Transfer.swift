// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import Synchronization
import TUFClient
import TUFMetadata

extension SyncAttempt {
    /// What became of a piece of work.
    private enum Done: Sendable {
        case role(LoadedRole?)
        case file(received: Int?)
    }

    /// Gets every role and file that is not there, so many at a time as the options allow.
    func transfer() async throws(MirrorError) -> MirrorProgress {
        var feed = SyncFeed(self)
        var progress = MirrorProgress()
        let published = changesOfTargets
        try feed.take(
            LoadedRole(
                role: .targets, targets: state.targets.document,
                mirrored: published.isMirrored
                    ? state.targets.document
                    : try await mirroredVersion(.targets, published.file)))
        var failure: MirrorError?
        await withTaskGroup(of: Result<Done, MirrorError>.self) { group in
            var running = 0
            while true {
                while failure == nil, running < max(1, options.connections),
                    let job = feed.next()
                {
                    group.addTask { await result(of: job) }
                    running += 1
                }
                if running == 0 {
                    if failure == nil, feed.descend() { continue }
                    return
                }
                guard let result = await group.next() else { return }
                running -= 1
                do throws(MirrorError) {
                    try take(result.get(), &feed, &progress)
                } catch {
                    failure = failure ?? error
                    group.cancelAll()
                }
            }
        }
        if let failure { throw failure }
        try await transferEvidence(feed.evidence, &progress)
        try await attachEvidence(to: feed.attested)
        return progress
    }

    private var changesOfTargets: (isMirrored: Bool, file: MetaFile?) {
        let file = mirrored?[.targets]
        return (file != nil && file == state.snapshot.document[.targets], file)
    }

    private func result(of job: SyncFeed.Job) async -> Result<Done, MirrorError> {
        do throws(MirrorError) {
            guard !Task.isCancelled else { throw MirrorError.cancelled(source.place) }
            switch job {
            case .role(let visit, let isMirrored, let published):
                return .success(
                    .role(try await load(visit, isMirrored: isMirrored, published: published)))
            case .file(let file):
                return .success(.file(received: try await keeper.keep(file)))
            }
        } catch {
            return .failure(error)
        }
    }

    private func take(
        _ done: Done, _ feed: inout SyncFeed, _ progress: inout MirrorProgress
    ) throws(MirrorError) {
        switch done {
        case .role(let loaded):
            progress.roles += 1
            if let loaded { try feed.take(loaded) }
        case .file(let received):
            progress.files += 1
            if let received {
                progress.received += 1
                progress.bytes += received
            }
        }
        options.progress?(progress)
    }

    /// The files that kept files are judged by, whatever role lists them.
    private func transferEvidence(
        _ paths: Set<UTF8Text>, _ progress: inout MirrorProgress
    ) async throws(MirrorError) {
        guard !paths.isEmpty else { return }
        let search = TargetSearch(
            state, isConsistent && keeper.purpose.placesRoles ? localUpdater : updater)
        var wanted = paths.sorted()
        var met = paths
        while let next = wanted.popLast() {
            guard let path = TargetPath(next) else { continue }
            let found = try await updating { () throws(UpdateError) in try await search.find(path) }
            // A file that names evidence which nobody offers is refused by whoever asks for it.
            guard let file = found?.file else { continue }
            try take(.file(received: try await keeper.keep(file)), &progress)
            wanted += file.evidence.filter { met.insert($0).inserted }
        }
    }

    private func take(_ done: Done, _ progress: inout MirrorProgress) throws(MirrorError) {
        guard case .file(let received) = done else { return }
        progress.files += 1
        progress.received += received == nil ? 0 : 1
        progress.bytes += received ?? 0
        options.progress?(progress)
    }

    /// A client of the mirror's own files, where all roles are by now.
    private var localUpdater: Updater {
        let local = StoreFetcher(base.store)
        return Updater(
            metadataURL: local.metadataURL, fetcher: local, store: seen, limits: options.limits,
            now: state.now)
    }
}

extension MirrorError {
    static func cancelled(_ place: String) -> MirrorError {
        .store(RepositoryStoreError(place, .cancelled))
    }
}
