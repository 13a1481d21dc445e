// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TAP 4: a repository that fails does not count, is told, and hurts no other")
struct TrustMapFailureTests {
    private let wheel = MapScene.wheel

    /// Three repositories with the wheel, all of them seen once by the client.
    private func seen() async throws -> MapScene {
        var scene = try MapScene("a", "b", "c")
        scene.publish("wheel", in: "a", "b", "c")
        let found = try await scene.search(MapScene.entry("a", "b", "c")).find(wheel)
        #expect(found.names == ["a", "b", "c"])
        return scene
    }

    /// Asks for 2 of 3, then for all, while `b` fails.
    ///
    /// - Returns: what is told where all are needed.
    private func ask(_ scene: MapScene, _ answer: String) async throws -> Refusal {
        let before = try scene.state("b")
        let two = try await scene.search(MapScene.entry("b", "a", "c", threshold: 2)).find(wheel)
        #expect(two.names == ["a", "c"])
        #expect(two.answers() == [answer, "lists 5", "lists 5"])
        let all = try await scene.search(MapScene.entry("a", "b", "c")).find(wheel)
        #expect(all.met == nil)
        #expect(all.answers() == ["lists 5", answer, "lists 5"])
        // What was refused left nothing on disk.
        #expect(try scene.state("b") == before)
        return try #require(all.refusal)
    }

