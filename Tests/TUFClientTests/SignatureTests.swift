// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TUF 4.2.1: signatures")
struct SignatureTests {
    let asked = ["2.root.json", "timestamp.json"]
    let key = TestKey("timestamp")

    /// TUF 1.0.34 §4.2.1a, 5.4.2b: a key id stands once among the signatures
    /// attack: python-tuf GHSA-pwqf, tough CVE-2020-15093, rust-tuf: top-level, repeated
    @Test("one signature repeated does not count twice: the file is refused as a whole")
    func repeated() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(
            .timestamp, file: { $0.changeElements(of: "signatures") { $0.append($0[0]) } })
        await scene.expectRefusal(
            .duplicateSignature(file: "timestamp.json", key.id), asking: asked)
    }

    /// attack: python-tuf GHSA-pwqf, tough CVE-2020-15093: top-level, repeated in root
    /// TUF 1.0.34 §5.3.4c: a key id counts once
    @Test("so is a root that repeats one")
    func repeatedInRoot() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.thresholds[.root] = 2
        scene.repository.publish(
            .root, file: { $0.changeElements(of: "signatures") { $0.append($0[0]) } })
        await scene.expectRefusal(
            .duplicateSignature(file: "2.root.json", TestKey("root").id), asking: ["2.root.json"])
    }

    /// attack: go-tuf #733: one public key under two key ids, threshold 2
    /// TUF 1.0.34 §5.4.2b: a key counts once
    /// TAP 12b: keys are counted by what they are
    @Test("one key under two ids counts once")
    func oneKeyTwoIDs() async throws {
        var scene = Scene()
        let keys = [key, key.listed(as: KeyID("0123456789abcdef"))]
        scene.repository.keys[.timestamp] = keys
        scene.repository.thresholds[.timestamp] = 2
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        let refusal = try scene.unsigned(.timestamp, keys: keys, threshold: 2)
        #expect("\(refusal)" == "timestamp.json: signed by 1 of the 2 keys required by root")
        scene.store[.root] = scene.repository.bytes(of: .root)
        await scene.expectRefusal(refusal, asking: ["3.root.json", "timestamp.json"])
    }

    /// attack: go-tuf #733: white space in the PEM of one key
    @Test("one key counts once however its PEM is written")
    func oneKeyTwoPEMs() async throws {
        var scene = Scene()
        let pair = try PrivateKey(generating: .ecdsaP256)
        let keys = ["first", "second"].map { TestKey(KeyID($0), pair) }
        let pem = pair.publicKey.publicValue.string
        scene.repository.keys[.timestamp] = keys
        scene.repository.thresholds[.timestamp] = 2
        scene.repository.publish(.root) {
            $0.put(.text(pem + "\n \n"), at: "keys", "second", "keyval", "public")
        }
        scene.repository.publish(.timestamp)
        guard case .unsigned(_, .root, let count, _) = await scene.refusal() else {
            Issue.record("one key is taken for two")
            return
        }
        #expect(count.accepted == [KeyID("first")])
        #expect(count.rejected.isEmpty)
    }

    @Test("one key under two ids is enough for a threshold of 1, by either signature")
    func oneKeyEitherID() async throws {
        var scene = Scene()
        let other = key.listed(as: KeyID("not hexadecimal: é"))
        scene.repository.keys[.timestamp] = [key, other]
        scene.repository.signers[.timestamp] = [other]
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        #expect(try await scene.refresh().timestamp.signers == [other.id])
    }

    /// TUF 1.0.34 §5.4.2a: signatures of keys that have no say are passed over
    @Test(
        "an unknown, an empty or a wrong signature beside a good one is passed over",
        arguments: [
            ["keyid": "unknown", "sig": "00"], ["keyid": "unknown", "sig": ""],
            ["keyid": .string(TestKey("second").id.text), "sig": "00"],
            ["keyid": .string(TestKey("second").id.text), "sig": "no hex"],
        ] as [JSON])
    func extraSignature(_ entry: JSON) async throws {
        var scene = try await Scene.upToDate { repository in
            repository.keys[.timestamp] = [TestKey("timestamp"), TestKey("second")]
            repository.publish(.root)
            repository.signers[.timestamp] = [TestKey("timestamp")]
        }
        scene.repository.publish(
            .timestamp, file: { $0.changeElements(of: "signatures") { $0.insert(entry, at: 0) } })
        #expect(try await scene.refresh().timestamp.signers == [key.id])
    }

    /// TUF 1.0.34 §5.4.2a: no signature at all meets no threshold
    @Test("no signatures at all are too few")
    func none() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.timestamp, file: { $0.set("signatures", []) })
        await scene.expectRefusal(
            try scene.unsigned(.timestamp, keys: [key]), asking: asked)
    }

    /// TAP 12a: a key id need not be the hash of its key
    /// TUF 1.0.34 §4.3f: the id is not calculated, and may be any
    @Test("a key id that is not the hash of its key is accepted (TAP 12)")
    func anyKeyID() async throws {
        var scene = Scene()
        scene.repository.keys[.timestamp] = [key.listed(as: KeyID("timestamp key"))]
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        try await scene.refresh()
    }

    @Test("an id that the root lists without a key vouches for nothing")
    func idWithoutKey() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.root) { $0.put(nil, at: "keys", TestKey("timestamp").id.text) }
        scene.repository.publish(.timestamp)
        let events: [MemoryStore.Event] = [
            .removed(.timestamp), .removed(.snapshot), .saved(.root),
        ]
        let refusal = try scene.unsigned(.timestamp, keys: [])
        await #expect(throws: refusal) { try await scene.refresh() }
        #expect(scene.store.events == events)
        #expect(scene.requests() == ["2.root.json", "3.root.json", "timestamp.json"])
    }
}
