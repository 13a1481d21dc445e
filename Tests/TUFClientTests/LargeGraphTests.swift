// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 5.6.7.1: graphs of 10,000 roles", .timeLimit(.minutes(10)))
struct LargeGraphTests {
    private func name(_ index: Int) -> RoleName { RoleName(UTF8Text("r\(index)")) }

    /// Roles one below the other: the snapshot lists 10,000 of them, and those are served that
    /// a client may reach.
    private func chain() -> Scene {
        var scene = Scene()
        let key = TestKey("all")
        var parent = RoleName.targets
        for index in 1...40 {
            let role = name(index)
            scene.repository.delegate(
                SimulatedDelegation(role.text, keys: [key]), from: parent)
            scene.repository.signers[role] = [key]
            parent = role
        }
        for role in scene.repository.targets.keys.sorted() { scene.repository.write(role) }
        scene.repository.publish(.snapshot) { document in
            let more = (41...10_000).map {
                JSON.Member(name($0).metaName, ["version": 1])
            }
            document.set("meta", .object((document["meta"]?.members ?? []) + more))
        }
        return scene
    }

    /// attack: tough cyclic delegations: 10,000 roles deep
    @Test("of 10,000 roles one below the other 32 are asked")
    func deep() async throws {
        try await chain().expectRefusal(
            .tooManyRoles(maximum: 32), searching: "file",
            asking: (1...32).map { "1.r\($0).json" }, saving: (1...32).map { name($0) })
    }

    /// attack: tough cyclic delegations: 10,000 roles deep, listed
    @Test("a list of them ends at its own limit, and nowhere deeper than a search would")
    func deepList() async throws {
        var scene = chain()
        for (perSearch, perList) in [(100, 36), (32, 4096)] {
            scene.limits.rolesPerSearch = perSearch
            scene.limits.rolesPerList = perList
            for role in scene.store.files.keys where !role.isTopLevel { scene.store[role] = nil }
            let search = try await scene.search()
            scene.forget()
            let list = try await search.list()
            let end = min(perSearch, perList)
            #expect(scene.requests() == (1...end).map { "1.r\($0).json" })
            #expect(list.failures.map(\.role) == [name(end)])
            #expect(list.failures.map(\.error) == [.tooManyRoles(maximum: end)])
        }
    }

    /// attack: tough cyclic delegations: 10,000 roles wide, listed
    @Test("10,000 roles side by side are too many for a list before one is asked for")
    func wideList() async throws {
        var scene = Scene()
        let key = TestKey("all")
        scene.repository.add("file", "x")
        scene.repository.targets[.targets]?.delegations = (1...10_000).map {
            SimulatedDelegation(name($0).text, keys: [key])
        }
        scene.repository.publish(.targets)
        let search = try await scene.search()
        scene.forget()
        let list = try await search.list()
        #expect(scene.requests() == [])
        #expect(list.files.map(\.file.path.text) == ["file"])
        #expect(list.failures == [RoleFailure(below: [.targets], .tooManyRoles(maximum: 4096))])
    }

    /// attack: tough cyclic delegations: 10,000 roles wide, twice, listed
    @Test("a diamond 10,000 wide is left out of a list, the rest is listed")
    func wideDiamond() async throws {
        var scene = Scene()
        let key = TestKey("all")
        for parent in ["a", "b", "c"] as [UTF8Text] {
            scene.repository.delegate(SimulatedDelegation(parent, keys: [key]))
            scene.repository.add(parent, "x", in: RoleName(parent))
        }
        for parent in ["a", "b"] as [UTF8Text] {
            scene.repository.targets[RoleName(parent)]?.delegations = (1...10_000).map {
                SimulatedDelegation(name($0).text, keys: [key])
            }
        }
        scene.repository.publishAll()
        let search = try await scene.search()
        scene.forget()
        let list = try await search.list()
        #expect(scene.requests() == ["1.a.json", "1.b.json", "1.c.json"])
        let tooMany = UpdateError.tooManyRoles(maximum: 4096)
        #expect(list.failures.prefix(2).map(\.role) == [RoleName("a"), RoleName("b")])
        #expect(list.failures.prefix(2).map(\.error) == [tooMany, tooMany])
        // For `b` and `c` any of the 10,000 may speak first.
        #expect(list.files.map(\.file.path.text) == ["a"])
        #expect(list.failures.map(\.withheld).reduce(0, +) == 2)
    }

    @Test("what a list will follow is counted by delegations, not by roles, before it is kept")
    func narrowDiamond() async throws {
        var scene = Scene()
        let key = TestKey("all")
        // 12 + 5 · 12 delegations among 12 roles: the last ones do not fit.
        for index in 1...12 {
            scene.repository.delegate(SimulatedDelegation(name(index).text, keys: [key]))
        }
        for index in 1...12 {
            for other in 1...12 {
                scene.repository.delegate(
                    SimulatedDelegation(name(other).text, keys: [key]), from: name(index))
            }
        }
        scene.repository.publishAll()
        scene.limits.rolesPerList = 40
        let search = try await scene.search()
        scene.forget()
        let list = try await search.list()
        #expect(scene.requests().count == 12)
        #expect(!list.failures.isEmpty)
        #expect(list.failures.allSatisfy { $0.error == .tooManyRoles(maximum: 40) })
    }

    /// attack: tough cyclic delegations: every role delegates to every role
    @Test("roles that all delegate to one another are visited in bounded time, and asked for once")
    func everyToEvery() async throws {
        var scene = Scene()
        let keys = [TestKey("all")]
        for index in 1...6 {
            scene.repository.delegate(SimulatedDelegation(name(index).text, keys: keys))
            for other in 1...6 {
                scene.repository.delegate(
                    SimulatedDelegation(name(other).text, keys: keys), from: name(index))
            }
        }
        scene.repository.publishAll()
        scene.limits.rolesPerSearch = 42
        let (target, asked) = try await scene.find("file")
        #expect(target == nil)
        #expect(asked.sorted() == (1...6).map { "1.r\($0).json" })
    }

    /// TAP 15c: 16,384 bins cost a search one role
    @Test("of 16,384 bins the one is asked that holds the path")
    func manyBins() async throws {
        var scene = Scene()
        let bins = SimulatedBins(prefix: "bin", bitLength: 14)
        let hash = DigestAlgorithm.sha256.digest(of: Array("file".utf8))
        let bin = bins.names[Int(hash[0]) << 6 | Int(hash[1]) >> 2]
        scene.repository.targets[.targets]?.bins = bins
        scene.repository.add("file", "x", in: bin)
        scene.repository.signers[bin] = bins.keys
        scene.repository.write(.targets)
        scene.repository.write(bin)
        scene.repository.publish(.snapshot) { document in
            let others = bins.names.filter { $0 != bin }.map {
                JSON.Member($0.metaName, ["version": 1])
            }
            document.set("meta", .object((document["meta"]?.members ?? []) + others))
        }
        let (target, asked) = try await scene.find("file")
        #expect(target?.chain == [.targets, bin])
        #expect(asked == [bin.fileName(version: 1)])
        // Nothing of all this is asked for again, and the next snapshot is compared in full.
        #expect(try await scene.find("file").asked == [])
        scene.repository.publish(bin)
        await scene.expectRefusal(
            .vanished(role: bins.names[0]),
            asking: [
                "2.root.json", "timestamp.json",
                "\(scene.repository.version(of: .snapshot)).snapshot.json",
            ], saving: [.timestamp])
    }
}
