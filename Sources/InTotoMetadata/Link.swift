// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning

/// What one functionary did in one step (in-toto 1.0 §4.4).
public struct Link: Sendable {
    /// Name of the step.
    public let name: UTF8Text
    public let materials: Artifacts
    public let products: Artifacts
    /// The command and its arguments; empty if none was run.
    public let command: [UTF8Text]
    /// `return-value`, `stdout` and `stderr`, and whatever else was added.
    public let byproducts: JSON
    public let environment: JSON
    /// The first member that Python's in-toto would drop or fill in, so that the bytes it
    /// checks are not the bytes of this file; `nil` for a file of the usual members.
    public let deviation: String?

    public init(
        name: UTF8Text, materials: Artifacts, products: Artifacts, command: [UTF8Text],
        byproducts: JSON, environment: JSON = .object([])
    ) {
        self.name = name
        self.materials = materials
        self.products = products
        self.command = command
        self.byproducts = byproducts
        self.environment = environment
        deviation = nil
    }

    public init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        try expectType("link", object)
        name = try object.required("name").text()
        materials = try Artifacts(try object.required("materials"))
        products = try Artifacts(try object.required("products"))
        command = try object["command"]?.texts() ?? []
        byproducts = try Link.dictionary(object, "byproducts")
        environment = try Link.dictionary(object, "environment")
        deviation = InTotoMetadata.deviation(
            object,
            from: [
                "_type", "name", "materials", "products", "command", "byproducts", "environment",
            ])
    }

    private static func dictionary(
        _ object: JSONObject, _ name: UTF8Text
    ) throws(JSONError) -> JSON {
        guard let value = object[name] else { return .object([]) }
        _ = try value.object()
        return value.tree()
    }

    /// The `signed` part of the link's file.
    public var json: JSON {
        [
            "_type": "link", "name": .string(name), "materials": materials.json,
            "products": products.json, "command": .array(command.map(JSON.string)),
            "byproducts": byproducts, "environment": environment,
        ]
    }

    /// `STEP.KEYID8.link`: where the link of a step by a key is looked for.
    public static func fileName(step: UTF8Text, keyID: KeyID) -> String {
        "\(step).\(keyID.prefix).link"
    }
}

func expectType(_ type: UTF8Text, _ object: JSONObject) throws(JSONError) {
    let value = try object.required("_type")
    guard try value.text() == type else { throw value.mismatch(quoted(type)) }
}

/// The first member that is unknown, or missing from `names`.
func deviation(_ object: JSONObject, from names: [UTF8Text]) -> String? {
    for member in object where !names.contains(member.key) {
        return "unknown member \(quoted(member.key))"
    }
    for name in names where object[name] == nil { return "member \(quoted(name)) missing" }
    return nil
}