    /// TAP 4d: the state of the others stays
    @Test("one that is rolled back")
    func rollback() async throws {
        var scene = try await seen()
        let old = scene.repositories["b"]!.bytes(of: .timestamp)
        scene.repositories["b"]!.publish(.targets)
        _ = try await scene.search(MapScene.entry("a", "b", "c")).find(wheel)
        scene.server("b")["timestamp.json"] = old
        let refusal = try await ask(scene, "stale")
        #expect(refusal.code == "E-MAP-THRESHOLD")
        #expect(refusal.kind == .stale && refusal.exitCode == 4)
        #expect(
            refusal.cause
                == "The map wants \(wheel) listed by 3 of a, b and c; only a and c list it.")
        #expect(
            refusal.found?.contains(
                "b does not count: timestamp.json: version 2 offered, version 3 already trusted")
                == true)
    }

    @Test("one that is frozen until it expires")
    func frozen() async throws {
        var scene = try await seen()
        scene.repositories["b"]!.expires = Instant.testTime.adding(days: -1)
        scene.repositories["b"]!.publish(.timestamp)
        scene.repositories["b"]!.expires = Instant.testTime.adding(days: 30)
        // The timestamp is taken, for it is newer, and then found to be expired.
        _ = try await scene.search(MapScene.entry("b")).find(wheel)
        let refusal = try await ask(scene, "stale")
        #expect(refusal.kind == .stale)
        #expect(refusal.found?.contains("b does not count: timestamp.json: expired") == true)
    }

    @Test("one that cannot be reached")
    func unreachable() async throws {
        let scene = try await seen()
        scene.disconnect("b")
        let refusal = try await ask(scene, "unreachable")
        #expect(refusal.kind == .unreachable && refusal.exitCode == 5)
        #expect(refusal.found?.contains("b does not count: ") == true)
        #expect(refusal.found?.contains("no route to host") == true)
    }

    @Test("one whose metadata is signed by a stranger: a contradiction, whoever else is down")
    func badSignature() async throws {
        var scene = try await seen()
        scene.repositories["b"]!.signers[.timestamp] = [TestKey("mallory")]
        scene.repositories["b"]!.publish(.timestamp)
        let refusal = try await ask(scene, "refused")
        #expect(refusal.code == "E-MAP-THRESHOLD")
        #expect(refusal.kind == .contradiction && refusal.exitCode == 1)
        scene.disconnect("a")
        let both = try await scene.search(MapScene.entry("a", "b", "c")).find(wheel)
        #expect(both.answers() == ["unreachable", "refused", "lists 5"])
        #expect(both.refusal?.kind == .contradiction)
    }

    @Test("one that is no longer trusted")
    func notTrusted() async throws {
        let scene = try await seen()
        try TrustedRepository(named: "b", home: scene.home).remove()
        let refusal = try await ask(scene, "not trusted")
        #expect(refusal.found?.contains("b does not count: \(UpdateError.noTrustedRoot)") == true)
    }

    @Test("a map's places are asked first, then those that the repository was trusted with")
    func ownPlaces() async throws {
        let scene = try MapScene("acme")
        let trusted = try TrustedRepository(named: "acme", home: scene.home)
        let moved = trusted.at(["https://one.test", "https://acme.test/", "https://two.test/x"])
        #expect(
            moved.mirrors.map(\.targetsURL) == [
                "https://one.test/targets/", "https://acme.test/targets/",
                "https://two.test/x/targets/",
            ])
        #expect(
            trusted.at(["https://one.test/"]).mirrors.map(\.metadataURL)
                == ["https://one.test/metadata/", "https://acme.test/metadata/"])
        #expect(moved.name == "acme" && moved.store == trusted.store)
    }

    @Test("offline each is judged by what was seen of it; what was not seen does not count")
    func offline() async throws {
        var scene = try await seen()
        scene.publish("other", in: "c")
        for name in ["a", "b", "c"] { _ = scene.server(name).takeRequests() }
        let map = try TrustMap(scene.file(MapScene.entry("a", "b", "c")))
        var options = ConsumerOptions()
        options.isOffline = true
        let seen = TrustMapSearch(map, scene.consumers(map, options: options))
        #expect(await seen.find(wheel).names == ["a", "b", "c"])
        try TrustedRepository(named: "c", home: scene.home).remove()
        try scene.trust("c", root: scene.repositories["c"]!.bytes(of: .root))
        let unseen = TrustMapSearch(map, scene.consumers(map, options: options))
        let found = await unseen.find(wheel)
        #expect(found.met == nil && found.refusal?.code == "E-MAP-THRESHOLD")
        #expect(found.answers().prefix(2) == ["lists 5", "lists 5"])
        #expect(found.rounds[0].answers[2].words?.hasPrefix("c does not count: ") == true)
        for name in ["a", "b", "c"] { #expect(scene.server(name).takeRequests() == []) }
    }

    @Test("one whose delegated role on the way does not verify")
    func badDelegation() async throws {
        var scene = try await seen()
        scene.repositories["b"]!.targets[.targets] = SimulatedTargets()
        scene.repositories["b"]!.delegate(SimulatedDelegation("releases", ["demo/*/*"]))
        scene.repositories["b"]!.signers[RoleName("releases")] = [TestKey("mallory")]
        scene.repositories["b"]!.publishAll()
        _ = try await scene.search(MapScene.entry("b")).find(wheel)
        let refusal = try await ask(scene, "refused")
        #expect(refusal.kind == .contradiction)
        #expect(refusal.found?.contains("b does not count: releases.json: signed by 0") == true)
    }

    @Test("a disagreement is worse than any failure")
    func disagreementFirst() async throws {
        var scene = try await seen()
        scene.publish("other", in: "c")
        scene.disconnect("b")
        let found = try await scene.search(MapScene.entry("a", "b", "c")).find(wheel)
        #expect(found.refusal?.code == "E-MAP-DISAGREEMENT")
        #expect(found.answers() == ["lists 5", "unreachable", "lists 5"])
    }

    @Test("none can be reached: the next entry is asked, if there may be one")
    func nextEntry() async throws {
        let scene = try await seen()
        scene.disconnect("a")
        scene.disconnect("b")
        let found = try await scene.search(
            MapScene.entry("a", "b", terminating: false), MapScene.entry("c")
        ).find(wheel)
        #expect(found.names == ["c"])
        #expect(found.answers(0) == ["unreachable", "unreachable"])
        let ended = try await scene.search(MapScene.entry("a", "b"), MapScene.entry("c"))
            .find(wheel)
        #expect(ended.met == nil)
        #expect(ended.refusal?.kind == .unreachable)
        #expect(
            ended.refusal?.cause
                == "The map wants \(wheel) listed by 2 of a and b; none of them lists it.")
    }

    @Test("a mirror that is down, empty or behind gives way to the next one of the repository")
    func mirrors() async throws {
        var scene = try MapScene("acme", "old")
        scene.publish("wheel", in: "acme")
        let urls: [JSON] = ["https://down.test/", "https://old.test", "https://acme.test"]
        let file: JSON = [
            "repositories": ["acme": .array(urls)],
            "mapping": .array([MapScene.entry("acme")]),
        ]
        let map = try TrustMap(file.indentedBytes())
        // At old.test there is a state of acme that has no wheel yet, and then has expired.
        for name in scene.server("old").names { scene.server("old")[name] = nil }
        #expect(await scene.search(map).find(wheel).names == ["acme"])
        scene.server("old")["timestamp.json"] = scene.repositories["acme"]!.bytes(of: .timestamp)
        scene.repositories["acme"]!.publish(.targets)
        #expect(await scene.search(map).find(wheel).names == ["acme"])
        #expect(await scene.search(map).find(wheel).names == ["acme"])
        scene.disconnect("acme")
        scene.disconnect("old")
        let lost = await scene.search(map).find(wheel)
        #expect(lost.answers() == ["unreachable"])
        #expect(lost.refusal?.found?.contains("not reachable") == true)
    }

    @Test("several look-ups at once refresh each repository once")
    func together() async throws {
        var scene = try MapScene("a", "b")
        scene.publish("wheel", in: "a", "b")
        for name in ["a", "b"] { _ = scene.server(name).takeRequests() }
        let search = try scene.search(MapScene.entry("a", "b"))
        let wheel = self.wheel
        let names = await withTaskGroup(of: [String].self) { group in
            for _ in 0..<8 { group.addTask { await search.find(wheel).names } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(names == Array(repeating: ["a", "b"], count: 8))
        for name in ["a", "b"] {
            #expect(
                scene.server(name).takeRequests() == [
                    "3.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json",
                ])
        }
    }
}
