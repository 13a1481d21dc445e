// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 5.6.7: the file of a delegated role")
struct DelegationTests {
    let role = RoleName("a")
    let key = TestKey("a")

    private func scene(keys: [TestKey]? = nil, threshold: Int = 1) -> Scene {
        var scene = Scene()
        scene.repository.delegate(
            SimulatedDelegation("a", keys: keys, threshold: threshold))
        scene.repository.add("file", "x", in: role)
        scene.repository.publishAll()
        return scene
    }

    /// TUF 1.0.34 §5.6.3c: a delegated role is signed by a threshold of the delegation's keys
    @Test("one that the keys of the delegation did not sign is refused")
    func wrongSignature() async throws {
        var scene = scene()
        scene.repository.signers[role] = [TestKey("targets")]
        scene.repository.publish(role)
        try await scene.expectRefusal(
            try scene.unsigned(role, keys: [key], by: .targets), searching: "file",
            asking: ["2.a.json"])
    }

    /// attack: python-tuf GHSA-pwqf, tough CVE-2020-15093, CVE-2026-6966: delegated, repeated
    /// TUF 1.0.34 §5.6.3b: a key id counts once
    @Test("one signature repeated does not make two")
    func repeatedSignature() async throws {
        var scene = scene(keys: [key, TestKey("second")], threshold: 2)
        scene.repository.publish(
            role,
            file: {
                $0.changeElements(of: "signatures") { $0 = [$0[0], $0[0]] }
            })
        try await scene.expectRefusal(
            .duplicateSignature(file: "a.json", key.id), searching: "file", asking: ["2.a.json"])
    }

    /// attack: go-tuf #733: one public key under two key ids, threshold 2, delegated
    /// TUF 1.0.34 §5.6.3b: a key counts once
    @Test("one key under two ids counts once")
    func oneKeyTwoIDs() async throws {
        let keys = [key, key.listed(as: KeyID("0123456789abcdef"))]
        let scene = scene(keys: keys, threshold: 2)
        let refusal = try scene.unsigned(role, keys: keys, threshold: 2, by: .targets)
        #expect("\(refusal)" == "a.json: signed by 1 of the 2 keys required by targets")
        try await scene.expectRefusal(refusal, searching: "file", asking: ["1.a.json"])
    }

    /// TUF 1.0.34 §5.6.5: a delegated role must not be expired
    /// attack: tough CVE-2026-6967: a delegated role is expired
    @Test("an expired one is refused", arguments: [-1, 0])
    func expired(_ seconds: Int) async throws {
        var scene = scene()
        let expires = scene.now.adding(seconds: seconds)
        scene.repository.publish(role) { $0.set("expires", .text(expires.description)) }
        try await scene.expectRefusal(
            .expired(role: role, since: expires), searching: "file", asking: ["2.a.json"])
    }

    /// TUF 1.0.34 §5.6.4: the version of a delegated role is the snapshot's
    @Test("another version than the snapshot's is refused", arguments: [1, 3])
    func wrongVersion(_ version: Int) async throws {
        var scene = scene()
        scene.repository.publish(role) { $0.set("version", .integer(version)) }
        try await scene.expectRefusal(
            .wrongVersion(file: "a.json", found: version, expected: 2), searching: "file",
            asking: ["2.a.json"])
    }

    /// TUF 1.0.34 §5.6.2: the hashes of a delegated role are the snapshot's
    /// attack: tough CVE-2026-6967: a delegated role of wrong hash or length
    @Test("another digest or length than the snapshot's is refused")
    func wrongDigest() async throws {
        let scene = scene()
        let good = scene.repository.bytes(of: role)
        var bad = good
        bad[bad.count - 2] ^= 1
        scene.repository.server["1.a.json"] = bad
        let digest = DigestAlgorithm.sha256.hexDigest
        try await scene.expectRefusal(
            .wrongDigest(file: "a.json", found: digest(bad), expected: digest(good)),
            searching: "file", asking: ["1.a.json"])
        scene.repository.server["1.a.json"] = good.dropLast()
        try await scene.expectRefusal(
            .wrongLength(file: "a.json", found: good.count - 1, expected: good.count),
            searching: "file", asking: ["1.a.json"])
        scene.repository.server["1.a.json"] = good + [0x20]
        try await scene.expectRefusal(
            scene.fault(.tooLarge(maximumBytes: good.count), "1.a.json"), searching: "file",
            asking: ["1.a.json"])
    }

