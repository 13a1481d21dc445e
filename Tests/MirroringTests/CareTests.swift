// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Mirroring
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("What a mirror serves, and how far it is behind")
struct StatusTests {
    private func status(_ scene: MirrorScene, asking: Bool = true) async throws -> MirrorStatus {
        try await MirrorStatus(
            of: scene.store, source: asking ? scene.source : nil, options: scene.options,
            now: scene.now)
    }

    @Test("a mirror that has everything is not behind")
    func upToDate() async throws {
        let scene = try await MirrorScene.mirrored()
        let status = try await status(scene)
        #expect(!status.isBehind && !status.isExpired && status.isComplete)
        #expect(status.text.contains("The source has nothing that the mirror has not."))
        #expect(status.roles.map(\.name) == [.root, .timestamp, .snapshot, .targets, "team"])
    }

    @Test("versions, files, bytes and seconds that it is behind, and nothing is changed")
    func behind() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.expires = scene.repository.expires.adding(seconds: 7200)
        scene.repository.add("a/three.txt", "the third file")
        scene.repository.add("b/four.txt", "the fourth file", in: "team")
        scene.repository.publish(.root)
        scene.repository.publishAll()
        let before = try scene.files()
        let status = try await status(scene)
        #expect(try scene.files() == before)
        guard case .answered(let lag) = status.source else {
            Issue.record("\(status.source)")
            return
        }
        #expect(status.isBehind)
        #expect((lag.files, lag.bytes, lag.seconds) == (2, 29, 7200))
        #expect((lag.root, lag.snapshot) == (2, 3))
        #expect(!scene.requests().contains { $0.hasPrefix("targets/") })
        #expect(
            status.text.contains(
                "The source is ahead, 2 hours behind: root 1 to 2, timestamp \(lag.timestamp - 1) "
                    + "to \(lag.timestamp), snapshot 2 to 3, 2 files of 29 bytes."))
        #expect(status.metrics.contains("carnet_mirror_missing_files 2\n"))
        #expect(status.metrics.contains("carnet_mirror_behind_seconds 7200\n"))
        #expect(status.json["source"]?["files_missing"]?.integer == 2)
    }

    @Test("what has expired is said first, and the state is read all the same")
    func expired() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.now = scene.repository.expires.adding(days: 3)
        let status = try await status(scene, asking: false)
        #expect(status.isExpired)
        #expect(status.text.contains("timestamp EXPIRED 3 days ago: clients refuse it."))
    }

    @Test("a source that was rolled back is not followed")
    func rolledBack() async throws {
        var scene = try await MirrorScene.mirrored()
        let old = scene.repository.server["timestamp.json"]
        scene.repository.publish(.timestamp)
        try await scene.sync()
        scene.repository.server["timestamp.json"] = old
        guard case .refused(let error) = try await status(scene).source else {
            Issue.record("not refused")
            return
        }
        #expect(error.isStale)
    }
}

@Suite("Pruning a mirror")
struct PruningTests {
    private func prune(
        _ scene: MirrorScene, days: Int = 0, after: Int = 1, isDry: Bool = false
    ) async throws -> MirrorPruning.Outcome {
        // Files are as old as the clock of the disk says.
        let now = Instant(seconds: try newest(scene)).adding(days: after)
        return try await MirrorPruning(scene.store, graceDays: days, now: now).run(isDry: isDry)
    }

    private func newest(_ scene: MirrorScene) throws -> Int {
        let bytes = try FileDigest(of: scene.path + "/metadata/timestamp.json")
        return bytes.length > 0 ? currentSeconds() : 0
    }

    @Test("two states stay with all that they refer to, all roots stay, the rest goes")
    func states() async throws {
        var scene = try await MirrorScene.mirrored()
        let old = try scene.files()
        for number in 0..<3 {
            scene.repository.targets[.targets] = SimulatedTargets()
            scene.repository.delegate(SimulatedDelegation("team", ["b/*"]))
            scene.repository.add(UTF8Text("a/\(number)"), "number \(number)")
            scene.repository.publish(.root)
            scene.repository.publish(.targets)
            try await scene.sync()
        }
        let full = try scene.files()
        #expect(try await prune(scene, days: 30).removals.isEmpty)
        let planned = try await prune(scene, isDry: true)
        #expect(try scene.files() == full)
        let outcome = try await prune(scene)
        #expect(outcome == planned)
        #expect(outcome.snapshots == [4, 5])
        #expect(
            Set(outcome.removals.map(\.name.string)) == [
                "metadata/2.snapshot.json", "metadata/3.snapshot.json",
                "metadata/2.targets.json", "metadata/3.targets.json",
                "targets/a/\(digest("the first file")).one.txt",
                "targets/a/\(digest("number 0")).0",
            ])
        #expect(outcome.removals.prefix(2).allSatisfy { $0.name.string.hasSuffix("snapshot.json") })
        let left = try scene.files()
        #expect((1...4).allSatisfy { left["mirror/metadata/\($0).root.json"] != nil })
        #expect(left["mirror/metadata/1.team.json"] == old["mirror/metadata/1.team.json"])
        #expect(try await scene.client().count == 2)
        #expect(try await scene.sync().kind == .unchanged)
        #expect(try await prune(scene).removals.isEmpty)
    }

    @Test("what was received within the last hour stays, whatever the grace period")
    func young() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.publish(.targets)
        try await scene.sync()
        scene.repository.publish(.targets)
        try await scene.sync()
        let outcome = try await prune(scene, after: 0)
        #expect(outcome.removals.isEmpty)
        #expect(outcome.young > 0)
    }

    @Test("nothing goes from a mirror whose current state does not hold")
    func unsound() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.publish(.targets)
        try await scene.sync()
        try scene.folder.write("damaged", to: "mirror/metadata/3.targets.json")
        let before = try scene.files()
        await #expect(throws: MirrorError.self) { try await prune(scene) }
        try scene.folder.write("damaged", to: "mirror/metadata/1.team.json")
        await #expect(throws: MirrorError.self) { try await prune(scene) }
        #expect(try scene.files().count == before.count)
    }

    @Test("files of somebody else in the mirror's folders stay")
    func others() async throws {
        let scene = try await MirrorScene.mirrored()
        for name in ["targets/index.html", "metadata/notes.txt", "targets/a/README"] {
            try scene.folder.write("mine", to: "mirror/\(name)")
        }
        #expect(try await prune(scene).removals.isEmpty)
    }
}

