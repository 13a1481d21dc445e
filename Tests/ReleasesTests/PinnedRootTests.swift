// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("A root pinned for one use: the folder of the state never chooses the root")
struct PinnedRootTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func pin(_ root: [UInt8]) throws -> TrustedRepository {
        try TrustedRepository.pinned(
            root: root, name: "demo", mirrors: [.init(SimulatedServer.url)],
            folder: folder("state"))
    }

    private func kept() throws -> [UInt8]? {
        try FileSystem.read(folder("state/metadata/root.json"))
    }

    @Test("a stranger's root that somebody put there gives way to the pinned one")
    func poisoned() throws {
        var evil = RepositorySimulator()
        evil.keys[.root] = [TestKey("evil root")]
        evil.publish(.root)
        evil.signers[.root] = [TestKey("evil root")]
        evil.publish(.root)
        let good = RepositorySimulator().bytes(of: .root)
        for planted in [evil.bytes(of: .root), [], [0x7B]] {
            try FileSystem.makeDirectory(folder("state/metadata"))
            try FileSystem.write(planted, to: folder("state/metadata/root.json"))
            _ = try pin(good)
            #expect(try kept() == good)
        }
    }

    @Test("a newer root of the same chain stays, an older one gives way")
    func newer() throws {
        var simulator = RepositorySimulator()
        let first = simulator.bytes(of: .root)
        simulator.publish(.root)
        let second = simulator.bytes(of: .root)
        _ = try pin(second)
        _ = try pin(first)
        #expect(try kept() == second)
        try FileSystem.write(first, to: folder("state/metadata/root.json"))
        _ = try pin(second)
        #expect(try kept() == second)
    }

    @Test("without a folder the state is kept as long as the value: an old one is noticed")
    func memory() async throws {
        var simulator = RepositorySimulator()
        simulator.add("file", "content")
        simulator.publish(.targets)
        let repository = try TrustedRepository.pinned(
            root: simulator.bytes(of: .root), name: "demo",
            mirrors: [
                .init(
                    metadataURL: SimulatedServer.url,
                    targetsURL: SimulatedServer.url + "targets/")
            ], folder: nil)
        let old = simulator.server["timestamp.json"]
        simulator.publish(.targets)
        let consumer = Consumer(repository, simulator.server, now: .testTime)
        #expect(try await consumer.list().count == 1)
        simulator.server["timestamp.json"] = old
        let error = await #expect(throws: UpdateError.self) { try await consumer.list() }
        #expect(error?.isStale == true)
    }
}
