// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Mirroring
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Publishing from where a repository is made: only what goes on from what is served")
struct DescentTests {
    /// What is served, and a repository that parted from it at snapshot 3.
    private func parted(then more: Int = 0) async throws -> (MirrorScene, served: Int) {
        var scene = try await MirrorScene.mirrored()
        scene.options.isOrigin = true
        let common = scene.repository
        scene.repository.add("a/here", "here")
        scene.repository.publish(.targets) { $0.set("x-nonce", "1") }
        try await scene.sync()
        let served = scene.repository.version(of: .snapshot)
        // The other one: the same version of everything, made apart.
        for name in scene.repository.server.names where name.hasPrefix("3.") {
            scene.repository.server[name] = nil
        }
        scene.repository = common
        scene.repository.add("a/there", "there")
        scene.repository.publish(.targets)
        for number in 0..<more {
            scene.repository.add(UTF8Text("a/\(number)"), "\(number)")
            scene.repository.publish(.targets)
        }
        _ = scene.requests()
        return (scene, served)
    }

    @Test(
        "another snapshot of the version that is served is refused, however far the folder went",
        arguments: [0, 1, 5])
    func diverged(more: Int) async throws {
        let (scene, served) = try await parted(then: more)
        let error = MirrorError.diverged(place: scene.path, snapshot: served)
        try await scene.expectRefusal(error, asking: ["timestamp.json", "3.snapshot.json"])
        #expect("\(error)".contains("serves another snapshot 3 than the folder's"))
        #expect(scene.notices.take().isEmpty)
    }

    @Test("also where a timestamp has no digests")
    func withoutDigests() async throws {
        var scene = try await MirrorScene.mirrored { scene in
            scene.repository.listsDigests = false
        }
        scene.options.isOrigin = true
        scene.repository.publish(.targets)
        let mine = try #require(scene.repository.server["2.snapshot.json"])
        scene.repository.server["2.snapshot.json"] = mine + [0x20]
        try await scene.expectRefusal(
            .diverged(place: scene.path, snapshot: 2),
            asking: ["timestamp.json", "2.snapshot.json"])
        scene.repository.server["2.snapshot.json"] = mine
        #expect(try await scene.sync().kind == .published)
    }

    @Test("what goes on from what is served is published, also many versions later")
    func descends() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.options.isOrigin = true
        for number in 0..<4 {
            scene.repository.add(UTF8Text("a/\(number)"), "\(number)")
            scene.repository.publish(.targets)
        }
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        #expect(try await scene.sync().kind == .published)
        #expect(try await scene.client().count == 6)
        #expect(try await scene.sync().kind == .unchanged)
        #expect(scene.notices.take().isEmpty)
    }

    @Test("a folder that has forgotten the snapshot that is served publishes, and it is said")
    func forgotten() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.options.isOrigin = true
        scene.repository.publish(.targets)
        scene.repository.server["2.snapshot.json"] = nil
        #expect(try await scene.sync().kind == .published)
        #expect(scene.notices.take() == [.notCompared(snapshot: 2)])
    }

    @Test("a mirror is no origin: what was never at its source is told by the versions alone")
    func mirrorsFollow() async throws {
        var (scene, _) = try await parted(then: 1)
        scene.options.isOrigin = false
        #expect(try await scene.sync().kind == .published)
    }
}
