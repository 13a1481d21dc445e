// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import Synchronization
import TUFRepository
import Testing

@Suite("Publisher: every snapshot that is signed is told from all others")
struct PublishedNonceTests {
    /// Numbers its nonces.
    private final class Drawn: Sendable {
        private let count = Mutex<UInt64>(0)

        var number: UInt64 { count.withLock { $0 } }

        func next() -> SnapshotNonce {
            count.withLock { count in
                count += 1
                return SnapshotNonce(7, count)
            }
        }
    }

    /// The nonce of the current snapshot.
    private func nonce(_ directory: RepositoryDirectory) throws -> UTF8Text? {
        let timestamp = try document("timestamp.json", directory)
        let version = try #require(timestamp["meta"]?["snapshot.json"]?["version"]?.integer)
        return try document("\(version).snapshot.json", directory)["x-carnet-nonce"]?.text
    }

    private func document(_ name: String, _ directory: RepositoryDirectory) throws -> JSON {
        try SignedFile(try #require(try directory.metadata(name))).signed.tree()
    }

    @Test("one is drawn for each snapshot, also for one that is only signed anew")
    func each() async throws {
        let world = try await World()
        let first = try #require(try nonce(world.directory))
        #expect(first.string.utf8.count == 32)
        let drawn = Drawn()
        func publisher(days: Int) throws -> Publisher {
            Publisher(
                world.directory, try TestRing.all(), now: now.adding(days: days),
                nonce: drawn.next)
        }
        _ = try await publisher(days: 0).refresh(all: true)
        #expect(try nonce(world.directory) == SnapshotNonce(7, 1).text)
        // The timestamp alone is due: the snapshot stays the one that it is.
        let known = drawn.number
        _ = try await publisher(days: 1).refresh()
        #expect(drawn.number == known)
        #expect(try nonce(world.directory) == SnapshotNonce(7, 1).text)
        _ = try await publisher(days: 6).refresh()
        #expect(try nonce(world.directory) == SnapshotNonce(7, 2).text)
    }

    @Test("without being told otherwise two repositories made alike have different snapshots")
    func random() async throws {
        let (one, other) = (try await World(), try await World())
        #expect(try nonce(one.directory) != nonce(other.directory))
        #expect(
            try one.directory.metadata("timestamp.json")
                != other.directory.metadata("timestamp.json"))
    }
}
