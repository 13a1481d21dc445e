// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 5.4: timestamp")
struct TimestampTests {
    let asked = ["2.root.json", "timestamp.json"]

    /// TUF 1.0.34 §5.4.2a: the timestamp is signed by a threshold of the root's keys
    @Test("5.4.2: one that the root's key did not sign is refused")
    func wrongSignature() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.signers[.timestamp] = [TestKey("mallory")]
        scene.repository.publish(.timestamp)
        await scene.expectRefusal(
            try scene.unsigned(.timestamp, keys: [TestKey("timestamp")]), asking: asked)
    }

    /// TUF 1.0.34 §5.4.2a: the timestamp is signed by a threshold of the root's keys
    @Test("5.4.2: one that was changed after signing is refused")
    func changed() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.timestamp, file: { $0.put(9, at: "signed", "version") })
        await scene.expectRefusal(
            try scene.unsigned(.timestamp, keys: [TestKey("timestamp")]), asking: asked)
    }

    /// TUF 1.0.34 §5.4.3.1a, 4.3c: the timestamp's version does not go down
    /// attack: go-tuf CVE-2022-29173: an older timestamp after a restart
    @Test("5.4.3.1: an older one is refused, after a restart too")
    func rollback() async throws {
        var scene = try await Scene.upToDate { $0.publish(.timestamp) }
        scene.repository.publish(.timestamp) { $0.set("version", 1) }
        let refusal = UpdateError.rollback(role: .timestamp, offered: 1, trusted: 2)
        await scene.expectRefusal(refusal, asking: asked)
        await scene.expectRefusal(refusal, asking: asked)
        #expect("\(refusal)" == "timestamp.json: version 1 offered, version 2 already trusted")
        #expect(refusal.isStale)
    }

    /// TUF 1.0.34 §5.4.3.1b: a timestamp of the same version is discarded, without an error
    @Test("5.4.3.1: one of the same version changes nothing, whatever it says")
    func sameVersion() async throws {
        var scene = try await Scene.upToDate()
        let trusted = scene.store.files
        scene.repository.publish(.targets)
        scene.repository.publish(.timestamp) { $0.set("version", 1) }
        let state = try await scene.refresh()
        #expect(scene.requests() == asked)
        #expect(scene.store.files == trusted)
        #expect(scene.store.events.isEmpty)
        #expect(state.snapshot.document.version == 1)
        #expect(state.targets.document.version == 1)
    }

    /// TUF 1.0.34 §5.4.3.1b: a timestamp of the same version is discarded, without an error
    @Test(
        "5.4.3.1: of the same version, what the trusted one refers to is still fetched if lost",
        arguments: [RoleName.snapshot, .targets])
    func sameVersionFileLost(_ role: RoleName) async throws {
        let scene = try await Scene.upToDate()
        scene.store[role] = nil
        try await scene.refresh()
        #expect(scene.requests() == asked + [role.fileName(version: 1)])
        #expect(scene.store.events == [.saved(role)])
    }

    /// TUF 1.0.34 §5.4.3.2: the version of the snapshot in the timestamp does not go down
    /// attack: tough CVE-2025-2888: a timestamp naming a lower snapshot is not kept
    /// attack: go-tuf CVE-2022-29173: an older snapshot after a restart
    @Test("5.4.3.2: one with an older snapshot is refused and not kept; the next good one works")
    func snapshotRollback() async throws {
        var scene = try await Scene.upToDate { $0.publish(.snapshot) }
        scene.repository.publish(.timestamp) { $0.put(1, at: "meta", "snapshot.json", "version") }
        await scene.expectRefusal(
            .rollback(role: .snapshot, offered: 1, trusted: 2), asking: asked)
        scene.repository.publish(.snapshot)
        #expect(try await scene.refresh().snapshot.document.version == 3)
    }

    /// TUF 1.0.34 §5.4.4, 4.3d: the timestamp must not be expired
    @Test("5.4.4: an expired one is refused and not kept", arguments: [-1, 0])
    func expired(_ seconds: Int) async throws {
        var scene = try await Scene.upToDate()
        let expires = scene.now.adding(seconds: seconds)
        scene.repository.publish(.timestamp) { $0.set("expires", .text(expires.description)) }
        await scene.expectRefusal(.expired(role: .timestamp, since: expires), asking: asked)
    }

    /// TUF 1.0.34 §5.4.4, 4.3d: the timestamp must not be expired
    @Test("5.4.4: one second before its expiry it is good")
    func notYetExpired() async throws {
        var scene = try await Scene.upToDate()
        let expires = scene.now.adding(seconds: 1)
        scene.repository.publish(.timestamp) { $0.set("expires", .text(expires.description)) }
        try await scene.refresh()
    }

    /// TUF 1.0.34 §5.4.4: a client that is shown nothing new finds out by expiry
    @Test("5.4.4: an expired trusted one of the same version is refused: a frozen repository")
    func frozen() async throws {
        var scene = try await Scene.upToDate { $0.publish(.root) }
        scene.repository.expires = scene.now.adding(days: 90)
        scene.repository.publish(.root)
        let expires = scene.now.adding(days: 30)
        scene.now = scene.now.adding(days: 60)
        await scene.expectRefusal(
            .expired(role: .timestamp, since: expires),
            asking: ["3.root.json", "4.root.json", "timestamp.json"], saving: [.root])
    }

    /// TUF 1.0.34 §5.4.3.1a: an expired trusted timestamp still is the base for rollback checks
    @Test("an expired trusted one does not block an update, but an older one is still refused")
    func expiredBase() async throws {
        var scene = try await Scene.upToDate { repository in
            repository.expires = Instant.testTime.adding(days: 90)
            repository.publish(.root)
            repository.publish(.targets)
            repository.expires = Instant.testTime.adding(days: 1)
            repository.publish(.timestamp)
        }
        scene.now = scene.now.adding(days: 60)
        scene.repository.expires = scene.now.adding(days: 1)
        scene.repository.publish(.timestamp) { $0.set("version", 2) }
        await scene.expectRefusal(
            .rollback(role: .timestamp, offered: 2, trusted: 3),
            asking: ["3.root.json", "timestamp.json"])
        scene.repository.publish(.timestamp)
        #expect(try await scene.refresh().timestamp.document.version == 5)
    }

    @Test("a missing one is an error")
    func missing() async throws {
        let scene = try await Scene.upToDate()
        scene.repository.server["timestamp.json"] = nil
        await scene.expectRefusal(.missing(file: "timestamp.json"), asking: asked)
    }

    @Test(
        "any fault of the server is an error",
        arguments: [
            .status(503), .timedOut(seconds: 9), .truncated, .unreachable("refused"),
            .tooSlow(minimumBytesPerSecond: 1000, seconds: 30),
        ] as [FetchError.Reason])
    func fault(_ reason: FetchError.Reason) async throws {
        let scene = try await Scene.upToDate()
        scene.repository.server.setFault(reason, for: "timestamp.json")
        let refusal = scene.fault(reason, "timestamp.json")
        await scene.expectRefusal(refusal, asking: asked)
        #expect(refusal.isUnreachable)
    }

    /// TUF 1.0.34 §5.4.1a: the timestamp is downloaded up to a number of bytes
    /// attack: endless data: timestamp
    @Test("one that is longer than the limit is not taken")
    func tooLarge() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(
            .timestamp, bytes: { $0 + [UInt8](repeating: 0x20, count: 16 << 10) })
        await scene.expectRefusal(
            scene.fault(.tooLarge(maximumBytes: 16 << 10), "timestamp.json"), asking: asked)
    }
}
