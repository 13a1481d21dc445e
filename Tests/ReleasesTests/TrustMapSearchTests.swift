// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TAP 4: searching for files on multiple repositories")
struct TrustMapSearchTests {
    private let wheel = MapScene.wheel

    /// TAP 4b: met
    @Test("two that list the same file agree, and custom does not matter")
    func agreement() async throws {
        var scene = try MapScene("acme", "backup")
        scene.publish("wheel", in: "acme")
        scene.repositories["backup"]!.add(wheel.text, "wheel")
        scene.repositories["backup"]!.targets[.targets]!.files[0].value
            .put(["note": "ours"], at: "custom")
        scene.repositories["backup"]!.publish(.targets)
        let found = try await scene.search(MapScene.entry("acme", "backup")).find(wheel)
        #expect(found.names == ["acme", "backup"])
        #expect(found.agreement == "agreed by acme and backup (2 of 2)")
        #expect(found.file?.hashes == [.sha256: sha256("wheel")])
        #expect(found.refusal == nil)
    }

    @Test(
        "another hash, another length and silence are no agreement", arguments: ["whee!", "w", nil])
    func disagreement(content: String?) async throws {
        var scene = try MapScene("acme", "backup")
        scene.publish("wheel", in: "acme")
        if let content { scene.publish(content, in: "backup") }
        let found = try await scene.search(MapScene.entry("acme", "backup")).find(wheel)
        #expect(found.met == nil && found.file == nil)
        let refusal = try #require(found.refusal)
        #expect(
            refusal.expected == "the same file listed by 2 of acme and backup (entry 1 of the map)")
        let mine = "acme lists sha256 \(sha256("wheel")), 5 bytes; "
        guard let content else {
            #expect(refusal.code == "E-MAP-THRESHOLD" && refusal.kind == .absence)
            #expect(
                refusal.cause
                    == "The map wants \(wheel) listed by 2 of acme and backup; only acme lists it.")
            #expect(refusal.found == mine + "backup does not list it")
            return
        }
        #expect(refusal.code == "E-MAP-DISAGREEMENT" && refusal.exitCode == 1)
        #expect(refusal.cause == "acme and backup list different files as \(wheel).")
        #expect(
            refusal.found
                == mine + "backup lists sha256 \(sha256(content)), \(content.utf8.count) bytes")
    }

    /// TAP 4b: not met
    @Test("the same digest with another length is a contradiction")
    func sameDigestOtherLength() async throws {
        var scene = try MapScene("acme", "backup")
        scene.publish("wheel", in: "acme", "backup")
        scene.repositories["backup"]!.targets[.targets]!.files[0].value.put(6, at: "length")
        scene.repositories["backup"]!.publish(.targets)
        let found = try await scene.search(MapScene.entry("acme", "backup")).find(wheel)
        #expect(found.refusal?.code == "E-MAP-DISAGREEMENT")
    }

    @Test("nobody lists the file")
    func unknown() async throws {
        let scene = try MapScene("acme", "backup")
        let found = try await scene.search(MapScene.entry("acme", "backup")).find(wheel)
        #expect(found.refusal?.code == "E-NO-SUCH-FILE" && found.refusal?.exitCode == 1)
        #expect(found.answers() == ["lists not", "lists not"])
    }

    @Test(
        "2 of 3: any two that agree do, wherever the dissenter stands",
        arguments: [(0, ["b", "c"]), (1, ["a", "c"]), (2, ["a", "b"])])
    func twoOfThree(dissenter: Int, agreeing: [String]) async throws {
        var scene = try MapScene("a", "b", "c")
        for (position, name) in ["a", "b", "c"].enumerated() {
            scene.publish(position == dissenter ? "other" : "wheel", in: name)
        }
        let entry = MapScene.entry("a", "b", "c", threshold: 2)
        let found = try await scene.search(entry).find(wheel)
        #expect(found.names == agreeing)
        #expect(found.file?.hashes == [.sha256: sha256("wheel")])
        #expect(found.agreement == "agreed by \(agreeing[0]) and \(agreeing[1]) (2 of 3, 2 needed)")
        let all = try await scene.search(MapScene.entry("a", "b", "c")).find(wheel)
        #expect(all.refusal?.code == "E-MAP-DISAGREEMENT")
    }

    @Test("only as many are asked as are needed, in the order of the entry, and each once")
    func order() async throws {
        var scene = try MapScene("a", "b", "c")
        scene.publish("one", in: "a")
        scene.publish("two", in: "b", "c")
        for name in ["a", "b", "c"] { _ = scene.server(name).takeRequests() }
        let search = try scene.search(MapScene.entry("c", "a", "b", threshold: 1))
        let found = await search.find(wheel)
        #expect(found.names == ["c"])
        #expect(found.file?.hashes == [.sha256: sha256("two")])
        #expect(found.answers() == ["lists 3", "not asked", "not asked"])
        #expect(!scene.server("c").takeRequests().isEmpty)
        #expect(scene.server("a").takeRequests() + scene.server("b").takeRequests() == [])
        _ = await search.find(wheel)
        #expect(scene.server("c").takeRequests() == [])
    }

    /// TAP 4c: terminating or not
    @Test("an entry that is not met hands on to the next, unless it ends the search")
    func terminating() async throws {
        var scene = try MapScene("acme", "backup", "third")
        scene.publish("wheel", in: "third")
        for (terminating, names) in [(false, ["third"]), (true, [])] {
            let found = try await scene.search(
                MapScene.entry("third", paths: ["other/*"]),
                MapScene.entry("acme", "backup", paths: ["demo/*"], terminating: terminating),
                MapScene.entry("third")
            ).find(wheel)
            #expect(found.names == names)
            #expect(found.rounds.map(\.number) == (terminating ? [2] : [2, 3]))
        }
    }

    @Test("a disagreement that an entry below heals stays visible")
    func passedOver() async throws {
        var scene = try MapScene("acme", "backup", "third")
        scene.publish("wheel", in: "acme", "third")
        scene.publish("other", in: "backup")
        let found = try await scene.search(
            MapScene.entry("acme", "backup", terminating: false), MapScene.entry("third")
        ).find(wheel)
        #expect(found.names == ["third"])
        #expect(found.agreement == "listed by third (1 of 1)")
        #expect(found.rounds.map(\.isMet) == [false, true])
        #expect(found.answers(0) == ["lists 5", "lists 5"])
        let ended = try await scene.search(
            MapScene.entry("acme", "backup", terminating: false), MapScene.entry("acme", "backup")
        ).find(wheel)
        #expect(ended.refusal?.code == "E-MAP-DISAGREEMENT")
    }

    @Test("a path that no entry covers asks nobody")
    func uncovered() async throws {
        var scene = try MapScene("acme")
        scene.publish("wheel", in: "acme")
        _ = scene.server("acme").takeRequests()
        let found = try await scene.search(MapScene.entry("acme", paths: ["x/*"])).find(wheel)
        #expect(found.rounds.isEmpty && found.refusal?.code == "E-NO-SUCH-FILE")
        #expect(
            found.refusal?.cause
                == "No entry of the map covers \(wheel), so no repository is asked.")
        #expect(scene.server("acme").takeRequests() == [])
    }

    @Test("what a delegation of one repository lists counts as what top-level targets lists")
    func delegated() async throws {
        var scene = try MapScene("acme", "backup")
        scene.publish("wheel", in: "backup")
        scene.repositories["acme"]!.delegate(SimulatedDelegation("releases", ["demo/*/*"]))
        scene.repositories["acme"]!.add(wheel.text, "wheel", in: RoleName("releases"))
        scene.repositories["acme"]!.publishAll()
        let found = try await scene.search(MapScene.entry("acme", "backup")).find(wheel)
        #expect(found.names == ["acme", "backup"])
    }

    // MARK: hashes

    @Test("every algorithm that two have in common must agree, and one at least there must be")
    func algorithms() async throws {
        var scene = try MapScene("a", "b", "c")
        scene.publish("wheel", in: "a", hashes: [.sha256])
        scene.publish("wheel", in: "b", hashes: [.sha256, .sha512])
        scene.publish("wheel", in: "c", hashes: [.sha512])
        func find(_ names: String...) async throws -> MapLookup {
            let entry =
                names.count == 2
                ? MapScene.entry(names[0], names[1])
                : MapScene.entry(names[0], names[1], names[2])
            return try await scene.search(entry).find(wheel)
        }
        #expect(try await find("a", "b").names == ["a", "b"])
        #expect(try await find("b", "c").names == ["b", "c"])
        let apart = try await find("a", "c")
        #expect(apart.met == nil)
        #expect(apart.refusal?.code == "E-MAP-THRESHOLD" && apart.refusal?.kind == .absence)
        #expect(
            apart.refusal?.cause
                == "a and c list \(wheel) with digests of different algorithms, so nothing shows "
                + "that they mean the same file.")
        // b agrees with either, but that does not make the two agree.
        #expect(try await find("a", "b", "c").met == nil)
        #expect(try await find("b", "a", "c").met == nil)
    }

    @Test("one algorithm that agrees does not outweigh another that differs")
    func mixedAlgorithms() async throws {
        var scene = try MapScene("a", "b")
        scene.publish("wheel", in: "a", "b", hashes: [.sha256, .sha512])
        scene.repositories["b"]!.targets[.targets]!.files[0].value.put(
            .text(DigestAlgorithm.sha512.hexDigest(of: [1])), at: "hashes", "sha512")
        scene.repositories["b"]!.publish(.targets)
        let found = try await scene.search(MapScene.entry("a", "b")).find(wheel)
        #expect(found.refusal?.code == "E-MAP-DISAGREEMENT")
    }

    // MARK: one root under two names

    @Test("one root under two names counts once, and a third repository makes up for it")
    func sameRoot() async throws {
        var scene = try MapScene("acme", "twin", sameRoot: true)
        var other = RepositorySimulator()
        other.keys[.root] = [TestKey("another root")]
        other.publish(.root)
        scene.repositories["other"] = other
        try scene.trust("other", root: other.bytes(of: .root))
        scene.publish("wheel", in: "acme", "twin", "other")
        let found = try await scene.search(MapScene.entry("acme", "twin")).find(wheel)
        #expect(found.met == nil)
        #expect(found.refusal?.code == "E-MAP-THRESHOLD")
        #expect(
            found.refusal?.cause == "acme and twin have the same root keys and count once.")
        #expect(
            found.refusal?.found?.hasSuffix(
                "but has the root keys of acme and counts once with it") == true)
        let three = MapScene.entry("acme", "twin", "other", threshold: 2)
        #expect(try await scene.search(three).find(wheel).names == ["acme", "other"])
        // The twin may stand in where the first cannot be had.
        scene.disconnect("acme")
        #expect(try await scene.search(three).find(wheel).names == ["twin", "other"])
    }

    @Test("a root key in common does not make two one, unless it suffices for one of the two")
    func sharedKey() async throws {
        let (a, b, c) = (TestKey("holder a"), TestKey("holder b"), TestKey("holder c"))
        let cases = [
            ([a, b], 2, [a, c], 2, false), ([a, b], 1, [a, c], 1, true), ([a, b], 2, [a], 1, true),
        ]
        for (mine, threshold, its, other, isOne) in cases {
            var scene = try MapScene()
            for (name, keys, count) in [("acme", mine, threshold), ("backup", its, other)] {
                var repository = RepositorySimulator()
                repository.keys[.root] = keys
                repository.thresholds[.root] = count
                repository.publish(.root)
                scene.repositories[name] = repository
                try scene.trust(name, root: repository.bytes(of: .root))
            }
            scene.publish("wheel", in: "acme", "backup")
            let found = try await scene.search(MapScene.entry("acme", "backup")).find(wheel)
            #expect((found.met == nil) == isOne)
        }
    }

    @Test("a key under another id is the same key")
    func sameKeyOtherID() async throws {
        var scene = try MapScene("acme")
        var twin = RepositorySimulator()
        twin.keys[.root] = [TestKey("root of acme").listed(as: KeyID("another"))]
        twin.publish(.root)
        scene.repositories["twin"] = twin
        try scene.trust("twin", root: twin.bytes(of: .root))
        scene.publish("wheel", in: "acme", "twin")
        let found = try await scene.search(MapScene.entry("acme", "twin")).find(wheel)
        #expect(found.met == nil)
    }
}
