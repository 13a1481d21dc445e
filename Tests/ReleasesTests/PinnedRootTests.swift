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

    /// A repository with a root key of its own, whose role `a` was ended by its own key (TAP 20)
    /// or not. The role's key is the same in all of them.
    private func repository(root: String, isEnded: Bool) -> RepositorySimulator {
        var simulator = RepositorySimulator()
        simulator.keys[.root] = [TestKey(root)]
        simulator.signers[.root] = [TestKey(root)]
        simulator.publish(.root)
        simulator.listsDigests = false
        simulator.delegate(SimulatedDelegation("a"))
        simulator.add("file", "content", in: RoleName("a"))
        let keys = isEnded ? [] : [TestKey("a")]
        simulator.rotate(RoleName("a"), 1, to: keys, signedBy: [TestKey("a")])
        simulator.publishAll()
        return simulator
    }

    private func find(
        _ repository: TrustedRepository, _ simulator: RepositorySimulator
    ) async throws(UpdateError) -> FoundTarget? {
        let session = try await Consumer(repository, simulator.server, now: .testTime).session()
        return try await session.search.find(path("file"))
    }

    private let mirror = TrustedRepository.Mirror(
        metadataURL: SimulatedServer.url, targetsURL: SimulatedServer.url + "targets/")

    @Test("another pin in the same folder begins anew: rotations of before are not believed")
    func rotations() async throws {
        let earlier = repository(root: "one", isEnded: true)
        let later = repository(root: "two", isEnded: false)
        func pin(_ simulator: RepositorySimulator) throws -> TrustedRepository {
            try TrustedRepository.pinned(
                root: simulator.bytes(of: .root), name: "demo", mirrors: [mirror],
                folder: folder("state"))
        }
        let first = try pin(earlier)
        await #expect(throws: UpdateError.revoked(role: RoleName("a"))) {
            try await find(first, earlier)
        }
        let names = try FileSystem.names(in: folder("state/metadata"))
        #expect(names.contains("rotate%2Fa.rotate.1.json") && names.contains("timestamp.json"))
        let second = try pin(later)
        #expect(try FileSystem.names(in: folder("state/metadata")) == [".lock", "root.json"])
        #expect(try await find(second, later)?.role == RoleName("a"))
        // The same pin again keeps what is there.
        let kept = try folder.tree("state")
        _ = try pin(later)
        #expect(try folder.tree("state") == kept)
    }

    @Test("so does a repository that is trusted where an earlier trust left its state")
    func leftovers() async throws {
        let earlier = repository(root: "one", isEnded: true)
        let later = repository(root: "two", isEnded: false)
        func trust(_ simulator: RepositorySimulator) throws -> TrustedRepository {
            let demo = try TrustedRepository(name: "demo", mirrors: [mirror], home: folder("home"))
            _ = try demo.trust(root: simulator.bytes(of: .root))
            return demo
        }
        let first = try trust(earlier)
        await #expect(throws: UpdateError.self) { try await find(first, earlier) }
        // As a removal that was killed leaves it.
        try FileSystem.remove(folder("home/repositories/demo/repository.json"))
        let second = try trust(later)
        let names = try FileSystem.names(in: second.store).filter { !$0.hasPrefix(".") }
        #expect(names == ["root.json"])
        #expect(try await find(second, later)?.role == RoleName("a"))
    }

    @Test("a later root of the same chain keeps what was seen: an old state is noticed")
    func laterPin() async throws {
        var simulator = repository(root: "one", isEnded: false)
        func pin() throws -> TrustedRepository {
            try TrustedRepository.pinned(
                root: simulator.bytes(of: .root), name: "demo", mirrors: [mirror],
                folder: folder("state"))
        }
        let old = simulator.server["timestamp.json"]
        simulator.publish(.targets)
        #expect(try await find(try pin(), simulator) != nil)
        simulator.publish(.root)
        simulator.server["timestamp.json"] = old
        let error = await #expect(throws: UpdateError.self) {
            try await find(try pin(), simulator)
        }
        #expect(error?.isStale == true)
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
