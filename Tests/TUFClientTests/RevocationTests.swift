// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TAP 20: a role that its own keys ended")
struct RevocationTests {
    private let role = RoleName("a")
    private let file = "rotate/a.rotate.1"
    private let key = TestKey("a")

    private func scene(
        digests: Bool = true, terminating: Bool = false, revoked: Bool = true,
        signed: (inout JSON) -> Void = { _ in }
    ) -> Scene {
        var scene = Scene()
        scene.repository.listsDigests = digests
        scene.repository.delegate(SimulatedDelegation("a", terminating: terminating))
        scene.repository.delegate(SimulatedDelegation("b"))
        for role in ["a", "b"] as [UTF8Text] {
            scene.repository.add("file", "of \(role)", in: RoleName(role))
        }
        if revoked {
            scene.repository.rotate(role, 1, to: [], signedBy: [key], signed: signed)
        } else {
            scene.repository.rotate(role, 1, to: [key], signedBy: [key])
        }
        scene.repository.publishAll()
        return scene
    }

    private static let nulls: [JSON] = [[:], .null, ["null": .null]]

    /// TAP 20a: a rotation to null: the role is no longer trusted, whoever signs for it
    @Test("is not trusted any more, and nobody takes its place", arguments: nulls)
    func revoked(_ keys: JSON) async throws {
        for terminating in [true, false] {
            let scene = scene(terminating: terminating) { $0.set("keys", keys) }
            let refusal = UpdateError.revoked(role: role)
            try await scene.expectRefusal(
                refusal, searching: "file", asking: [file],
                saving: [RoleName("rotate/a.rotate.1")])
            try await scene.expectRefusal(refusal, searching: "file", asking: [])
            #expect("\(refusal)" == "a.json: the role was ended by its own keys")
        }
    }

    /// TAP 20b: a revocation is the one thing that may replace a rotation
    @Test("may be ended by a file in place of its last rotation", arguments: [true, false])
    func replacing(_ digests: Bool) async throws {
        var scene = scene(digests: digests, revoked: false)
        #expect(try await scene.find("file").target?.role == role)
        scene.repository.rotate(role, 1, to: [], signedBy: [key])
        scene.repository.publish(.snapshot)
        try await scene.expectRefusal(
            .revoked(role: role), searching: "file", asking: [file],
            saving: [RoleName("rotate/a.rotate.1")])
    }

    /// TAP 20a: what ended once stays ended until the role is delegated to anew
    @Test("does not come back when the server forgets", arguments: [true, false])
    func noWayBack(_ digests: Bool) async throws {
        var scene = scene(digests: digests)
        try await scene.expectRefusal(
            .revoked(role: role), searching: "file", asking: [file],
            saving: [RoleName("rotate/a.rotate.1")])
        scene.repository.otherFiles = []
        scene.repository.publish(.snapshot)
        await #expect(throws: UpdateError.vanished(role: RoleName("rotate/a.rotate.1"))) {
            try await scene.refresh()
        }
    }

    /// TAP 20b: a revocation is not replaced by a rotation
    @Test("does not come back by a rotation in place of its end", arguments: [true, false])
    func notUndone(_ digests: Bool) async throws {
        var scene = scene(digests: digests)
        await #expect(throws: UpdateError.revoked(role: role)) { try await scene.find("file") }
        scene.repository.rotate(role, 1, to: [key], signedBy: [key])
        scene.repository.publish(.snapshot)
        // With digests the snapshot asks for the new file; without, the old one answers.
        try await scene.expectRefusal(
            digests ? .rotationReplaced(file: file) : .revoked(role: role), searching: "file",
            asking: digests ? [file] : [])
    }

    @Test("cannot be ended by anybody else's keys")
    func byOthers() async throws {
        var scene = scene()
        scene.repository.rotate(role, 1, to: [], signedBy: [TestKey("mallory")])
        scene.repository.publish(.snapshot)
        let bytes = try #require(scene.repository.server[file])
        let count = try SignedFile(bytes).count(by: Authority([key]))
        try await scene.expectRefusal(
            .unsigned(file: file, by: .targets, count, missing: [key.id]), searching: "file",
            asking: [file])
    }

    @Test("is ended offline too")
    func offline() async throws {
        let scene = scene()
        let path = try #require(TargetPath("file"))
        await #expect(throws: UpdateError.revoked(role: role)) { try await scene.find("file") }
        let search = TargetSearch(try await scene.updater.cached(), scene.updater)
        await scene.expectRefusal(.revoked(role: role), asking: []) {
            () async throws(UpdateError) in _ = try await search.find(path)
        }
        scene.store[RoleName("rotate/a.rotate.1")] = nil
        await scene.expectRefusal(
            .notCached(role: RoleName("rotate/a.rotate.1"), version: nil), asking: []
        ) { () async throws(UpdateError) in _ = try await search.find(path) }
    }
}
