// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import Synchronization
import TUFClient
import TUFMetadata
import TestKit
import Testing

/// A world whose repository `demo` has evidence, and simulated ones beside it: a client's map
/// over all of them.
private struct MapWorld {
    let world: World
    var scene: MapScene
    /// What the server of `demo` is.
    var demo: any Fetcher
    var options = ConsumerOptions()

    init() async throws {
        world = try await World.released()
        scene = try MapScene("notary", "backup")
        scene.publish("wheel 1.0", at: wheelPath, in: "notary", "backup")
        try scene.trust("demo", root: world.directory.metadata("1.root.json")!)
        demo = StagedRepository(world.directory)
    }

    var out: String { scene.folder("out") }

    func consumer(_ entries: JSON...) throws -> TrustMapConsumer {
        let members = ["backup", "demo", "notary"].map {
            JSON.Member(UTF8Text($0), .array([.text("https://\($0).test/")]))
        }
        let file: JSON = ["repositories": .object(members), "mapping": .array(entries)]
        let others = RoutingFetcher(servers: scene.repositories.mapValues(\.server))
        let map = try TrustMap(file.indentedBytes())
        let consumers = try map.repositories.map { repository in
            let trusted = try TrustedRepository(named: repository.name, home: scene.home)
            let fetcher: any Fetcher = repository.name == "demo" ? StagedURLs(inner: demo) : others
            return Consumer(
                trusted.at(repository.urls), fetcher, options: options, now: now)
        }
        return TrustMapConsumer(map, consumers, options: options, now: now)
    }

    func get(
        _ entries: JSON..., path: TargetPath = wheelPath
    ) async throws -> MapVerdict {
        try FileSystem.makeDirectory(out)
        let consumer =
            try entries.count == 2
            ? consumer(entries[0], entries[1]) : consumer(entries[0])
        return try await consumer.get(path, to: "\(out)/demo.whl")
    }

    func files() throws -> [String: [UInt8]] { try scene.folder.tree("out") }
}

/// `https://demo.test/` as the staged repository knows it.
private struct StagedURLs: Fetcher {
    let inner: any Fetcher

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        try await inner.fetch(
            url.replacing("https://demo.test/", with: "staged:"), maximumBytes: maximumBytes)
    }
}

@Suite("A file of the map: agreed on, then judged by each who agrees")
struct TrustMapConsumerTests {
    @Test("evidence comes from the first that has it, and the agreement is told")
    func verified() async throws {
        let world = try await MapWorld()
        let answer = try await world.get(MapScene.entry("notary", "demo"))
        #expect(answer.isVerified && answer.exitCode == 0)
        #expect(answer.evidenceFrom == "demo")
        #expect(answer.agreement == "agreed by notary and demo (2 of 2); evidence from demo")
        let lines = answer.text.split(separator: "\n")
        #expect(lines[0] == "VERIFIED   any/\(wheelPath)")
        #expect(lines[1] == "  agreed by notary and demo (2 of 2); evidence from demo")
        #expect(lines[2].hasPrefix("  sha256"))
        #expect(answer.verdict.sha256 == sha256("wheel 1.0"))
        #expect(try world.files() == ["out/demo.whl": Array("wheel 1.0".utf8)])
    }

    @Test("for a program: every entry that was asked, and every answer")
    func json() async throws {
        let world = try await MapWorld()
        world.scene.disconnect("backup")
        let answer = try await world.get(
            MapScene.entry("notary", "backup", terminating: false),
            MapScene.entry("backup", "notary", "demo", threshold: 2))
        let map = answer.json["map"]
        #expect(map?["evidence_from"]?.text == "demo")
        let rounds = map?["rounds"]?.elements ?? []
        #expect(rounds.map { $0["met"] } == [false, true])
        let answers = rounds.last?["answers"]?.elements ?? []
        #expect(answers.map { $0["answer"]?.text } == ["unavailable", "lists", "lists"])
        #expect(answers[0]["code"]?.text == "E-UNREACHABLE")
        #expect(answers[2]["hashes"] == ["sha256": .text(sha256("wheel 1.0"))])
        #expect(answers[2]["roles"] == ["targets", "releases"])
        #expect(answers[1]["counts"] == true)
        #expect(answer.remarks.count == 3)
        #expect(answer.text.contains("\n  note: entry 1 of the map is not met: notary lists"))
        #expect(answer.text.contains("\n  note: backup does not count: "))
    }

