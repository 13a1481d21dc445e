// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Mirroring
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Partial mirrors, and repositories without consistent snapshots")
struct SelectionTests {
    private func targets(_ scene: MirrorScene) throws -> [String] {
        try scene.files().keys.filter { $0.hasPrefix("mirror/targets/") && !$0.hasSuffix("/") }
            .map { String($0.dropFirst("mirror/targets/".count)) }.sorted()
    }

    @Test("of a role: its files, all metadata")
    func role() async throws {
        let scene = try await MirrorScene.mirrored { scene in
            scene.options.selection = MirrorSelection(roles: ["team"], patterns: [])
        }
        #expect(try targets(scene) == ["b/\(digest("the second file")).two.txt"])
        #expect(try scene.files()["mirror/metadata/2.targets.json"] != nil)
        #expect(try await scene.sync().kind == .unchanged)
        #expect(scene.requests() == ["timestamp.json"])
    }

    @Test("of a pattern, and more of it later")
    func pattern() async throws {
        var scene = try await MirrorScene.mirrored { scene in
            scene.options.selection = MirrorSelection(roles: [], patterns: [Wildcard("a/*")])
        }
        #expect(try targets(scene) == ["a/\(digest("the first file")).one.txt"])
        scene.options.selection = .everything
        #expect(try await scene.sync().kind == .unchanged)
        #expect(try await scene.client().count == 2)
        // Now all is there, and the next one knows.
        _ = scene.requests()
        try await scene.sync()
        #expect(scene.requests() == ["timestamp.json"])
    }

    @Test("what a kept file is judged by is kept with it")
    func evidence() async throws {
        var scene = try MirrorScene()
        scene.repository.delegate(SimulatedDelegation("links", ["in-toto-metadata/*/*"]))
        scene.repository.delegate(
            SimulatedDelegation("layouts", ["in-toto-metadata/*", "in-toto-pubkeys/*"]))
        scene.repository.add("a/one.txt", "the first file")
        scene.repository.add("a/two.txt", "the second file")
        scene.repository.add("in-toto-metadata/1/build.link", "link one", in: "links")
        scene.repository.add("in-toto-metadata/2/build.link", "link two", in: "links")
        scene.repository.add("in-toto-metadata/demo.layout", "layout", in: "layouts")
        scene.repository.add("in-toto-pubkeys/1.pub", "key", in: "layouts")
        scene.repository.targets[.targets]?.files[0].value.set(
            "custom",
            ["in-toto": ["in-toto-metadata/demo.layout", "in-toto-metadata/1/build.link"]])
        scene.repository.publishAll()
        scene.options.selection = MirrorSelection(roles: [], patterns: [Wildcard("a/one*")])
        try await scene.sync()
        #expect(
            try targets(scene) == [
                "a/\(digest("the first file")).one.txt",
                "in-toto-metadata/1/\(digest("link one")).build.link",
                "in-toto-metadata/\(digest("layout")).demo.layout",
                "in-toto-pubkeys/\(digest("key")).1.pub",
            ])
    }

    @Test("what a kept file is judged by is followed, also where its own role does not change")
    func changedEvidence() async throws {
        var scene = try MirrorScene()
        scene.repository.delegate(SimulatedDelegation("links", ["in-toto-metadata/*/*"]))
        scene.repository.delegate(SimulatedDelegation("files", ["a/*"]))
        scene.repository.add("a/one.txt", "the first file", in: "files")
        scene.repository.add("in-toto-metadata/1/build.link", "link one", in: "links")
        scene.repository.targets["files"]?.files[0].value.set(
            "custom", ["in-toto": ["in-toto-metadata/1/build.link"]])
        scene.repository.publishAll()
        scene.options.selection = MirrorSelection(roles: ["files"], patterns: [])
        try await scene.sync()
        scene.repository.add("in-toto-metadata/1/build.link", "link two", in: "links")
        scene.repository.publish("links")
        try await scene.sync()
        #expect(
            try targets(scene).contains("in-toto-metadata/1/\(digest("link two")).build.link"))
    }

    @Test("without consistent snapshots: mirrored in the best order, and that is said")
    func notConsistent() async throws {
        var scene = try await MirrorScene.mirrored { scene in
            scene.repository = RepositorySimulator()
            scene.repository.consistentSnapshot = false
            scene.repository.add("a/one.txt", "the first file")
            scene.repository.publish(.root)
        }
        #expect(scene.notices.take() == [.notConsistent])
        #expect(try await scene.client() == ["a/one.txt": "the first file"])
        scene.repository.add("a/one.txt", "the first file, changed")
        scene.repository.publish(.targets)
        try await scene.sync()
        #expect(try await scene.client() == ["a/one.txt": "the first file, changed"])
        _ = scene.requests()
        #expect(try await scene.sync().kind == .unchanged)
        #expect(scene.requests() == ["timestamp.json"])
    }

    @Test("a limit of the rate is kept")
    func rate() async throws {
        var scene = try MirrorScene()
        scene.repository.add("a/one", String(repeating: "x", count: 30_000))
        scene.repository.publish(.targets)
        scene.options.bytesPerSecond = 60_000
        let clock = ContinuousClock()
        let time = try await clock.measure { try await scene.sync() }
        #expect(time > .milliseconds(350))
    }
}
