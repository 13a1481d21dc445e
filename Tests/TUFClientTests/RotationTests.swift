// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TAP 8: rotation of a role's keys by itself")
struct RotationTests {
    private let role = RoleName("a/b")
    private let first = "rotate/a%2Fb.rotate.1"
    private let old = TestKey("a/b")
    private let new = TestKey("new a/b")

    /// A client of a repository that delegates to the role, whose file `signers` signed.
    private func scene(
        digests: Bool = true, signedBy signers: [TestKey],
        _ rotate: (inout RepositorySimulator) -> Void
    ) -> Scene {
        var scene = Scene()
        scene.repository.listsDigests = digests
        scene.repository.delegate(SimulatedDelegation(role.text, keys: [old]))
        scene.repository.add("file", "x", in: role)
        scene.repository.signers[role] = signers
        rotate(&scene.repository)
        scene.repository.publishAll()
        return scene
    }

    private func stored(_ number: Int) -> RoleName {
        RoleName(UTF8Text("rotate/\(role.text).rotate.\(number)"))
    }

    /// TAP 8a, TAP 8c: the keys are those of the last rotation, each signed by those before
    @Test("what the new keys signed is taken, and each rotation asked for once")
    func chain() async throws {
        let last = [TestKey("x"), TestKey("y")]
        let scene = scene(signedBy: last) { repository in
            repository.rotate(role, 1, to: [new], signedBy: [old])
            repository.rotate(role, 2, to: last, threshold: 2, signedBy: [new])
        }
        let (target, asked) = try await scene.find("file")
        #expect(target?.chain == [.targets, role])
        #expect(asked == [first, "rotate/a%2Fb.rotate.2", "1.a%2Fb.json"])
        #expect(scene.store[stored(1)] == scene.repository.server[first])
        #expect(try await scene.find("file").asked == [])
        let state = try await scene.updater.cached()
        let path = try #require(TargetPath("file"))
        #expect(try await TargetSearch(state, scene.updater).find(path) != nil)
    }

    /// TAP 8e: the keys before the rotation no longer sign for the role
    @Test("what the old keys signed is refused")
    func oldKeys() async throws {
        let scene = scene(signedBy: [old]) { $0.rotate(role, 1, to: [new], signedBy: [old]) }
        try await scene.expectRefusal(
            try scene.unsigned(role, keys: [new], by: .targets), searching: "file",
            asking: [first, "1.a%2Fb.json"], saving: [stored(1)])
    }

    /// TAP 8a: a rotation is signed by a threshold of the keys before it
    @Test("a rotation that the keys before it did not sign is refused")
    func forgedRotation() async throws {
        let scene = scene(signedBy: [new]) { $0.rotate(role, 1, to: [new], signedBy: [new]) }
        let bytes = try #require(scene.repository.server[first])
        let count = try SignedFile(bytes).count(by: Authority([old]))
        try await scene.expectRefusal(
            .unsigned(file: first, by: .targets, count, missing: [old.id]), searching: "file",
            asking: [first])
    }

    /// TAP 8b: a rotation that the snapshot lists and the server does not have is no small thing
    @Test("a rotation that is listed and not there ends the search")
    func withheld() async throws {
        let scene = scene(signedBy: [old]) { $0.rotate(role, 1, to: [new], signedBy: [old]) }
        scene.repository.server[first] = nil
        try await scene.expectRefusal(
            .missing(file: first), searching: "file", asking: [first])
    }

    /// TAP 8b: a rotation is the file that the snapshot lists
    @Test("another file than the listed one is refused")
    func wrongDigest() async throws {
        var scene = scene(signedBy: [new]) { $0.rotate(role, 1, to: [new], signedBy: [old]) }
        let listed = try #require(scene.repository.server[first])
        scene.repository.rotate(role, 1, to: [TestKey("y a/b")], signedBy: [old])
        let other = try #require(scene.repository.server[first])
        let digest = DigestAlgorithm.sha256.hexDigest
        try await scene.expectRefusal(
            other.count == listed.count
                ? .wrongDigest(file: first, found: digest(other), expected: digest(listed))
                : .wrongLength(file: first, found: other.count, expected: listed.count),
            searching: "file", asking: [first])
    }

    private static let badDocuments: [(@Sendable (inout JSON) -> Void, JSONError)] = [
        (
            { $0.set("_type", "root") },
            .mismatch(path: "signed._type", found: "\"root\"", expected: "\"rotate\"")
        ),
        (
            { $0.set("role", "a") },
            .mismatch(path: "signed.role", found: "\"a\"", expected: "\"a/b\"")
        ),
        (
            { $0.set("threshold", 0) },
            .mismatch(
                path: "signed.threshold", found: "0",
                expected: "an integer from 1 to 2147483648")
        ),
        ({ $0.set("keys", nil) }, .missing(path: "signed.keys")),
        (
            { $0.set("keys", []) },
            .mismatch(path: "signed.keys", found: "an array", expected: "an object")
        ),
    ]

