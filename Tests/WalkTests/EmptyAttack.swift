// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Attacks that leave out what a verdict would have to rest on, with every key that it takes: a
/// policy that asks for nothing must never be met.
extension Attack {
    static let onNothing = [
        Attack("the file comes with its layout and no link at all", status: 3, "E-STEP-THRESHOLD") {
            _, attacker in
            let layout = try attacker.evidence(Fixture.file).prefix(1)
            try attacker.setEvidence(Fixture.file, Array(layout))
            try attacker.publish()
        },
        Attack("a layout without steps, signed by its owners", "E-SUPPLY-CHAIN", words: ["step"]) {
            stage, attacker in
            try attacker.publishLayout(stage) { $0.set("steps", []) }
        },
        Attack(
            "a layout whose steps have no rules, signed by its owners", "E-SUPPLY-CHAIN",
            words: ["rule"]
        ) { stage, attacker in
            try attacker.publishLayout(stage) { layout in
                layout.changeSteps {
                    $0.set("expected_materials", [])
                    $0.set("expected_products", [])
                }
            }
        },
        Attack(
            "a layout whose steps need nobody, signed by its owners", "E-SUPPLY-CHAIN",
            words: ["threshold"]
        ) { stage, attacker in
            try attacker.publishLayout(stage) { layout in
                layout.changeSteps { $0.set("threshold", 0) }
            }
        },
        Attack(
            "a layout whose steps name nobody, signed by its owners", "E-SUPPLY-CHAIN"
        ) { stage, attacker in
            try attacker.publishLayout(stage) { layout in
                layout.changeSteps { $0.set("pubkeys", []) }
            }
        },
        Attack(
            "a document of another type in the layout's place", "E-MALFORMED-POLICY",
            words: ["layout"]
        ) { stage, attacker in
            try attacker.publishLayout(stage) { $0.set("_type", "policy") }
        },
        Attack("links of another type", "E-SUPPLY-CHAIN", words: ["_type"]) { stage, attacker in
            let path = try attacker.evidencePath(try stage.linkName("package", "bob"))
            let link = try stage.forgedLink(try attacker.bytes(of: path, in: "links"), by: "bob") {
                $0.set("_type", "attestation")
            }
            try attacker.put(link, at: path, in: "links")
            try attacker.publish()
        },
        Attack(
            "a layout that nobody need have signed, says its owners' role", "E-MALFORMED-POLICY",
            words: ["threshold"]
        ) { _, attacker in
            try attacker.edit("in-toto-metadata/package.layout", in: "layouts") { entry in
                var custom = entry["custom"] ?? [:]
                var carnet = custom["carnet"] ?? [:]
                carnet.set("threshold", 0)
                custom.set("carnet", carnet)
                entry.set("custom", custom)
            }
            try attacker.publish(stolen: ["layouts": "layouts"])
        },
    ]

    /// With the key of top-level targets: a client rightly takes its new metadata over.
    static let onPolicyItself = [
        Attack("a policy that says nothing, signed by its owners", "E-MALFORMED-POLICY") {
            _, attacker in
            try attacker.edit("targets") { $0.set("x-carnet", [:]) }
            try attacker.publish(stolen: ["targets": "targets"])
        }
    ]
}

extension Attacker {
    /// Publishes a changed layout with the signatures of both of its owners.
    fileprivate mutating func publishLayout(
        _ stage: Stage, _ change: (inout JSON) -> Void
    ) throws {
        let path = "in-toto-metadata/package.layout"
        var signed = try SignedFile(try bytes(of: path, in: "layouts")).signed.tree()
        change(&signed)
        let keys = try ["alice", "bob"].map { name in
            let key = try stage.privateKey(name)
            return (key.publicKey.keyID, key)
        }
        let layout = try SignedFile.bytes(signing: signed, with: keys)
        try put(layout, at: path, in: "layouts")
        try publish(stolen: ["layouts": "layouts"])
    }
}

extension JSON {
    fileprivate mutating func changeSteps(_ change: (inout JSON) -> Void) {
        let steps = (self["steps"]?.elements ?? []).map { step -> JSON in
            var step = step
            change(&step)
            return step
        }
        set("steps", .array(steps))
    }
}
