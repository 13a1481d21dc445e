// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Synchronization
import TUFClient
import TUFMetadata
import TestKit
import Testing

/// A repository with two mirrors, a and b, and a client of them.
struct Mirrors {
    let a: SimulatedServer
    let b: SimulatedServer
    let network: SimulatedMirrors
    let store: MemoryStore
    let notices = Notices()
    var now = Instant.testTime

    /// Mirrors with what the two servers have now, and a client with the scene's state.
    init(_ a: SimulatedServer, _ b: SimulatedServer, _ scene: Scene) {
        self.a = a
        self.b = b
        network = SimulatedMirrors(["a": a, "b": b])
        store = scene.store
        now = scene.now
    }

    /// Two mirrors of the repository as it is now.
    init(_ scene: Scene) {
        self.init(
            SimulatedServer(copying: scene.repository.server),
            SimulatedServer(copying: scene.repository.server), scene)
    }

    var updater: Updater {
        Updater(
            mirrors: network.urls, fetcher: network, store: store, now: now,
            notice: { [notices] in notices.add($0) })
    }

    func requests() -> [String] { network.takeRequests() }

    /// The notice that a mirror failed at a file of it.
    static func failed(_ mirror: String, _ error: UpdateError) -> UpdateNotice {
        .mirrorFailed(
            url: SimulatedMirrors.url(mirror), error,
            next: mirror == "a" ? SimulatedMirrors.url("b") : nil)
    }

    static func fault(
        _ mirror: String, _ file: String, _ reason: FetchError.Reason
    ) -> UpdateError {
        .fetch(file: file, FetchError(url: SimulatedMirrors.url(mirror) + file, reason: reason))
    }
}

/// What a client told.
final class Notices: Sendable {
    private let list = Mutex<[UpdateNotice]>([])

    func add(_ notice: UpdateNotice) { list.withLock { $0.append(notice) } }

    func take() -> [UpdateNotice] {
        list.withLock { list in
            defer { list = [] }
            return list
        }
    }
}