@Suite("Reading a mirror at rest, and healing it")
struct CheckTests {
    private func check(_ scene: MirrorScene, heals: Bool) async throws -> MirrorCheck.Outcome {
        try await MirrorCheck(
            scene.store, sources: heals ? [scene.source] : [], options: scene.options,
            now: scene.now
        ).run()
    }

    private func damage(_ scene: MirrorScene, _ names: [String]) throws {
        for name in names {
            var bytes = try #require(try FileSystem.read("\(scene.path)/\(name)"))
            bytes[bytes.count / 2] ^= 1
            try FileSystem.write(bytes, to: "\(scene.path)/\(name)")
        }
    }

    @Test("a sound mirror has no problem, and nothing is asked for")
    func sound() async throws {
        let scene = try await MirrorScene.mirrored()
        let outcome = try await check(scene, heals: false)
        #expect(outcome.problems.isEmpty && outcome.isSound && outcome.foreign.isEmpty)
        #expect((outcome.roles, outcome.files) == (1, 2))
        #expect(scene.requests() == [])
    }

    @Test("every kind of damaged and missing file is found, and healed byte for byte")
    func healed() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        try await scene.sync()
        let before = try scene.files()
        let one = "targets/a/\(digest("the first file")).one.txt"
        let two = "targets/b/\(digest("the second file")).two.txt"
        let damaged = [
            one, "metadata/1.team.json", "metadata/2.snapshot.json", "metadata/2.root.json",
        ]
        let missing = [two, "metadata/2.targets.json"]
        try damage(scene, damaged)
        for name in missing { try FileSystem.remove("\(scene.path)/\(name)") }
        let outcome = try await check(scene, heals: true)
        #expect(
            outcome.problems
                == (damaged.map {
                    MirrorProblem(name: UTF8Text($0), kind: .damaged, isHealed: true)
                }
                + missing.map {
                    MirrorProblem(name: UTF8Text($0), kind: .missing, isHealed: true)
                }).sorted { $0.name < $1.name })
        #expect(outcome.isSound)
        #expect(try scene.files() == before)
        #expect(try await check(scene, heals: false).problems.isEmpty)
    }

    @Test("without a source damage is told, and left")
    func told() async throws {
        let scene = try await MirrorScene.mirrored()
        let one = "targets/a/\(digest("the first file")).one.txt"
        try damage(scene, [one])
        let before = try scene.files()
        let outcome = try await check(scene, heals: false)
        #expect(outcome.problems == [MirrorProblem(name: UTF8Text(one), kind: .damaged)])
        #expect(!outcome.isSound)
        #expect(try scene.files() == before)
    }

    @Test("a source with the wrong bytes heals nothing")
    func wrongSource() async throws {
        let scene = try await MirrorScene.mirrored()
        let one = "targets/a/\(digest("the first file")).one.txt"
        try damage(scene, [one])
        scene.repository.server[one] = Array("anything".utf8)
        let before = try scene.files()
        await #expect(throws: MirrorError.self) { try await check(scene, heals: true) }
        #expect(try scene.files() == before)
    }

    @Test("files that no state refers to are named and left alone")
    func foreign() async throws {
        let scene = try await MirrorScene.mirrored()
        try scene.folder.write("mine", to: "mirror/targets/index.html")
        let outcome = try await check(scene, heals: false)
        #expect(outcome.foreign == ["targets/index.html"])
        #expect(outcome.isSound)
    }

    @Test("of a partial mirror only what it keeps is missed")
    func partial() async throws {
        let scene = try await MirrorScene.mirrored { scene in
            scene.options.selection = MirrorSelection(roles: [], patterns: [Wildcard("a/*")])
        }
        let outcome = try await check(scene, heals: false)
        #expect(outcome.problems.isEmpty)
        #expect(outcome.files == 1)
    }
}
