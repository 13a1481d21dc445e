// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import InTotoMetadata

/// A link as python's `Link.read` takes it: members that it does not know are dropped, those that
/// are missing are filled in.
package struct LinkDocument: Sendable {
    /// Any value at all, `null` if missing.
    package let name: PythonValue
    package let materials: Artifacts
    package let products: Artifacts
    package let byproducts: PythonValue
    package let command: [PythonValue]
    package let environment: PythonValue
    private let source: PythonValue

    static let members: [UTF8Text] = [
        "_type", "byproducts", "command", "environment", "materials", "name", "products",
    ]

    /// - Throws: `FormatError`, `TypeError`, `UnicodeEncodeError`.
    package init(_ source: PythonValue) throws(ToolError) {
        try source.expectKeywords("Link")
        self.source = source
        name = source["name"] ?? .null
        byproducts = source["byproducts"] ?? .object([])
        environment = source["environment"] ?? .object([])
        let command = source["command"] ?? .array([])
        // Python makes the bytes that are signed before it looks at anything.
        if case .parsed = source {} else { _ = try LinkDocument.tree(source).canonicalTree() }
        for (name, value) in [("byproducts", byproducts), ("environment", environment)]
        where !value.isObject {
            throw ToolError(.formatError, "Invalid Link: field `\(name)` must be of type dict")
        }
        guard let elements = command.elements else {
            throw ToolError(.formatError, "Invalid Link: field `command` must be of type list")
        }
        self.command = elements
        materials = try LinkDocument.artifacts(source, "materials")
        products = try LinkDocument.artifacts(source, "products")
    }

    /// A link of what has been recorded or joined here; it has no file.
    init(
        name: PythonValue, materials: Artifacts, products: Artifacts, byproducts: PythonValue,
        command: [PythonValue]
    ) {
        self.name = name
        self.materials = materials
        self.products = products
        self.byproducts = byproducts
        self.command = command
        environment = .object([])
        source = .null
    }

    private static func artifacts(
        _ source: PythonValue, _ name: UTF8Text
    ) throws(ToolError) -> Artifacts {
        guard let value = source[name] else { return Artifacts() }
        // What is left over is what only python takes, such as an artifact without a digest.
        if case .parsed(let json) = value, let artifacts = try? Artifacts(json) {
            return artifacts
        }
        guard let members = value.members else {
            throw ToolError(.formatError, "Invalid Link: field `\(name)` must be of type dict")
        }
        var artifacts: [Artifact] = []
        artifacts.reserveCapacity(members.count)
        for member in members {
            guard let key = member.key.text else { continue }
            artifacts.append(Artifact(name: key, digests: try digests(member.value)))
        }
        return Artifacts(artifacts)
    }

    /// What `_check_hash_dict` takes; also no digest at all.
    private static func digests(_ value: PythonValue) throws(ToolError) -> [Artifact.Digest] {
        guard let members = value.members else {
            throw ToolError(.formatError, "expected dict, got '\(value.repr)'")
        }
        var digests: [Artifact.Digest] = []
        for member in members {
            guard let algorithm = member.key.text else { continue }
            guard let hex = member.value.text, PythonBytes.isHex(hex) else {
                throw ToolError(.formatError, "expected hex string, got '\(member.value.repr)'")
            }
            digests.append(.init(algorithm: algorithm, hex: hex))
        }
        return digests
    }

    private static func tree(_ source: PythonValue) -> PythonValue {
        let empty = PythonValue.object([])
        return .object([
            .init(key: .string("_type"), value: .string("link")),
            .init(key: .string("name"), value: source["name"] ?? .null),
            .init(key: .string("materials"), value: source["materials"] ?? empty),
            .init(key: .string("products"), value: source["products"] ?? empty),
            .init(key: .string("byproducts"), value: source["byproducts"] ?? empty),
            .init(key: .string("command"), value: source["command"] ?? .array([])),
            .init(key: .string("environment"), value: source["environment"] ?? empty),
        ])
    }

    /// The link as it is written.
    package func json() throws(ToolError) -> JSON {
        try LinkDocument.tree(source).canonicalTree()
    }

    /// The bytes that a Metablock's signatures are over.
    package func signableBytes() throws(ToolError) -> [UInt8] {
        if case .parsed(let value) = source, source.hasExactly(LinkDocument.members) {
            return value.canonicalBytes()
        }
        return try json().canonicalBytes()
    }
}

extension PythonValue {
    /// Whether this can be given to a class of python's model as `**data`.
    ///
    /// - Throws: `TypeError`.
    func expectKeywords(_ name: String) throws(ToolError) {
        guard isObject else {
            throw ToolError(
                .typeError, "in_toto.models.\(name)() argument after ** must be a mapping")
        }
        if self["self"] != nil {
            throw ToolError(.typeError, "\(name)() got multiple values for argument 'self'")
        }
    }

    /// Whether these are the names of the members, all of them.
    func hasExactly(_ names: [UTF8Text]) -> Bool {
        guard case .parsed(let value) = self, let object = try? value.object() else {
            return false
        }
        var count = 0
        for member in object {
            guard names.contains(member.key) else { return false }
            count += 1
        }
        return count == names.count
    }
}
