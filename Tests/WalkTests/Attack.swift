// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

/// An attack on the newest release, and the one answer that it must get.
struct Attack: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let status: Int32
    let code: String
    /// Words that the verdict must have.
    var words: [String] = []
    /// What the user asks for.
    var file = Fixture.file
    let strike: @Sendable (Stage, inout Attacker) throws -> Void

    init(
        _ sentence: String, status: Int32 = 1, _ code: String, words: [String] = [],
        file: String = Fixture.file,
        _ strike: @escaping @Sendable (Stage, inout Attacker) throws -> Void
    ) {
        testDescription = sentence
        self.status = status
        self.code = code
        self.words = words
        self.file = file
        self.strike = strike
    }
}

extension Attack {
    /// The demo's attacks; the sixth is a replay and has a test of its own.
    static let onEvidence = [
        Attack("the server changes one byte of the file", "E-BYTES") { _, attacker in
            let path = try attacker.stored(Fixture.file, in: "releases")
            var bytes = try Files.read(path)
            bytes[bytes.count / 2] ^= 1
            try Files.write(bytes, to: path)
        },
        Attack(
            "with the stolen online key, one of two builders' links is left out", status: 3,
            "E-STEP-THRESHOLD", words: ["package", "bob"]
        ) { stage, attacker in
            let link = try stage.linkName("package", "bob")
            let evidence = try attacker.evidence(Fixture.file)
            try attacker.setEvidence(Fixture.file, evidence.filter { !$0.hasSuffix(link) })
            try attacker.publish()
        },
        Attack(
            "Bob's machine makes something else", "E-DISAGREEMENT",
            words: ["alice and bob disagree", "package"]
        ) { stage, attacker in
            let path = try attacker.evidencePath(try stage.linkName("package", "bob"))
            let link = try stage.forgedLink(try attacker.bytes(of: path, in: "links"), by: "bob") {
                let digest = String(repeating: "0a", count: 32)
                $0.set("products", ["dist/demo-1.1.txt": ["sha256": .text(digest)]])
            }
            try attacker.put(link, at: path, in: "links")
            try attacker.publish()
        },
        Attack("a stranger's tag takes the place of Alice's", "E-STRANGER", words: ["tag"]) {
            stage, attacker in
            let alices = try attacker.evidencePath(try stage.linkName("tag", "alice"))
            let link = try stage.forgedLink(
                try attacker.bytes(of: alices, in: "links"), by: "mallory")
            let mallorys = try stage.linkName("tag", "mallory")
            let folder = alices.split(separator: "/").dropLast().joined(separator: "/")
            let path = "\(folder)/\(mallorys)"
            try attacker.put(link, at: path, in: "links")
            let evidence = try attacker.evidence(Fixture.file)
            try attacker.setEvidence(Fixture.file, evidence.map { $0 == alices ? path : $0 })
            try attacker.publish()
        },
        Attack(
            "with the stolen layouts key, a layout is published that one of two signed",
            "E-LAYOUT-SIGNATURES", words: ["package", "1 of the 2", "alice only"]
        ) { stage, attacker in
            let path = "in-toto-metadata/package.layout"
            let file = try SignedFile(try attacker.bytes(of: path, in: "layouts"))
            let alice = try stage.privateKey("alice").publicKey
            let kept = file.signatures.filter {
                [alice.keyID, alice.legacyKeyID].contains($0.keyID)
            }
            let layout = try SignedFile.bytes(
                signing: file.signed.tree(), with: [], keeping: kept)
            try attacker.put(layout, at: path, in: "layouts")
            try attacker.publish(stolen: ["layouts": "layouts"])
        },
    ]

    /// What a stolen online key would try next: to weaken the policy itself.
    static let onPolicy = [
        Attack(
            "the file names no evidence any more", status: 3, "E-EVIDENCE-MISSING",
            words: ["package", "governs this file"]
        ) { _, attacker in
            try attacker.edit(Fixture.file, in: "releases") { $0.set("custom", nil) }
            try attacker.publish()
        },
        Attack(
            "the file names links that were never published", status: 3, "E-EVIDENCE-MISSING"
        ) { stage, attacker in
            try attacker.edit("links") { $0.set("targets", [:]) }
            try attacker.publish()
        },
        Attack(
            "the file names a weaker layout, which governs other files", "E-WRONG-POLICY",
            words: ["notes", "does not govern"]
        ) { _, attacker in
            let links = try attacker.evidence(Fixture.file).dropFirst()
            try attacker.setEvidence(
                Fixture.file, ["in-toto-metadata/notes.layout"] + links)
            try attacker.publish()
        },
        Attack(
            "an old release is offered as a new one", "E-PRODUCT",
            words: ["demo-1.2.txt"], file: "demo/1.2/demo-1.2.txt"
        ) { _, attacker in
            let old = "demo/1.0/demo-1.0.txt"
            let bytes = try attacker.bytes(of: old, in: "releases")
            try attacker.put(bytes, at: "demo/1.2/demo-1.2.txt", in: "releases")
            try attacker.setEvidence(
                "demo/1.2/demo-1.2.txt", try attacker.evidence(old))
            try attacker.publish()
        },
        Attack(
            "the online role says itself that its files need no evidence", status: 3,
            "E-EVIDENCE-MISSING"
        ) { _, attacker in
            try attacker.edit("releases") { json in
                json.set("x-carnet", ["layouts": "releases", "unattested": ["*", "demo/*/*"]])
            }
            try attacker.edit(Fixture.file, in: "releases") { $0.set("custom", nil) }
            try attacker.publish()
        },
        Attack(
            "the online role brings its own layout and names it the policy", "E-WRONG-POLICY",
            words: ["own.layout", "role releases", "role layouts"]
        ) { _, attacker in
            let layout = try attacker.bytes(of: "in-toto-metadata/package.layout", in: "layouts")
            let entry = try attacker["layouts"]["targets"]?["in-toto-metadata/package.layout"]
            try attacker.put(
                layout, at: "demo/1.1/own.layout", in: "releases", custom: entry?["custom"])
            let links = try attacker.evidence(Fixture.file).dropFirst()
            try attacker.setEvidence(Fixture.file, ["demo/1.1/own.layout"] + links)
            try attacker.edit("releases") { json in
                json.set("x-carnet", ["layouts": "releases", "unattested": []])
            }
            try attacker.publish()
        },
    ]
}

extension Attacker {
    /// The path of the newest release's evidence of this file name.
    func evidencePath(_ name: String) throws -> String {
        try needed(try evidence(Fixture.file).first { $0.hasSuffix("/\(name)") }, name)
    }
}

extension Stage {
    /// The file name of somebody's link of a step.
    func linkName(_ step: String, _ person: String) throws -> String {
        let key = try PublicKey(pem: try Files.read(path("home/keys/\(person).pub")))
        return "\(step).\(key.keyID.prefix).link"
    }
}
