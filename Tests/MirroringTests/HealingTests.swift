// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Mirroring
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Healing a mirror whose timestamp.json is damaged")
struct TimestampHealingTests {
    private static let file = "metadata/timestamp.json"
    private static let healed = MirrorProblem(
        name: UTF8Text(file), kind: .damaged, isHealed: true)
    private static let left = MirrorProblem(name: UTF8Text(file), kind: .damaged)

    private func check(
        _ scene: MirrorScene, _ store: (any RepositoryStore)? = nil
    ) async throws -> MirrorCheck.Outcome {
        try await MirrorCheck(
            store ?? scene.store, sources: [scene.source], options: scene.options, now: scene.now
        ).run()
    }

    private func damage(_ scene: MirrorScene, _ name: String = file) throws {
        var bytes = try #require(try FileSystem.read("\(scene.path)/\(name)"))
        bytes[bytes.count / 2] ^= 1
        try FileSystem.write(bytes, to: "\(scene.path)/\(name)")
    }

    private func timestamp(_ scene: MirrorScene) throws -> [UInt8]? {
        try FileSystem.read("\(scene.path)/\(Self.file)")
    }

    @Test("what the source has is put back, byte for byte, and other damage with it")
    func sameState() async throws {
        let scene = try await MirrorScene.mirrored()
        let before = try scene.files()
        try damage(scene)
        try damage(scene, "metadata/1.team.json")
        let outcome = try await check(scene)
        #expect(
            outcome.problems == [
                MirrorProblem(name: "metadata/1.team.json", kind: .damaged, isHealed: true),
                Self.healed,
            ])
        #expect(outcome.isSound && outcome.files == 2)
        #expect(try scene.files() == before)
        #expect(try await scene.sync().kind == .unchanged)
    }

    @Test("one that is gone, and one that nobody could read whole", arguments: [true, false])
    func missing(isGone: Bool) async throws {
        let scene = try await MirrorScene.mirrored()
        let before = try scene.files()
        let path = "\(scene.path)/\(Self.file)"
        if isGone {
            try FileSystem.remove(path)
        } else {
            try FileSystem.write([UInt8](repeating: 0x20, count: 1 << 20), to: path)
        }
        let outcome = try await check(scene)
        #expect(outcome.problems.map(\.kind) == [isGone ? .missing : .damaged])
        #expect(outcome.isSound)
        #expect(try scene.files() == before)
    }

    @Test("a newer timestamp over the same snapshot takes its place")
    func newerTimestamp() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.publish(.timestamp)
        try damage(scene)
        #expect(try await check(scene).problems == [Self.healed])
        #expect(try timestamp(scene) == scene.repository.bytes(of: .timestamp))
    }

    @Test("where the source has moved on, the mirror comes to its state, new roots too")
    func newerState() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.add("a/three.txt", "the third file")
        scene.repository.keys[.timestamp] = [TestKey("another timestamp key")]
        scene.repository.publish(.root)
        scene.repository.publishAll()
        try damage(scene)
        let outcome = try await check(scene)
        #expect(outcome.problems == [Self.healed])
        #expect(outcome.isSound && outcome.files == 3)
        #expect(try await scene.client().count == 3)
        #expect(try await scene.sync().kind == .unchanged)
    }

    @Test("a partial mirror stays one")
    func partial() async throws {
        var scene = try await MirrorScene.mirrored { scene in
            scene.options.selection = MirrorSelection(roles: [], patterns: [Wildcard("a/*")])
        }
        scene.repository.add("b/three.txt", "the third file", in: "team")
        scene.repository.publishAll()
        try damage(scene)
        scene.options.selection = .everything
        #expect(try await check(scene).isSound)
        let names = try scene.files().keys.filter { $0.hasPrefix("mirror/targets/b/") }
        #expect(names.filter { !$0.hasSuffix("/") }.isEmpty)
    }

    @Test(
        "a source that is older than what the mirror served heals nothing, nor does it by sync",
        arguments: [1, 2])
    func older(states: Int) async throws {
        var scene = try await MirrorScene.mirrored()
        let old = scene.repository.server["timestamp.json"]
        let served = scene.repository.version(of: .timestamp)
        if states == 1 {
            // The same snapshot, an older timestamp.
            scene.repository.publish(.timestamp)
        } else {
            scene.repository.publish(.targets)
        }
        try await scene.sync()
        scene.repository.server["timestamp.json"] = old
        try damage(scene)
        let before = try scene.files()
        _ = scene.notices.take()
        let outcome = try await check(scene)
        #expect(outcome.problems == [Self.left])
        #expect(!outcome.isSound)
        #expect(try scene.files() == before)
        let error = UpdateError.rollback(
            role: .timestamp, offered: served, trusted: served + 1)
        #expect(
            scene.notices.take() == [.notHealed(file: Self.file, reason: "\(error)")])
        #expect(await scene.refusal() == .update(error))
        #expect(try timestamp(scene) == before["mirror/\(Self.file)"])
    }

    @Test("versions that a new root lets begin anew are no step back")
    func recovery() async throws {
        var scene = try await MirrorScene.mirrored()
        let expires = scene.repository.expires
        scene.repository.publish(.timestamp, signed: { $0.set("version", 1000) })
        try await scene.sync()
        try damage(scene)
        scene.repository.keys[.timestamp] = [TestKey("after the theft")]
        scene.repository.publish(.root)
        scene.repository.publish(
            .timestamp, signed: { $0.set("expires", .text(expires.description)) })
        #expect(try await check(scene).problems == [Self.healed])
        #expect(try await scene.client().count == 2)
    }

    @Test("an expired source, and one that signs with keys of nobody, heal nothing")
    func unusable() async throws {
        var expired = try await MirrorScene.mirrored()
        expired.now = expired.repository.expires.adding(seconds: 1)
        var forged = try await MirrorScene.mirrored()
        forged.repository.signers[.timestamp] = [TestKey("mallory")]
        forged.repository.publish(.timestamp)
        for scene in [expired, forged] {
            try damage(scene)
            let before = try scene.files()
            #expect(try await check(scene).problems == [Self.left])
            #expect(try scene.files() == before)
            #expect(scene.notices.take().count == 1)
        }
    }

    @Test("what another process published meanwhile is not replaced")
    func overtaken() async throws {
        var scene = try await MirrorScene.mirrored()
        let old = try #require(scene.repository.server["timestamp.json"])
        try damage(scene)
        scene.repository.add("a/three.txt", "the third file")
        scene.repository.publish(.targets)
        let new = scene.repository.bytes(of: .timestamp)
        scene.repository.server["timestamp.json"] = old
        let (server, base) = (scene.repository.server, scene.store)
        let sync = MirrorSync(scene.source, into: base, options: scene.options, now: scene.now)
        let pin = scene.pin
        let store = MeddlingStore(base, before: UTF8Text(Self.file)) {
            server["timestamp.json"] = new
            _ = try? await sync.run(.root(pin))
        }
        #expect(try await check(scene, store).isSound)
        #expect(try timestamp(scene) == new)
    }
}

