// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// The way from the root that is trusted, and from the first one that there is, to the newest root
/// that a mirror has; each was signed by the keys of the one before it.
struct RootLadder: Sendable {
    /// The newest root that is published, or the last of ``unpublished``.
    let newest: RootState
    /// Version of the first root.
    let first: Int
    /// Roots that are not published yet, in order.
    let unpublished: [[UInt8]]

    /// No repository has more; a folder full of roots is not read on and on.
    private static let maximum = 1 << 16

    /// - Throws: ``MirrorError``: `.foreignDestination` if what is published does not lead to the
    ///   pinned root or begin with it, `.foreignSource` if the roots that the source has before
    ///   the pinned one do not, `.nothingTrusted`.
    init(
        _ pin: MirrorPin, _ store: any RepositoryStore, _ source: MirrorSource?,
        _ limits: ClientLimits, _ notice: (MirrorNotice) -> Void
    ) async throws(MirrorError) {
        switch pin {
        case .destination:
            let first = try await RootLadder.firstPublished(store)
            guard let first else { throw .nothingTrusted(place: store.place) }
            newest = try await RootLadder.climbed(try RootLadder.state(first.bytes), store)
            (self.first, unpublished) = (first.version, [])
        case .root(let bytes):
            let pinned = try RootLadder.state(bytes)
            let version = pinned.root.document.version
            let firstPublished = try await RootLadder.firstPublished(store)
            if let own = try await DestinationState.root(version, store) {
                // The same version may have got further signatures since it was pinned.
                guard own == bytes || pinned.isFollowed(by: own) else {
                    throw .foreignDestination(
                        place: store.place, file: RootLadder.file(version))
                }
                newest = try await RootLadder.climbed(try RootLadder.state(own), store)
                (first, unpublished) = (firstPublished?.version ?? version, [])
            } else if let firstPublished {
                let top = try await RootLadder.climbed(
                    try RootLadder.state(firstPublished.bytes), store)
                unpublished = try await RootLadder.bridge(top, pinned, source) {
                    .foreignDestination(
                        place: store.place, file: RootLadder.file(firstPublished.version))
                }
                (newest, first) = (pinned, firstPublished.version)
            } else {
                try await RootLadder.expectEmpty(store)
                let begin = try await RootLadder.begin(pinned, source, notice)
                (newest, first, unpublished) = (pinned, begin.first, begin.roots)
            }
        }
    }

    private static func file(_ version: Int) -> String { RoleName.root.fileName(version: version) }

    private static func state(_ bytes: [UInt8]) throws(MirrorError) -> RootState {
        do throws(UpdateError) { return try RootState(trusting: bytes) } catch {
            throw .update(error)
        }
    }

    private static func firstPublished(
        _ store: any RepositoryStore
    ) async throws(MirrorError) -> (version: Int, bytes: [UInt8])? {
        if let bytes = try await DestinationState.root(1, store) { return (1, bytes) }
        guard let version = try await MirrorRecord.read(store).record?.firstRoot, version > 1,
            let bytes = try await DestinationState.root(version, store)
        else { return nil }
        return (version, bytes)
    }

    /// From a published root to the newest one that is published.
    private static func climbed(
        _ start: RootState, _ store: any RepositoryStore
    ) async throws(MirrorError) -> RootState {
        var state = start
        for _ in 0..<maximum {
            let version = state.nextVersion
            guard let bytes = try await DestinationState.root(version, store) else {
                return state
            }
            do throws(UpdateError) { state = try state.next(bytes) } catch {
                if case .unsigned = error {
                    throw .foreignDestination(place: store.place, file: file(version))
                }
                throw .damaged(file: file(version))
            }
        }
        throw .update(.tooManyRoots(maximum: maximum))
    }

    /// The roots of the source after `low` up to `high`, which must be the last of them.
    private static func bridge(
        _ low: RootState, _ high: RootState, _ source: MirrorSource?,
        else error: () -> MirrorError
    ) async throws(MirrorError) -> [[UInt8]] {
        let version = high.root.document.version
        guard let source, low.nextVersion <= version else { throw error() }
        var state = low
        var roots: [[UInt8]] = []
        while state.nextVersion <= version {
            guard roots.count < maximum,
                let bytes = try await source.metadata(
                    file(state.nextVersion), maximumBytes: ClientLimits().rootBytes),
                let next = try? state.next(bytes)
            else { throw error() }
            roots.append(bytes)
            state = next
        }
        guard state.root.bytes == high.root.bytes || high.isFollowed(by: state.root.bytes) else {
            throw error()
        }
        return roots
    }

    /// The roots of the source up to the pinned one, for clients that trust an earlier one.
    private static func begin(
        _ pinned: RootState, _ source: MirrorSource?, _ notice: (MirrorNotice) -> Void
    ) async throws(MirrorError) -> (first: Int, roots: [[UInt8]]) {
        let version = pinned.root.document.version
        guard version > 1, let source else { return (version, [pinned.root.bytes]) }
        let foreign = MirrorError.foreignSource(place: source.place)
        guard
            let bytes = try await source.metadata(
                file(1), maximumBytes: ClientLimits().rootBytes)
        else {
            notice(.rootsMissing(before: version))
            return (version, [pinned.root.bytes])
        }
        guard let first = try? RootState(trusting: bytes), first.root.document.version == 1 else {
            throw foreign
        }
        return (1, [bytes] + (try await bridge(first, pinned, source) { foreign }))
    }

    /// Refuses a place where somebody publishes something without roots.
    private static func expectEmpty(_ store: any RepositoryStore) async throws(MirrorError) {
        for name in ["metadata/timestamp.json", "metadata/root.json"] {
            let found = try await storing { () throws(RepositoryStoreError) in
                try await store.find(UTF8Text(name))
            }
            if found != nil { throw .foreignDestination(place: store.place, file: name) }
        }
    }
}
