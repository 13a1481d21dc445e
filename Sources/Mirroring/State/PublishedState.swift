// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// The state that a mirror serves, read and verified as a client would, whatever has expired.
struct PublishedState: Sendable {
    let state: RepositoryState
    let updater: Updater
    let base: DestinationState

    var walk: RoleWalk { RoleWalk(state, updater) }

    /// - Throws: ``MirrorError``; `.update` if the files do not hold.
    init(
        _ pin: MirrorPin, _ store: any RepositoryStore, _ limits: ClientLimits
    ) async throws(MirrorError) {
        let ladder = try await RootLadder(pin, store, nil, limits) { _ in }
        base = try await DestinationState(store, ladder, limits)
        let mirror = StoreFetcher(store)
        let updater = Updater(
            metadataURL: mirror.metadataURL, fetcher: mirror,
            store: RecordingStore([.root: ladder.newest.root.bytes]), limits: limits, now: .first)
        state = try await updating { () throws(UpdateError) in try await updater.refresh() }
        self.updater = updater
    }
}
