// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 5.5: snapshot")
struct SnapshotTests {
    let asked = ["2.root.json", "timestamp.json", "2.snapshot.json"]

    /// protocol: local
    @Test("the client's own snapshot is used without a request if it is still the current one")
    func reused() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.timestamp)
        try await scene.refresh()
        #expect(scene.requests() == ["2.root.json", "timestamp.json"])
        #expect(scene.store.events == [.saved(.timestamp)])
    }

    /// TUF 1.0.34 §5.5.2: the snapshot's hashes are the timestamp's
    @Test("5.5.2: another digest than the timestamp's is refused")
    func wrongDigest() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.snapshot)
        let good = scene.repository.bytes(of: .snapshot)
        var bad = good
        bad[bad.count - 2] ^= 1
        scene.repository.server["2.snapshot.json"] = bad
        let digest = DigestAlgorithm.sha256.hexDigest
        await scene.expectRefusal(
            .wrongDigest(file: "snapshot.json", found: digest(bad), expected: digest(good)),
            asking: asked, saving: [.timestamp])
    }

    /// TUF 1.0.34 §5.5.1a: the snapshot is downloaded up to the length in the timestamp
    /// attack: endless data: snapshot
    @Test("5.5.1: a shorter file is refused, and of a longer one no more is taken")
    func wrongLength() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.snapshot)
        let good = scene.repository.bytes(of: .snapshot)
        scene.repository.server["2.snapshot.json"] = good.dropLast()
        await scene.expectRefusal(
            .wrongLength(file: "snapshot.json", found: good.count - 1, expected: good.count),
            asking: asked, saving: [.timestamp])
        scene.repository.server["2.snapshot.json"] = good + [0x20]
        await scene.expectRefusal(
            scene.fault(.tooLarge(maximumBytes: good.count), "2.snapshot.json"), asking: asked)
    }

    /// TUF 1.0.34 §5a: an error leaves no state from which the client cannot recover
    @Test("a good snapshot after a bad one is taken, though the timestamp is no longer new")
    func goodAfterBad() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.snapshot)
        scene.repository.server["2.snapshot.json"] = []
        await #expect(throws: UpdateError.self) { try await scene.refresh() }
        scene.repository.server["2.snapshot.json"] = scene.repository.bytes(of: .snapshot)
        #expect(try await scene.refresh().snapshot.document.version == 2)
    }

    /// TUF 1.0.34 §5.5.3a: the snapshot is signed by a threshold of the root's keys
    @Test("5.5.3: one that the root's key did not sign is refused")
    func wrongSignature() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.signers[.snapshot] = [TestKey("timestamp")]
        scene.repository.publish(.snapshot)
        await scene.expectRefusal(
            try scene.unsigned(.snapshot, keys: [TestKey("snapshot")]), asking: asked,
            saving: [.timestamp])
    }

    /// TUF 1.0.34 §5.5.4: the snapshot's version is the timestamp's
    @Test("5.5.4: the version must be the timestamp's", arguments: [1, 3])
    func wrongVersion(_ version: Int) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.snapshot) { $0.set("version", .integer(version)) }
        await scene.expectRefusal(
            .wrongVersion(file: "snapshot.json", found: version, expected: 2), asking: asked,
            saving: [.timestamp])
    }

    /// TUF 1.0.34 §5.5.5a: no version in the snapshot goes down
    /// attack: tough CVE-2025-2887: a new snapshot lowers a delegated role
    /// attack: go-tuf CVE-2022-29173: older targets after a restart
    @Test(
        "5.5.5: the version of a role may not go down, a delegated one's neither",
        arguments: [RoleName.targets, RoleName("a")])
    func lowered(_ role: RoleName) async throws {
        var scene = try await Scene.upToDate { repository in
            repository.delegate(SimulatedDelegation("a"))
            repository.publishAll()
            repository.publishAll()
        }
        let version = scene.repository.version(of: role)
        scene.repository.publish(.snapshot) {
            $0.put(.integer(version - 1), at: "meta", role.metaName, "version")
        }
        await scene.expectRefusal(
            .rollback(role: role, offered: version - 1, trusted: version),
            asking: ["2.root.json", "timestamp.json", "4.snapshot.json"], saving: [.timestamp])
    }

    /// TUF 1.0.34 §5.5.5b: what was listed in the snapshot continues to be listed
    /// attack: tough CVE-2025-2887: a new snapshot drops a delegated role
    @Test("5.5.5: a delegated role may not vanish")
    func vanished() async throws {
        var scene = try await Scene.upToDate { repository in
            repository.delegate(SimulatedDelegation("a"))
            repository.publishAll()
        }
        scene.repository.publish(.snapshot) { $0.put(nil, at: "meta", "a.json") }
        await scene.expectRefusal(
            .vanished(role: RoleName("a")),
            asking: ["2.root.json", "timestamp.json", "3.snapshot.json"], saving: [.timestamp])
    }

    /// TUF 1.0.34 §5.5.5b: what was listed in the snapshot continues to be listed
    @Test(
        "5.5.5: nor may an entry that is no role's; one that stays does no harm",
        arguments: ["notes.txt", "x", "e\u{301}.jso\u{6E}\u{303}"] as [UTF8Text])
    func oddEntries(_ name: UTF8Text) async throws {
        var scene = try await Scene.upToDate { repository in
            repository.publish(.snapshot) { $0.put(["version": 2], at: "meta", name) }
        }
        scene.repository.publish(.snapshot) { $0.put(["version": 2], at: "meta", name) }
        try await scene.refresh()
        scene.repository.publish(.snapshot)
        await scene.expectRefusal(
            .vanished(role: RoleName(name)),
            asking: ["2.root.json", "timestamp.json", "4.snapshot.json"], saving: [.timestamp])
    }

    /// TUF 1.0.34 §5.5.5a: the trusted snapshot is the base even if expired or of another hash
    @Test("5.5.5: the trusted one counts for that even if it is expired and of another digest")
    func expiredBase() async throws {
        var scene = try await Scene.upToDate { repository in
            repository.expires = Instant.testTime.adding(days: 90)
            repository.publish(.root)
            repository.publish(.targets)
            repository.publish(.snapshot) {
                $0.set("expires", .text(Instant.testTime.adding(days: 1).description))
            }
        }
        scene.now = scene.now.adding(days: 60)
        scene.repository.publish(.snapshot) { $0.put(1, at: "meta", "targets.json", "version") }
        await scene.expectRefusal(
            .rollback(role: .targets, offered: 1, trusted: 2),
            asking: ["3.root.json", "timestamp.json", "4.snapshot.json"], saving: [.timestamp])
    }

    /// TUF 1.0.34 §5.5.6: the snapshot must not be expired
    @Test("5.5.6: an expired one is refused", arguments: [-1, 0])
    func expired(_ seconds: Int) async throws {
        var scene = try await Scene.upToDate()
        let expires = scene.now.adding(seconds: seconds)
        scene.repository.publish(.snapshot) { $0.set("expires", .text(expires.description)) }
        await scene.expectRefusal(
            .expired(role: .snapshot, since: expires), asking: asked, saving: [.timestamp])
    }

    @Test("a missing one is an error, and is asked for once")
    func missing() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.snapshot)
        scene.repository.server["2.snapshot.json"] = nil
        await scene.expectRefusal(
            .missing(file: "2.snapshot.json"), asking: asked, saving: [.timestamp])
    }

    /// TUF 1.0.34 §5.5.1a, 4.4c: without a length it is downloaded up to a number of bytes
    @Test("without lengths the client's own limit holds")
    func limit() async throws {
        var scene = try await Scene.upToDate()
        scene.limits.snapshotBytes = 100
        scene.repository.listsDigests = false
        scene.repository.publish(.snapshot)
        await scene.expectRefusal(
            scene.fault(.tooLarge(maximumBytes: 100), "2.snapshot.json"), asking: asked,
            saving: [.timestamp])
    }

    /// TUF 1.0.34 §5.5.1a: even a listed length has a bound
    @Test("a length beyond all bounds is not believed")
    func hugeLength() async throws {
        var scene = try await Scene.upToDate()
        scene.limits.anyMetadataBytes = 200
        scene.repository.write(.snapshot)
        scene.repository.publish(.timestamp) {
            $0.put(.integer(1 << 40), at: "meta", "snapshot.json", "length")
        }
        await scene.expectRefusal(
            scene.fault(.tooLarge(maximumBytes: 200), "2.snapshot.json"), asking: asked,
            saving: [.timestamp])
    }
}