    @Test("a file that is no rotation of this role is refused", arguments: badDocuments)
    func malformed(_ change: @Sendable (inout JSON) -> Void, _ error: JSONError) async throws {
        let scene = scene(signedBy: [new]) {
            $0.rotate(role, 1, to: [new], signedBy: [old], signed: change)
        }
        try await scene.expectRefusal(
            .malformed(file: first, error), searching: "file", asking: [first])
    }

    /// TAP 8c: the version of a rotation is one more than that of the one before
    @Test("a rotation whose version is another than its name's is refused")
    func wrongVersion() async throws {
        let scene = scene(signedBy: [new]) {
            $0.rotate(role, 1, to: [new], signedBy: [old]) { $0.set("version", 2) }
        }
        try await scene.expectRefusal(
            .wrongVersion(file: first, found: 2, expected: 1), searching: "file",
            asking: [first])
    }

    /// TAP 8c: rotations are followed from 1 on
    @Test("a gap between the rotations ends the search before one is asked for")
    func gap() async throws {
        let scene = scene(signedBy: [new]) { $0.rotate(role, 2, to: [new], signedBy: [old]) }
        try await scene.expectRefusal(
            .rotationMissing(file: first), searching: "file", asking: [])
    }

    /// TAP 8d: a rotation is never modified
    @Test("without digests in the snapshot a rotation that was replaced is found out")
    func replaced() async throws {
        var scene = scene(digests: false, signedBy: [new]) {
            $0.rotate(role, 1, to: [new], signedBy: [old])
        }
        _ = try await scene.find("file")
        scene.repository.rotate(role, 1, to: [TestKey("thief")], signedBy: [old])
        scene.repository.signers[role] = [TestKey("thief")]
        scene.repository.publish(role)
        try await scene.expectRefusal(
            .rotationReplaced(file: first), searching: "file", asking: [first])
    }

    @Test("more rotations than the limit are refused before one is asked for")
    func tooMany() async throws {
        var scene = scene(signedBy: [new]) { repository in
            for number in 1...3 { repository.rotate(role, number, to: [new], signedBy: [new]) }
        }
        scene.limits.rotationsPerRole = 2
        try await scene.expectRefusal(
            .tooManyRotations(role: role, maximum: 2), searching: "file", asking: [])
    }

    @Test(
        "names that only look like a rotation of the role change nothing",
        arguments: [
            "rotate/a/b.rotate.0", "rotate/a/b.rotate.01", "rotate/a/b.rotate.x",
            "rotate/a/b.rotate.", "rotate/b.rotate.1", "a/b.rotate.1", "rotate/a/b.rotate.1.json",
            "rotate/.rotate.1", "rotate/a/b.rotate.99999999999999999999",
        ] as [UTF8Text])
    func otherNames(_ name: UTF8Text) async throws {
        let scene = scene(signedBy: [old]) {
            $0.otherFiles.append(JSON.Member(name, ["version": 1]))
        }
        #expect(try await scene.find("file").asked == ["1.a%2Fb.json"])
    }

    /// TAP 8e: any targets role may rotate its keys, the top-level one too
    @Test("the top level's own rotation is followed in the refresh")
    func topLevel() async throws {
        var scene = Scene()
        scene.repository.rotate(.targets, 1, to: [new], signedBy: [TestKey("targets")])
        scene.repository.signers[.targets] = [new]
        scene.repository.publish(.targets)
        #expect(try await scene.refresh().targets.signers == [new.id])
        let asked = [
            "2.root.json", "timestamp.json", "2.snapshot.json", "rotate/targets.rotate.1",
            "2.targets.json",
        ]
        #expect(scene.requests() == asked)
        #expect(try await scene.updater.cached().targets.signers == [new.id])
        scene.repository.signers[.targets] = nil
        scene.repository.publish(.targets)
        await scene.expectRefusal(
            try scene.unsigned(.targets, keys: [new]),
            asking: ["2.root.json", "timestamp.json", "3.snapshot.json", "3.targets.json"],
            saving: [.timestamp, .snapshot])
    }

    @Test("timestamp and snapshot do not rotate: the snapshot comes after both")
    func otherTopLevelRoles() async throws {
        var scene = Scene()
        for role in [RoleName.timestamp, .snapshot, .root] {
            scene.repository.rotate(role, 1, to: [new], signedBy: [TestKey(role.text.string)])
        }
        scene.repository.publish(.snapshot)
        try await scene.refresh()
        #expect(scene.requests().allSatisfy { !$0.hasPrefix("rotate/") })
    }
}
