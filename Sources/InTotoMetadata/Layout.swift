// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning

/// The policy of a supply chain: its steps, who may do each, and what must follow from what
/// (in-toto 1.0 §4.3).
public struct Layout: Sendable {
    public let expires: Instant
    /// Public keys of the functionaries, those of gpg with their subkeys.
    public let keys: [KeyID: PublicKey]
    private let subkeys: SubkeyOwners
    public let steps: [Step]
    public let inspections: [Inspection]
    public let readme: UTF8Text
    /// As ``Link/deviation``.
    public let deviation: String?

    public init(
        expires: Instant, keys: [KeyID: PublicKey], steps: [Step],
        inspections: [Inspection] = [], readme: UTF8Text = ""
    ) {
        self.expires = expires
        self.keys = keys
        subkeys = SubkeyOwners(keys)
        self.steps = steps
        self.inspections = inspections
        self.readme = readme
        deviation = nil
    }

    public init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        try expectType("layout", object)
        let expiresValue = try object.required("expires")
        guard let expires = Instant(try expiresValue.text().string) else {
            throw expiresValue.mismatch("a date as in 2030-01-31T12:00:00Z")
        }
        self.expires = expires
        keys = try Layout.keys(try object.required("keys"))
        subkeys = SubkeyOwners(keys)
        var names: Set<UTF8Text> = []
        var steps: [Step] = []
        for element in try object.required("steps").array() {
            let step = try Step(element)
            guard names.insert(step.name).inserted else { throw element.mismatch("a new name") }
            steps.append(step)
        }
        self.steps = steps
        var inspections: [Inspection] = []
        for element in try object.required("inspect").array() {
            let inspection = try Inspection(element)
            guard names.insert(inspection.name).inserted else {
                throw element.mismatch("a new name")
            }
            inspections.append(inspection)
        }
        self.inspections = inspections
        readme = try object["readme"]?.text() ?? ""
        deviation =
            InTotoMetadata.deviation(
                object, from: ["_type", "expires", "inspect", "keys", "readme", "steps"])
            ?? steps.lazy.compactMap(\.deviation).first
            ?? inspections.lazy.compactMap(\.deviation).first
    }

    private static func keys(_ value: JSONValue) throws(JSONError) -> [KeyID: PublicKey] {
        var keys: [KeyID: PublicKey] = [:]
        for member in try value.object() {
            keys[KeyID(member.key)] = try PublicKey(inToto: member.value)
        }
        return keys
    }

    /// Whom an id in a step's `pubkeys` stands for; `nil` if for nobody, or for two.
    ///
    /// As Python reads it: a listed key, which for gpg's stands for its subkeys too; or a subkey of a
    /// listed key, which stands for itself alone.
    public func functionary(_ id: KeyID) -> Functionary? {
        if let key = keys[id] { return Functionary(id, listed: key) }
        return subkeys[id].flatMap { keys[$0] }.map { Functionary(subkey: id, of: $0) }
    }

    /// The `signed` part of the layout's file.
    public var json: JSON {
        [
            "_type": "layout", "expires": .text(expires.description), "readme": .string(readme),
            "keys": .object(keys.map { JSON.Member($0.key.text, $0.value.json) }),
            "steps": .array(steps.map(\.json)), "inspect": .array(inspections.map(\.json)),
        ]
    }
}

/// One step of a layout.
public struct Step: Sendable {
    public let name: UTF8Text
    /// Ids of the keys whose links count.
    public let pubkeys: [KeyID]
    /// Number of functionaries who must have done it and agree; any integer decodes.
    public let threshold: Int
    public let expectedCommand: [UTF8Text]
    public let expectedMaterials: [ArtifactRule]
    public let expectedProducts: [ArtifactRule]
    let deviation: String?

    public init(
        name: UTF8Text, pubkeys: [KeyID], threshold: Int, expectedCommand: [UTF8Text],
        expectedMaterials: [ArtifactRule], expectedProducts: [ArtifactRule]
    ) {
        self.name = name
        self.pubkeys = pubkeys
        self.threshold = threshold
        self.expectedCommand = expectedCommand
        self.expectedMaterials = expectedMaterials
        self.expectedProducts = expectedProducts
        deviation = nil
    }

    init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        try expectType("step", object)
        name = try object.required("name").text()
        let pubkeysValue = try object.required("pubkeys")
        pubkeys = try pubkeysValue.texts().map(KeyID.init)
        guard pubkeys.allSatisfy(\.isHexadecimal) else {
            throw pubkeysValue.mismatch("key ids of at least 8 hexadecimal digits")
        }
        threshold = try object["threshold"]?.integer() ?? 1
        expectedCommand = try object["expected_command"]?.texts() ?? []
        expectedMaterials = try rules(object, "expected_materials")
        expectedProducts = try rules(object, "expected_products")
        deviation = InTotoMetadata.deviation(
            object,
            from: [
                "_type", "name", "pubkeys", "threshold", "expected_command",
                "expected_materials", "expected_products",
            ])
    }

    /// Whether the name is fit for the name of a link's file and cannot leave its folder.
    public static func isSafe(name: UTF8Text) -> Bool {
        (1...100).contains(name.count) && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                    || (0x61...0x7A).contains(byte) || "._+-".utf8.contains(byte)
            }
    }

    var json: JSON {
        [
            "_type": "step", "name": .string(name),
            "pubkeys": .array(pubkeys.map { .string($0.text) }), "threshold": .integer(threshold),
            "expected_command": .array(expectedCommand.map(JSON.string)),
            "expected_materials": tokenLists(expectedMaterials),
            "expected_products": tokenLists(expectedProducts),
        ]
    }
}

/// A check that the verifier runs on the product (in-toto 1.0 §4.3.2).
public struct Inspection: Sendable {
    public let name: UTF8Text
    /// The command and its arguments.
    public let run: [UTF8Text]
    public let expectedMaterials: [ArtifactRule]
    public let expectedProducts: [ArtifactRule]
    let deviation: String?

    public init(
        name: UTF8Text, run: [UTF8Text], expectedMaterials: [ArtifactRule],
        expectedProducts: [ArtifactRule]
    ) {
        self.name = name
        self.run = run
        self.expectedMaterials = expectedMaterials
        self.expectedProducts = expectedProducts
        deviation = nil
    }

    init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        try expectType("inspection", object)
        name = try object.required("name").text()
        run = try object.required("run").texts()
        expectedMaterials = try rules(object, "expected_materials")
        expectedProducts = try rules(object, "expected_products")
        deviation = InTotoMetadata.deviation(
            object, from: ["_type", "name", "run", "expected_materials", "expected_products"])
    }

    var json: JSON {
        [
            "_type": "inspection", "name": .string(name), "run": .array(run.map(JSON.string)),
            "expected_materials": tokenLists(expectedMaterials),
            "expected_products": tokenLists(expectedProducts),
        ]
    }
}

private func rules(_ object: JSONObject, _ name: UTF8Text) throws(JSONError) -> [ArtifactRule] {
    guard let value = object[name] else { return [] }
    var rules: [ArtifactRule] = []
    for element in try value.array() {
        guard let rule = ArtifactRule(tokens: try element.texts()) else {
            throw .mismatch(
                path: element.path,
                found: quoted(try element.texts().map(\.string).joined(separator: " ")),
                expected: "an artifact rule")
        }
        rules.append(rule)
    }
    return rules
}

private func tokenLists(_ rules: [ArtifactRule]) -> JSON {
    .array(rules.map { .array($0.tokens.map(JSON.string)) })
}