    @Test("no agreement, no file: nothing appears and no target is asked for")
    func disagreement() async throws {
        var world = try await MapWorld()
        world.scene.publish("backdoor", at: wheelPath, in: "notary")
        _ = world.scene.server("notary").takeRequests()
        let answer = try await world.get(MapScene.entry("notary", "demo"))
        #expect(answer.verdict.refusal?.code == "E-MAP-DISAGREEMENT" && answer.exitCode == 1)
        #expect(answer.text.hasPrefix("REFUSED — do not install   any/\(wheelPath)"))
        #expect(try world.files() == [:])
        let asked = world.scene.server("notary").takeRequests()
        #expect(!asked.contains { $0.hasPrefix("targets/") })
    }

    @Test("no repository that agrees may refuse by its own policy, wherever it stands")
    func policy() async throws {
        let world = try await MapWorld()
        // demo governs the wheel, but its online key now lists it without evidence.
        try world.world.list("wheel 1.0", at: wheelPath, evidence: nil)
        for entry in [MapScene.entry("notary", "demo"), MapScene.entry("demo", "notary")] {
            let answer = try await world.get(entry)
            #expect(answer.verdict.refusal?.code == "E-EVIDENCE-MISSING" && answer.exitCode == 3)
            #expect(answer.verdict.refusal?.cause.hasPrefix("demo: ") == true)
            #expect(
                answer.evidenceFrom == nil && answer.verdict.evidence == nil || !answer.isVerified)
            #expect(try world.files() == [:])
        }
        // Where notary alone counts, nobody says how the file was made.
        let silent = try await world.get(MapScene.entry("notary"))
        #expect(silent.verdict.refusal?.code == "E-NO-POLICY")
        #expect(silent.verdict.refusal?.cause.hasPrefix("notary: ") == true)
    }

    @Test("a repository that asks for no evidence does not hide the evidence of another")
    func unattestedFirst() async throws {
        var world = try await MapWorld()
        world.scene.repositories["notary"]!.delegate(SimulatedDelegation("layouts", ["x/*"]))
        world.scene.repositories["notary"]!.write(RoleName("layouts"))
        world.scene.repositories["notary"]!.publish(
            .targets,
            signed: { document in
                document.set("x-carnet", ["layouts": "layouts", "unattested": ["demo/*/*"]])
            })
        let alone = try await world.get(MapScene.entry("notary"))
        #expect(alone.isVerified && alone.agreement == "listed by notary (1 of 1)")
        #expect(alone.text.hasPrefix("VERIFIED without evidence"))
        let two = try await world.get(MapScene.entry("notary", "backup"))
        #expect(two.agreement == "agreed by notary and backup (2 of 2); policy of notary")
        for entry in [MapScene.entry("notary", "demo"), MapScene.entry("demo", "notary")] {
            let both = try await world.get(entry)
            #expect(both.isVerified && both.evidenceFrom == "demo")
        }
    }

    @Test("by the repositories' signatures alone, if the user asks for that")
    func repositoryOnly() async throws {
        var world = try await MapWorld()
        world.options.repositoryOnly = true
        let answer = try await world.get(MapScene.entry("notary", "backup"))
        #expect(answer.isVerified && answer.evidenceFrom == "notary")
        #expect(answer.text.contains("\n  agreed by notary and backup (2 of 2)\n"))
        #expect(try world.files() == ["out/demo.whl": Array("wheel 1.0".utf8)])
    }

    @Test("the agreed bytes may come from any of those who agree; other bytes are told")
    func otherServer() async throws {
        let world = try await MapWorld()
        let name = "targets/" + wheelPath.urlPath(withHash: sha256("wheel 1.0"))
        world.scene.server("notary")[name] = Array("backdoor!".utf8)
        let answer = try await world.get(MapScene.entry("notary", "demo"))
        #expect(answer.isVerified)
        #expect(answer.notes.count == 1)
        #expect(answer.notes[0].hasPrefix("notary did not give the file: "))
        #expect(answer.notes[0].contains(sha256("backdoor!")))
        #expect(try world.files() == ["out/demo.whl": Array("wheel 1.0".utf8)])
        world.scene.server("backup")[name] = nil
        let none = try await world.get(MapScene.entry("notary", "backup"))
        #expect(none.verdict.refusal?.code == "E-BYTES" && none.notes.count == 2)
        #expect(none.verdict.refusal?.cause.hasPrefix("notary: ") == true)
        // The file of before stays.
        #expect(try world.files() == ["out/demo.whl": Array("wheel 1.0".utf8)])
    }

    @Test("offline and at another moment the verdict says so, and so does its JSON")
    func circumstances() async throws {
        var world = try await MapWorld()
        let entry = MapScene.entry("notary", "demo")
        #expect(try await world.get(entry).isVerified)
        world.options.isOffline = true
        try world.scene.folder.write("wheel 1.0", to: "at-hand.whl")
        let file = world.scene.folder("at-hand.whl")
        let offline = try await world.consumer(entry).verify(file, as: wheelPath)
        #expect(offline.isVerified, "\(offline.text)")
        #expect(offline.text.hasPrefix("VERIFIED offline   any/"))
        #expect(offline.json["offline"] == true)
        let refused = try await world.get(entry)
        #expect(refused.exitCode == 5 && refused.notes.count == 2)
        world.options.isOffline = false
        world.options.asOf = now.adding(days: 2)
        let later = try await world.consumer(entry).verify(file, as: wheelPath)
        #expect(later.verdict.refusal?.kind == .stale && later.verdict.isForAnotherMoment)
        #expect(later.verdict.asOf == now.adding(days: 2))
    }

    @Test("progress is told of the agreed file")
    func progress() async throws {
        var world = try await MapWorld()
        let seen = Mutex<[DownloadProgress]>([])
        world.options.progress = { step in seen.withLock { $0.append(step) } }
        _ = try await world.get(MapScene.entry("notary", "demo"))
        #expect(
            seen.withLock { $0 }.last
                == DownloadProgress(path: wheelPath.string, received: 9, length: 9))
    }

    @Test("a place that cannot be written is told before anybody is asked")
    func unwritable() async throws {
        let world = try await MapWorld()
        _ = world.scene.server("notary").takeRequests()
        let consumer = try world.consumer(MapScene.entry("notary"))
        await #expect(throws: StorageError.self) {
            try await consumer.get(wheelPath, to: world.scene.folder("none/demo.whl"))
        }
        #expect(world.scene.server("notary").takeRequests() == [])
    }

    @Test("a file at hand is judged by the agreed length and digests")
    func verify() async throws {
        let world = try await MapWorld()
        let consumer = try world.consumer(MapScene.entry("notary", "demo"))
        try world.scene.folder.write("wheel 1.0", to: "at-hand.whl")
        let file = world.scene.folder("at-hand.whl")
        let good = try await consumer.verify(file, as: wheelPath)
        #expect(good.isVerified && good.evidenceFrom == "demo")
        for text in ["wheel 1.1", "wheel 1.0\n", ""] {
            try world.scene.folder.write(text, to: "at-hand.whl")
            let bad = try await consumer.verify(file, as: wheelPath)
            #expect(bad.verdict.refusal?.code == "E-BYTES" && bad.exitCode == 1)
            #expect(bad.verdict.refusal?.found == "sha256 \(sha256(text))")
        }
        let unknown = try await consumer.verify(file, as: path("demo/2.0/demo.whl"))
        #expect(unknown.verdict.refusal?.code == "E-NO-SUCH-FILE")
        await #expect(throws: StorageError.self) {
            try await consumer.verify(world.scene.folder("none"), as: wheelPath)
        }
    }

    @Test("the list shows what is agreed, what is withheld and who could not be asked")
    func list() async throws {
        var world = try await MapWorld()
        world.scene.publish("one", at: path("x/one"), in: "notary", "backup")
        world.scene.publish("two", at: path("x/two"), in: "notary")
        world.scene.publish("three", at: path("y/three"), in: "backup")
        let (entry, last) = (
            MapScene.entry("notary", "backup", paths: ["x/*"]),
            MapScene.entry("backup", threshold: 1)
        )
        let (files, failures) = try await world.consumer(entry, last).search.all()
        #expect(
            files.map(\.path.string) == [wheelPath.string, "x/one", "x/two", "y/three"])
        #expect(files.map(\.names) == [["backup"], ["notary", "backup"], [], ["backup"]])
        #expect(files[2].refusal?.code == "E-MAP-THRESHOLD")
        #expect(failures.isEmpty)
        world.scene.disconnect("notary")
        let some = try await world.consumer(entry, last).search
            .all { $0.string.hasPrefix("x/") }
        #expect(some.files.map(\.path.string) == ["x/one"])
        #expect(some.files.map(\.names) == [[]])
        #expect(some.failures.map(\.repository) == ["notary"])
        #expect(some.failures[0].refusal.exitCode == 5)
    }
}