    /// TUF 1.0.34 §5.6.7b: metadata that cannot be downloaded ends the search
    @Test("a missing one is an error")
    func missing() async throws {
        let scene = scene()
        scene.repository.server["1.a.json"] = nil
        try await scene.expectRefusal(
            .missing(file: "1.a.json"), searching: "file", asking: ["1.a.json"])
    }

    /// TUF 1.0.34 §5.6.3c: a role reached from two parents is verified by the keys of each
    @Test("a role reached from two parents is checked against the keys of each")
    func diamond() async throws {
        var scene = Scene()
        let keys = [TestKey("d by a"), TestKey("d by b")]
        for (parent, key) in zip(["a", "b"] as [UTF8Text], keys) {
            scene.repository.delegate(SimulatedDelegation(parent))
            scene.repository.delegate(
                SimulatedDelegation("d", keys: [key]), from: RoleName(parent))
        }
        let shared = RoleName("d")
        scene.repository.signers[shared] = [keys[0]]
        scene.repository.publishAll()
        let refusal = try scene.unsigned(shared, keys: [keys[1]], by: RoleName("b"))
        try await scene.expectRefusal(
            refusal, searching: "file", asking: ["1.a.json", "1.d.json", "1.b.json"],
            saving: [RoleName("a"), shared, RoleName("b")])
        // The roles are kept by now; that changes nothing.
        try await scene.expectRefusal(refusal, searching: "file", asking: [])
        scene.repository.signers[shared] = keys
        scene.repository.publish(shared)
        #expect(try await scene.find("file").asked == ["2.d.json"])
    }

    /// attack: python-tuf CVE-2021-41131, tough CVE-2021-41149: role named ../../x or absolute
    @Test(
        "any name is one part of a URL and of a file name",
        arguments: [
            ("../../x", "1...%2F..%2Fx.json"), ("/etc/x", "1.%2Fetc%2Fx.json"),
            ("a/b", "1.a%2Fb.json"), ("é %", "1.%C3%A9%20%25.json"),
            ("a\\b", "1.a%5Cb.json"), ("x?y#z", "1.x%3Fy%23z.json"),
            ("~A-Z_0.9", "1.~A-Z_0.9.json"),
        ])
    func encodedName(_ name: String, _ file: String) async throws {
        var scene = Scene()
        scene.repository.delegate(SimulatedDelegation(UTF8Text(name)))
        scene.repository.publishAll()
        #expect(try await scene.find("file").asked == [file])
    }

    /// attack: python-tuf GHSA-77hh: a delegated role named root, timestamp, targets, 1.root
    @Test(
        "no delegated role bears the name of a top-level one, of its file, or none",
        arguments: ["root", "timestamp", "snapshot", "targets", "1.root", "12.targets", ""])
    func reservedName(_ name: String) async throws {
        var scene = try await Scene.upToDate()
        let delegation = SimulatedDelegation(UTF8Text(name))
        scene.repository.targets[.targets]?.delegations = [delegation]
        scene.repository.publish(.targets)
        await scene.expectRefusal(
            .malformed(
                file: "targets.json",
                .mismatch(
                    path: "signed.delegations.roles[0].name", found: "\"\(name)\"",
                    expected: "a name of no top-level role, of 1 to 200 bytes")),
            asking: ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"],
            saving: [.timestamp, .snapshot])
    }

    /// attack: python-tuf GHSA-77hh: a delegated role named root, below another
    @Test("nor may a delegated role delegate to such a name")
    func reservedNameBelow() async throws {
        var scene = scene()
        scene.repository.targets[role]?.delegations = [SimulatedDelegation("root")]
        scene.repository.publish(role)
        try await scene.expectRefusal(
            .malformed(
                file: "a.json",
                .mismatch(
                    path: "signed.delegations.roles[0].name", found: "\"root\"",
                    expected: "a name of no top-level role, of 1 to 200 bytes")),
            searching: "other", asking: ["2.a.json"])
    }
}
