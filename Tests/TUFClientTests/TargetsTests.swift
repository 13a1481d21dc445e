// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 5.6: top-level targets")
struct TargetsTests {
    let asked = ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"]
    let saved = [RoleName.timestamp, .snapshot]

    /// protocol: local
    @Test("the client's own targets are used without a request if they are still current")
    func reused() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.snapshot)
        try await scene.refresh()
        #expect(scene.requests() == asked.dropLast())
        #expect(scene.store.events == [.saved(.timestamp), .saved(.snapshot)])
    }

    /// TUF 1.0.34 §5.6.2: the hashes of targets are the snapshot's
    @Test("5.6.2: another digest than the snapshot's is refused")
    func wrongDigest() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.targets)
        let good = scene.repository.bytes(of: .targets)
        var bad = good
        bad[bad.count - 2] ^= 1
        scene.repository.server["2.targets.json"] = bad
        let digest = DigestAlgorithm.sha256.hexDigest
        await scene.expectRefusal(
            .wrongDigest(file: "targets.json", found: digest(bad), expected: digest(good)),
            asking: asked, saving: saved)
    }

    /// TUF 1.0.34 §5.6.2: the hashes of targets are the snapshot's, all of them
    @Test("5.6.2: every digest that is listed counts, not only SHA-256")
    func secondDigest() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.write(.targets)
        let good = DigestAlgorithm.sha512.hexDigest(of: scene.repository.bytes(of: .targets))
        let bad = String(repeating: "0", count: 128)
        scene.repository.publish(.snapshot) {
            $0.put(.text(bad), at: "meta", "targets.json", "hashes", "sha512")
        }
        await scene.expectRefusal(
            .wrongDigest(file: "targets.json", found: good, expected: bad), asking: asked,
            saving: saved)
    }

    /// TUF 1.0.34 §5.6.1a: targets are downloaded up to the length in the snapshot
    /// attack: endless data: targets
    @Test("5.6.1: a shorter file is refused, and of a longer one no more is taken")
    func wrongLength() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.targets)
        let good = scene.repository.bytes(of: .targets)
        scene.repository.server["2.targets.json"] = good.dropLast()
        await scene.expectRefusal(
            .wrongLength(file: "targets.json", found: good.count - 1, expected: good.count),
            asking: asked, saving: saved)
        scene.repository.server["2.targets.json"] = good + [0x20]
        await scene.expectRefusal(
            scene.fault(.tooLarge(maximumBytes: good.count), "2.targets.json"),
            asking: ["2.root.json", "timestamp.json", "2.targets.json"])
    }

    /// TUF 1.0.34 §5.6.3a: targets are signed by a threshold of the root's keys
    @Test("5.6.3: ones that the root's key did not sign are refused")
    func wrongSignature() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.signers[.targets] = [TestKey("snapshot")]
        scene.repository.publish(.targets)
        await scene.expectRefusal(
            try scene.unsigned(.targets, keys: [TestKey("targets")]), asking: asked,
            saving: saved)
    }

    /// TUF 1.0.34 §5.6.3a: targets are signed by a threshold of the root's keys
    @Test("5.6.3: ones that fewer keys signed than the root says are refused")
    func threshold() async throws {
        let keys = [TestKey("targets"), TestKey("second targets")]
        var scene = try await Scene.upToDate { repository in
            repository.keys[.targets] = keys
            repository.thresholds[.targets] = 2
            repository.publish(.root)
            repository.publish(.targets)
        }
        scene.repository.signers[.targets] = [keys[1]]
        scene.repository.publish(.targets)
        let refusal = try scene.unsigned(.targets, keys: keys, threshold: 2)
        #expect(
            "\(refusal)" == "targets.json: signed by 1 of the 2 keys required by root "
                + "(\(keys[1].id.prefix)); \(keys[0].id.prefix) did not sign")
        await scene.expectRefusal(
            refusal,
            asking: ["3.root.json", "timestamp.json", "3.snapshot.json", "3.targets.json"],
            saving: saved)
    }

    /// TUF 1.0.34 §5.6.4: the version of targets is the snapshot's
    @Test("5.6.4: the version must be the snapshot's", arguments: [1, 3])
    func wrongVersion(_ version: Int) async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.targets) { $0.set("version", .integer(version)) }
        await scene.expectRefusal(
            .wrongVersion(file: "targets.json", found: version, expected: 2), asking: asked,
            saving: saved)
    }

    /// TUF 1.0.34 §5.6.5: targets must not be expired
    @Test("5.6.5: expired ones are refused", arguments: [-1, 0])
    func expired(_ seconds: Int) async throws {
        var scene = try await Scene.upToDate()
        let expires = scene.now.adding(seconds: seconds)
        scene.repository.publish(.targets) { $0.set("expires", .text(expires.description)) }
        await scene.expectRefusal(
            .expired(role: .targets, since: expires), asking: asked, saving: saved)
    }

    @Test("missing ones are an error, and asked for once")
    func missing() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.targets)
        scene.repository.server["2.targets.json"] = nil
        await scene.expectRefusal(
            .missing(file: "2.targets.json"), asking: asked, saving: saved)
    }

    /// TUF 1.0.34 §5.6.1a, 4.4c: without a length targets are downloaded up to a number of bytes
    @Test("without lengths the client's own limit holds")
    func limit() async throws {
        var scene = try await Scene.upToDate()
        scene.limits.targetsBytes = 100
        scene.repository.listsDigests = false
        scene.repository.publish(.targets)
        await scene.expectRefusal(
            scene.fault(.tooLarge(maximumBytes: 100), "2.targets.json"), asking: asked,
            saving: saved)
    }
}
