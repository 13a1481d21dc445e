// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Mirroring
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Synchronization of a mirror")
struct SyncTests {
    @Test("a new mirror serves what the source serves, byte for byte, and nothing else")
    func first() async throws {
        let scene = try await MirrorScene.mirrored()
        #expect(
            try await scene.client()
                == ["a/one.txt": "the first file", "b/two.txt": "the second file"])
        let server = scene.repository.server
        for (name, bytes) in try scene.files() where name.hasPrefix("mirror/metadata/") {
            guard !name.hasSuffix("/") else { continue }
            #expect(server[String(name.dropFirst("mirror/metadata/".count))] == bytes, "\(name)")
        }
        let names = try scene.files().keys.filter { !$0.hasSuffix("/") }.sorted()
        #expect(
            names
                == [
                    "mirror/carnet-mirror.json", "mirror/metadata/1.root.json",
                    "mirror/metadata/2.snapshot.json", "mirror/metadata/2.targets.json",
                    "mirror/metadata/1.team.json", "mirror/metadata/timestamp.json",
                    "mirror/targets/a/\(digest("the first file")).one.txt",
                    "mirror/targets/b/\(digest("the second file")).two.txt",
                ].sorted())
    }

    @Test("with nothing new, one request and no change")
    func nothingNew() async throws {
        let scene = try await MirrorScene.mirrored()
        let before = try scene.files()
        let outcome = try await scene.sync()
        #expect(outcome.kind == .unchanged)
        #expect(scene.requests() == ["timestamp.json"])
        #expect(try scene.files() == before)
    }

    @Test("a new release: only the changed roles and the new file are asked for")
    func release() async throws {
        var scene = try await MirrorScene.mirrored { scene in
            scene.repository.delegate(SimulatedBins(prefix: "bin", bitLength: 4), from: "team")
        }
        scene.repository.add("a/three.txt", "the third file")
        scene.repository.publish(.targets)
        let outcome = try await scene.sync()
        #expect(outcome.kind == .published)
        #expect(outcome.progress.received == 1)
        #expect(
            scene.requests() == [
                "timestamp.json", "2.root.json", "timestamp.json", "3.snapshot.json",
                "3.targets.json", "targets/a/\(digest("the third file")).three.txt",
            ])
        #expect(try await scene.client()["a/three.txt"] == "the third file")
    }

    @Test("a change of one bin below a role that did not change is found")
    func deepChange() async throws {
        var scene = try await MirrorScene.mirrored { scene in
            scene.repository.delegate(SimulatedBins(prefix: "bin", bitLength: 3), from: "team")
        }
        let path = try #require(TargetPath("b/deep.txt"))
        let bin = try #require(
            Targets(SignedFile(scene.repository.bytes(of: "team")).signed).delegations?
                .firstRole(covering: path))
        scene.repository.add("b/deep.txt", "deep", in: bin)
        scene.repository.publish(bin)
        try await scene.sync()
        #expect(
            scene.requests() == [
                "timestamp.json", "2.root.json", "timestamp.json", "3.snapshot.json",
                "2.\(bin.encoded).json", "targets/b/\(digest("deep")).deep.txt",
            ])
        #expect(try await scene.client()["b/deep.txt"] == "deep")
    }

    @Test("versions alone in the snapshot are enough to fetch no role twice")
    func versionsAlone() async throws {
        var scene = try await MirrorScene.mirrored { $0.repository.listsDigests = false }
        scene.repository.add("a/three.txt", "the third file")
        scene.repository.publish(.targets)
        try await scene.sync()
        #expect(!scene.requests().contains("1.team.json"))
        #expect(try await scene.client().count == 3)
    }

    @Test("a new timestamp alone costs no metadata but itself")
    func timestampAlone() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.publish(.timestamp)
        #expect(try await scene.sync().kind == .published)
        #expect(scene.requests() == ["timestamp.json", "2.root.json", "timestamp.json"])
        #expect(try await scene.sync().kind == .unchanged)
    }

    @Test("a file that is listed by two digests is there under both names")
    func twoDigests() async throws {
        var scene = try await MirrorScene.mirrored()
        let sha512 = DigestAlgorithm.sha512.hexDigest(of: Array("the first file".utf8))
        scene.repository.publish(.targets) { document in
            document.put(.text(sha512), at: "targets", "a/one.txt", "hashes", "sha512")
        }
        try await scene.sync()
        #expect(try scene.files()["mirror/targets/a/\(sha512).one.txt"] != nil)
    }

    @Test("empty files and files longer than the memory for one are mirrored")
    func lengths() async throws {
        let long = String(repeating: "0123456789abcdef", count: 40_000)
        let scene = try await MirrorScene.mirrored { scene in
            scene.repository.add("a/empty", "")
            scene.repository.add("a/long", long)
        }
        let seen = try await scene.client()
        #expect(seen["a/empty"] == "")
        #expect(seen["a/long"] == long)
        #expect(try FileSystem.names(in: "\(scene.path)/.carnet-staging") == [])
    }

    @Test("many small files arrive whole")
    func manyFiles() async throws {
        let scene = try await MirrorScene.mirrored { scene in
            for number in 0..<800 {
                scene.repository.add(UTF8Text("many/\(number)"), "file \(number)")
            }
        }
        #expect(try await scene.client().count == 802)
    }

    @Test("what an interrupted synchronization received whole is not asked for again")
    func resumed() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.add("a/three.txt", "the third file")
        scene.repository.add("b/four.txt", "the fourth file", in: "team")
        scene.repository.publishAll()
        let four = "targets/b/\(digest("the fourth file")).four.txt"
        scene.repository.server.setFault(.status(503), for: four)
        #expect(await scene.refusal()?.isUnreachable == true)
        #expect(scene.requests().contains("targets/a/\(digest("the third file")).three.txt"))
        #expect(try await scene.client().count == 2)
        scene.repository.server.setFault(nil, for: four)
        try await scene.sync()
        #expect(scene.requests().filter { $0.hasPrefix("targets/") } == [four])
        #expect(try await scene.client().count == 4)
    }

    @Test("a file that a crash left damaged is replaced, not published")
    func damagedLeftover() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.add("a/three.txt", "the third file")
        scene.repository.publish(.targets)
        let name = "mirror/targets/a/\(digest("the third file")).three.txt"
        try scene.folder.write("the third fil\0", to: name)
        try scene.folder.write("no metadata", to: "mirror/metadata/3.targets.json")
        try await scene.sync()
        #expect(try await scene.client().count == 3)
        #expect(scene.notices.take().count == 2)
    }
}

func digest(_ content: String) -> String {
    DigestAlgorithm.sha256.hexDigest(of: Array(content.utf8))
}
