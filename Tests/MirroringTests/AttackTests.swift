// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Mirroring
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("A mirror whose source misbehaves keeps the last good state")
struct AttackTests {
    private let refresh = ["timestamp.json", "2.root.json", "timestamp.json"]

    @Test("a source that was rolled back")
    func rollback() async throws {
        var scene = try await MirrorScene.mirrored()
        let old = scene.repository.server["timestamp.json"]
        scene.repository.publish(.timestamp)
        try await scene.sync()
        scene.repository.server["timestamp.json"] = old
        let version = scene.repository.version(of: .timestamp)
        let expected = MirrorError.update(
            .rollback(role: .timestamp, offered: version - 1, trusted: version))
        #expect(expected.isStale)
        try await scene.expectRefusal(expected, asking: refresh)
    }

    @Test("a source that is frozen, whose timestamp has expired")
    func freeze() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.now = scene.repository.expires.adding(seconds: 1)
        // The root is expired as well, which is told first.
        try await scene.expectRefusal(
            .update(.expired(role: .root, since: scene.repository.expires)),
            asking: ["2.root.json"])
    }

    @Test("a frozen timestamp under a root that is good")
    func frozenTimestamp() async throws {
        var scene = try await MirrorScene.mirrored { scene in
            scene.repository.expires = .testTime.adding(days: 1)
        }
        scene.now = .testTime.adding(days: 2)
        try await scene.expectRefusal(
            .update(.expired(role: .timestamp, since: .testTime.adding(days: 1))),
            asking: ["timestamp.json"])
    }

    @Test("another timestamp of the version that is mirrored")
    func twoTimestamps() async throws {
        var scene = try await MirrorScene.mirrored()
        let version = scene.repository.version(of: .timestamp)
        scene.repository.expires = scene.repository.expires.adding(days: 1)
        scene.repository.publish(.timestamp, signed: { $0.set("version", .integer(version)) })
        try await scene.expectRefusal(
            .twoFiles(file: "timestamp.json"), asking: ["timestamp.json"])
    }

    @Test("a snapshot of another state, mixed in")
    func mixAndMatch() async throws {
        var scene = try await MirrorScene.mirrored()
        let old = try #require(scene.repository.server["2.snapshot.json"])
        scene.repository.publish(.targets)
        let new = try #require(scene.repository.server["3.snapshot.json"])
        scene.repository.server["3.snapshot.json"] = old
        let error =
            old.count == new.count
            ? UpdateError.wrongDigest(
                file: "snapshot.json", found: DigestAlgorithm.sha256.hexDigest(of: old),
                expected: DigestAlgorithm.sha256.hexDigest(of: new))
            : .wrongLength(file: "snapshot.json", found: old.count, expected: new.count)
        try await scene.expectRefusal(.update(error), asking: refresh + ["3.snapshot.json"])
    }

    @Test("another repository in the source's place")
    func swapped() async throws {
        let scene = try await MirrorScene.mirrored()
        var other = RepositorySimulator()
        other.keys[.timestamp] = [TestKey("somebody else")]
        other.publish(.root)
        other.publish(.timestamp)
        for name in ["timestamp.json", "2.root.json"] {
            scene.repository.server[name] = other.server[name]
        }
        scene.repository.server["2.root.json"] = nil
        let before = try scene.files()
        let refusal = await scene.refusal()
        guard case .update(.unsigned(file: "timestamp.json", by: .root, _, _)) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(scene.requests() == refresh)
        #expect(try scene.files() == before)
    }

    @Test("a root that the trusted one did not sign")
    func foreignRoot() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.publish(.timestamp)
        var other = RepositorySimulator()
        other.keys[.root] = [TestKey("somebody else")]
        other.signers[.root] = [TestKey("somebody else")]
        other.publish(.root)
        scene.repository.server["2.root.json"] = other.bytes(of: .root)
        let before = try scene.files()
        let refusal = await scene.refusal()
        guard case .update(.unsigned(file: "2.root.json", by: .root, _, _)) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(scene.requests() == ["timestamp.json", "2.root.json"])
        #expect(try scene.files() == before)
    }

    @Test("a role that the snapshot lists no more")
    func vanished() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.publish(.snapshot) { document in
            document.put(nil, at: "meta", "team.json")
        }
        try await scene.expectRefusal(
            .update(.vanished(role: "team")), asking: refresh + ["3.snapshot.json"])
    }

    @Test("a file with other bytes than its role lists")
    func wrongDigest() async throws {
        let scene = try await released()
        let name = "targets/a/\(digest("the third file")).three.txt"
        scene.repository.server[name] = Array("the THIRD file".utf8)
        try await expectTargetRefusal(
            scene,
            .wrongDigest(
                file: "a/three.txt", found: digest("the THIRD file"),
                expected: digest("the third file")), name)
    }

    @Test("a file that does not end")
    func endless() async throws {
        let scene = try await released()
        let name = "targets/a/\(digest("the third file")).three.txt"
        scene.repository.server[name] = [UInt8](repeating: 0x61, count: 1 << 20)
        try await expectTargetRefusal(
            scene, .wrongLength(file: "a/three.txt", found: 15, expected: 14), name)
    }

    @Test("a file that is missing")
    func missing() async throws {
        let scene = try await released()
        let name = "targets/a/\(digest("the third file")).three.txt"
        scene.repository.server[name] = nil
        try await expectTargetRefusal(scene, .missing(file: "a/three.txt"), name)
    }

    @Test("two different files under one version of a role")
    func splitView() async throws {
        var scene = try await MirrorScene.mirrored()
        let other = try #require(scene.repository.server["2.targets.json"])
        scene.repository.publish(.targets)
        try await scene.sync()
        // The same version again, with other contents.
        scene.repository.publish(.snapshot) { document in
            document.put(.integer(other.count), at: "meta", "targets.json", "length")
            document.put(
                .text(DigestAlgorithm.sha256.hexDigest(of: other)), at: "meta", "targets.json",
                "hashes", "sha256")
        }
        scene.repository.server["3.targets.json"] = other
        let before = try scene.files()
        let refusal = await scene.refusal()
        #expect(
            refusal
                == .update(.wrongVersion(file: "targets.json", found: 2, expected: 3)))
        #expect(try scene.files() == before)
    }

    private func released() async throws -> MirrorScene {
        var scene = try await MirrorScene.mirrored()
        scene.repository.add("a/three.txt", "the third file")
        scene.repository.publish(.targets)
        return scene
    }

    /// What was there stays as it is, and the new role is not referred to.
    private func expectTargetRefusal(
        _ scene: MirrorScene, _ expected: UpdateError, _ name: String,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try scene.files()
        let refusal = await scene.refusal()
        #expect(refusal == .update(expected), sourceLocation: location)
        #expect(
            scene.requests() == refresh + ["3.snapshot.json", "3.targets.json", name],
            sourceLocation: location)
        #expect(try scene.files() == before, sourceLocation: location)
        #expect(try await scene.client().count == 2, sourceLocation: location)
    }
}
