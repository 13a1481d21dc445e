// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TestKit
import Testing

/// Attacks with the stolen layouts key on who must have signed a layout, and with the online key
/// on what a layout governs.
extension Attack {
    static let onLayouts = [
        Attack(
            "a layout is published that one of two signed, under several ids of one key",
            "E-LAYOUT-SIGNATURES", words: ["package", "1 of the 2", "alice only"]
        ) { stage, attacker in
            let alice = try stage.privateKey("alice")
            let copy = "in-toto-pubkeys/copy.pub"
            let signed = try attacker.layout().signed.tree()
            let layout = try SignedFile.bytes(
                signing: signed,
                with: [(alice.publicKey.keyID, alice), (alice.publicKey.legacyKeyID, alice)])
            let pem = try needed(alice.publicKey.pem, "key in PEM")
            try attacker.put(Array(pem.utf8), at: copy, in: "layouts")
            try attacker.publish(
                layout, keys: ["in-toto-pubkeys/\(alice.publicKey.keyID).pub", copy])
        },
        Attack(
            "a layout is published that two signed, one with a key of OpenPGP that has expired",
            "E-LAYOUT-SIGNATURES", words: ["package", "1 of the 2", "alice only"]
        ) { stage, attacker in
            let alice = try stage.privateKey("alice").publicKey
            let file = try attacker.layout()
            let signed = file.signed.tree()
            let kept = file.signatures.filter { $0.keyID == alice.keyID }.map { signature in
                JSON.object([
                    JSON.Member("keyid", .string(signature.keyID.text)),
                    JSON.Member("sig", .text(hex(signature.value))),
                ])
            }
            let ended = "in-toto-pubkeys/\(EndedKey.fingerprint).pub"
            let entries = kept + [EndedKey.sign(signed.canonicalBytes())]
            let layout: JSON = ["signatures": .array(entries), "signed": signed]
            try attacker.put(Array(EndedKey.certificate.utf8), at: ended, in: "layouts")
            try attacker.publish(
                layout.compactBytes(), keys: ["in-toto-pubkeys/\(alice.keyID).pub", ended])
        },
        Attack(
            "the file is moved to a place that its layout does not govern", "E-WRONG-POLICY",
            words: ["package", "does not govern"], file: Attack.elsewhere
        ) { _, attacker in
            let bytes = try attacker.bytes(of: Fixture.file, in: "releases")
            try attacker.put(bytes, at: Attack.elsewhere, in: "releases")
            try attacker.setEvidence(Attack.elsewhere, try attacker.evidence(Fixture.file))
            try attacker.publish()
        },
        Attack(
            "the file is moved to a place that no layout governs, and names no evidence",
            status: 3, "E-NO-POLICY", file: Attack.elsewhere
        ) { _, attacker in
            let bytes = try attacker.bytes(of: Fixture.file, in: "releases")
            try attacker.put(bytes, at: Attack.elsewhere, in: "releases")
            try attacker.publish()
        },
    ]

    /// A path of the releases role's, in the pattern of no layout.
    private static let elsewhere = "demo/current/demo-1.1.txt"
}

extension Attacker {
    private static let path = "in-toto-metadata/package.layout"

    fileprivate func layout() throws -> SignedFile {
        try SignedFile(try bytes(of: Attacker.path, in: "layouts"))
    }

    /// Publishes a layout that names these keys, with the stolen layouts key.
    fileprivate mutating func publish(_ layout: [UInt8], keys: [String]) throws {
        try put(layout, at: Attacker.path, in: "layouts")
        try edit(Attacker.path, in: "layouts") { entry in
            var custom = entry["custom"] ?? [:]
            custom.set("in-toto", .array(keys.map(JSON.text)))
            entry.set("custom", custom)
        }
        try publish(stolen: ["layouts": "layouts"])
    }
}
