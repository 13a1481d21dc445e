// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 5.6.7: a list of all that can be found, with roles that do not verify")
struct ListTests {
    private func role(_ name: UTF8Text) -> RoleName { RoleName(name) }

    /// Roles a, b and c with a file each in their own folders, and `x` in b.
    private func scene(_ patterns: [UTF8Text] = ["a/*", "b/*", "c/*"]) -> Scene {
        var scene = Scene()
        for (name, pattern) in zip(["a", "b", "c"] as [UTF8Text], patterns) {
            scene.repository.delegate(SimulatedDelegation(name, [pattern]))
            scene.repository.add(UTF8Text("\(name)/file"), "x", in: role(name))
        }
        return scene
    }

    private func paths(_ list: TargetList) -> [String] { list.files.map(\.file.path.string) }

    @Test("a role signed by a stranger is left out and told; what others have is listed")
    func unsigned() async throws {
        var scene = scene()
        scene.repository.signers[role("b")] = [TestKey("mallory")]
        scene.repository.publishAll()
        let list = try await scene.search().list()
        #expect(paths(list) == ["a/file", "c/file"])
        let error = try scene.unsigned(role("b"), keys: [TestKey("b")], by: .targets)
        #expect(list.failures == [RoleFailure(role: role("b"), parent: .targets, error: error)])
        #expect(list.failures[0].description == "what b lists is left out: \(error)")
        #expect(throws: error) { try list.complete() }
        // It is not trusted either.
        #expect(scene.store[role("b")] == nil)
    }

    @Test("so is one that is expired, not in the snapshot, not on the server, or down")
    func others() async throws {
        for fault in 0..<4 {
            var scene = scene()
            if fault == 0 { scene.repository.expires = scene.now }
            scene.repository.write(role("b"))
            scene.repository.expires = scene.now.adding(days: 1)
            if fault != 0 { scene.repository.write(role("b")) }
            for name in [.targets, role("a"), role("c")] { scene.repository.write(name) }
            scene.repository.publish(.snapshot) { document in
                if fault == 1 { document.put(nil, at: "meta", "b.json") }
            }
            let name = "\(scene.repository.version(of: role("b"))).b.json"
            if fault == 2 { scene.repository.server[name] = nil }
            if fault == 3 {
                scene.repository.server.setFault(.unreachable("no route to host"), for: name)
            }
            let list = try await scene.search().list()
            #expect(paths(list) == ["a/file", "c/file"])
            let expected: [UpdateError] = [
                .expired(role: role("b"), since: scene.now), .notInSnapshot(role: role("b")),
                .missing(file: name), scene.fault(.unreachable("no route to host"), name),
            ]
            #expect(list.failures.map(\.error) == [expected[fault]])
            #expect(
                scene.requests().count { $0 == name } == (fault > 1 ? 1 : 0) + (fault == 0 ? 1 : 0))
        }
    }

    @Test("a path for which the missing role may speak first is held back, and counted")
    func withheld() async throws {
        var scene = scene(["a/*", "*/*", "*/*"])
        scene.repository.signers[role("b")] = [TestKey("mallory")]
        scene.repository.add("c/other", "x", in: role("c"))
        scene.repository.publishAll()
        let list = try await scene.search().list()
        #expect(paths(list) == ["a/file"])
        #expect(list.failures.map(\.role) == [role("b")])
        #expect(list.failures[0].withheld == 2)
        #expect(
            list.failures[0].description.hasSuffix(
                "; so are 2 files of other roles, as this one may speak for them first"))
        // The role is asked for once, however many paths there are.
        #expect(scene.requests().filter { $0 == "1.b.json" }.count == 1)
    }

    @Test("a path below more than 32 roles is left out, and what is beside it is listed")
    func deep() async throws {
        var scene = scene()
        var parent = role("c")
        for index in 1...33 {
            let next = role(UTF8Text("r\(index)"))
            scene.repository.delegate(SimulatedDelegation(next.text, ["c/*"]), from: parent)
            scene.repository.add(UTF8Text("c/r\(index)"), "x", in: next)
            parent = next
        }
        scene.repository.publishAll()
        let list = try await scene.search().list()
        #expect(list.files.count == 3 + 31)
        #expect(
            list.failures.map(\.description) == [
                "what r31 delegates is left out: more than 32 roles to search"
            ])
    }

    @Test("one that some of its parents do not vouch for is told once, and found by the others")
    func diamond() async throws {
        var scene = scene()
        let good = [TestKey("d")]
        scene.repository.delegate(
            SimulatedDelegation("d", ["a/*"], keys: [TestKey("e")]), from: role("a"))
        scene.repository.delegate(SimulatedDelegation("d", ["b/*"], keys: good), from: role("b"))
        scene.repository.add("b/d", "x", in: role("d"))
        scene.repository.signers[role("d")] = good
        scene.repository.publishAll()
        let list = try await scene.search().list()
        #expect(paths(list) == ["a/file", "b/d", "b/file", "c/file"])
        #expect(list.failures.map(\.role) == [role("d")])
        #expect(list.failures.map(\.parent) == [role("a")])
    }

    @Test("a server that is gone is asked three times, not once for each role")
    func gone() async throws {
        var scene = Scene()
        for index in 1...50 {
            scene.repository.delegate(SimulatedDelegation(UTF8Text("r\(index)")))
        }
        scene.repository.add("file", "x")
        scene.repository.publishAll()
        let search = try await scene.search()
        scene.forget()
        scene.repository.server.setFault(.timedOut(seconds: 30))
        let list = try await search.list()
        #expect(scene.requests().count == 3)
        #expect(paths(list) == ["file"])
        #expect(list.failures.count == 3)
    }

    @Test("who gives up gets no list")
    func cancelled() async throws {
        var scene = scene()
        scene.repository.publishAll()
        scene.repository.server.setFault(.cancelled, for: "1.b.json")
        let search = try await scene.search()
        await #expect(throws: scene.fault(.cancelled, "1.b.json")) { try await search.list() }
    }
}