@Suite("Healing a mirror from several sources")
struct SeveralSourcesTests {
    /// A mirror with one damaged file of each kind, and three mirrors of its source.
    private func scene(
        _ prepare: (inout [SimulatedServer]) -> Void
    ) async throws -> (scene: MirrorScene, sources: [MirrorSource], before: [String: [UInt8]]) {
        var scene = try await MirrorScene.mirrored()
        scene.repository.add("a/long", String(repeating: "long ", count: 200_000))
        scene.repository.publish(.root)
        scene.repository.publish(.targets)
        try await scene.sync()
        let before = try scene.files()
        for name in names {
            var bytes = try #require(try FileSystem.read("\(scene.path)/\(name)"))
            bytes[bytes.count / 2] ^= 1
            try FileSystem.write(bytes, to: "\(scene.path)/\(name)")
        }
        var servers = (0..<3).map { _ in SimulatedServer(copying: scene.repository.server) }
        prepare(&servers)
        let mirrors = SimulatedMirrors(["a": servers[0], "b": servers[1], "c": servers[2]])
        let sources = mirrors.urls.map {
            MirrorSource(
                place: $0, metadataURL: $0, targetsURL: $0 + "targets/", fetcher: mirrors)
        }
        return (scene, sources, before)
    }

    private var names: [String] {
        [
            "metadata/1.team.json", "metadata/2.root.json", "metadata/3.snapshot.json",
            "metadata/timestamp.json", "targets/a/\(digest("the first file")).one.txt",
            "targets/a/\(digest(String(repeating: "long ", count: 200_000))).long",
        ]
    }

    private func check(
        _ scene: MirrorScene, _ sources: [MirrorSource]
    ) async throws -> MirrorCheck.Outcome {
        try await MirrorCheck(
            scene.store, sources: sources, options: scene.options, now: scene.now
        ).run()
    }

    @Test("what one has not, or has damaged, or does not answer, the next one has")
    func inTurn() async throws {
        let (scene, sources, before) = try await scene { servers in
            for name in servers[0].names { servers[0][name] = nil }
            for name in servers[1].names {
                servers[1][name]?.withUnsafeMutableBufferPointer { $0[$0.count / 2] ^= 1 }
            }
        }
        let outcome = try await check(scene, sources)
        #expect(outcome.problems.map(\.name.string) == names.sorted())
        #expect(outcome.isSound)
        #expect(try scene.files() == before)
    }

    @Test("one that is down is passed over")
    func down() async throws {
        let (scene, sources, before) = try await scene { servers in
            for server in servers.dropLast() { server.setFault(.unreachable("down")) }
        }
        #expect(try await check(scene, sources).isSound)
        #expect(try scene.files() == before)
    }

    @Test("if all are down that is what is said, and nothing is changed")
    func allDown() async throws {
        let (scene, sources, _) = try await scene { servers in
            for server in servers { server.setFault(.unreachable("down")) }
        }
        let before = try scene.files()
        let error = await #expect(throws: MirrorError.self) {
            _ = try await check(scene, sources)
        }
        #expect(error?.isUnreachable == true)
        #expect(try scene.files() == before)
    }

    @Test("a newer state of one of them is taken only where the timestamp is damaged")
    func ahead() async throws {
        var (scene, sources, _) = try await scene { _ in }
        scene.repository.add("a/three.txt", "the third file")
        scene.repository.publish(.targets)
        let ahead = SimulatedServer(copying: scene.repository.server)
        let behind = SimulatedServer()
        let mirrors = SimulatedMirrors(["a": behind, "b": ahead])
        sources = mirrors.urls.map {
            MirrorSource(
                place: $0, metadataURL: $0, targetsURL: $0 + "targets/", fetcher: mirrors)
        }
        #expect(try await check(scene, sources).isSound)
        #expect(try await scene.client().count == 4)
    }
}