@Suite("Delegated roles that cannot be kept: a cache, no more")
struct FullCacheTests {
    private let a = RoleName("a")

    private func scene() -> (Scene, Notices) {
        var scene = Scene()
        for name in ["a", "b"] as [UTF8Text] {
            scene.repository.delegate(SimulatedDelegation(name))
            scene.store.refuseSaves(of: RoleName(name))
        }
        scene.repository.add("file", "x", in: RoleName("b"))
        scene.repository.publishAll()
        return (scene, Notices())
    }

    @Test("the search goes on and finds the file; one word is said")
    func found() async throws {
        let (scene, notices) = scene()
        let updater = Updater(
            mirrors: [SimulatedServer.url], fetcher: scene.repository, store: scene.store,
            now: scene.now, notice: { notices.add($0) })
        let search = TargetSearch(try await updater.refresh(), updater)
        let target = try await search.find(try #require(TargetPath("file")))
        #expect(target?.role == RoleName("b"))
        let told = notices.take()
        #expect(told == [.notKept(role: a, MemoryStore.diskFull(a))])
        #expect(
            told.first?.description
                == "a.json: not kept for the next time, a.json: No space left on device")
        #expect(scene.store[a] == nil)
        // In this run it is known all the same.
        _ = scene.requests()
        _ = try await search.all()
        #expect(scene.requests() == [])
    }

    @Test("a rotation of keys is no cache: if it cannot be kept, the role is not taken")
    func rotation() async throws {
        var (scene, _) = scene()
        let stored = RoleName("rotate/a.rotate.1")
        scene.repository.rotate(a, 1, to: [TestKey("new")], signedBy: [TestKey("a")])
        scene.repository.signers[a] = [TestKey("new")]
        scene.repository.publishAll()
        scene.store.refuseSaves(of: stored)
        let search = try await scene.search()
        let path = try #require(TargetPath("file"))
        await #expect(throws: UpdateError.store(MemoryStore.diskFull(stored))) {
            try await search.find(path)
        }
    }
}
