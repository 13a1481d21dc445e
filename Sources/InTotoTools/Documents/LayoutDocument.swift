// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import MetadataSigning

/// A layout as python's `Layout.read` takes it: members that it does not know are dropped, those
/// that are missing are filled in.
package struct LayoutDocument: Sendable {
    static let members: [UTF8Text] = [
        "_type", "expires", "inspect", "keys", "readme", "steps",
    ]

    let expires: Instant
    var steps: [StepDocument]
    var inspections: [InspectionDocument]
    /// Key objects by the id that the layout gives them.
    let keys: [UTF8Text: PythonValue]
    let source: PythonValue
    private let expiresValue: PythonValue

    /// - Parameter now: a layout without an end lasts for a month from now, as python has it.
    /// - Throws: `FormatError`, `TypeError`, `ValueError`, `AttributeError`,
    ///   `UnicodeEncodeError`.
    init(_ source: PythonValue, at now: Instant) throws(ToolError) {
        var steps: [StepDocument] = []
        for element in try LayoutDocument.iterated(source["steps"]) {
            steps.append(try StepDocument(element))
        }
        var inspections: [InspectionDocument] = []
        for element in try LayoutDocument.iterated(source["inspect"]) {
            inspections.append(try InspectionDocument(element))
        }
        try source.expectKeywords("layout.Layout")
        self.source = source
        self.steps = steps
        self.inspections = inspections
        let given = source["expires"] ?? .null
        expiresValue =
            given.isTruthy ? given : .string(UTF8Text(now.adding(days: 30).description))
        let keyObjects = source["keys"] ?? .object([])
        let isStrict = if case .parsed = source { true } else { false }
        if !isStrict {
            _ = try LayoutDocument.tree(source, steps, inspections, expiresValue).canonicalTree()
        }
        guard let text = expiresValue.text, let expires = Instant(text.string) else {
            throw ToolError(
                .formatError, "Malformed date string in layout. Exception: '\(expiresValue.str)'")
        }
        self.expires = expires
        keys = try LayoutDocument.keys(keyObjects)
        let readme = source["readme"] ?? .string("")
        guard readme.isString else {
            throw ToolError(
                .formatError, "Invalid readme '\(readme.str)', value must be a string.")
        }
        try LayoutDocument.expectDistinct(steps.map(\.item.name) + inspections.map(\.item.name))
    }

    /// What `for element in value` goes over.
    private static func iterated(_ value: PythonValue?) throws(ToolError) -> [PythonValue] {
        switch value?.shape {
        case .array(let elements): return elements
        case .object(let members): return members.map(\.key)
        case .string(let text): return text.isEmpty ? [] : [.string(text)]
        case .brokenString(let words): return [.brokenString(words)]
        default:
            throw ToolError(.typeError, "'\(value?.repr ?? "NoneType")' object is not iterable")
        }
    }

    private static func keys(_ value: PythonValue) throws(ToolError) -> [UTF8Text: PythonValue] {
        guard let members = value.members else {
            throw ToolError(.formatError, "expected dict, got '\(value.repr)'")
        }
        var keys: [UTF8Text: PythonValue] = [:]
        for member in members {
            let id = try member.key.hexText()
            try KeyObject.check(member.value)
            keys[id] = member.value
        }
        return keys
    }

    private static func expectDistinct(_ names: [PythonValue]) throws(ToolError) {
        var seen: Set<UTF8Text> = []
        for name in names {
            if name.isObject || name.isArray {
                throw ToolError(.typeError, "unhashable type: '\(name.repr)'")
            }
            guard seen.insert(name.identity).inserted else {
                throw ToolError(
                    .formatError,
                    "There is already a step or an inspection with name '\(name.str)'. Names must "
                        + "be unique within a layout.")
            }
        }
    }

    private static func tree(
        _ source: PythonValue, _ steps: [StepDocument], _ inspections: [InspectionDocument],
        _ expires: PythonValue
    ) -> PythonValue {
        .object([
            .init(key: .string("_type"), value: .string("layout")),
            .init(key: .string("steps"), value: .array(steps.map(\.completed))),
            .init(key: .string("inspect"), value: .array(inspections.map(\.completed))),
            .init(key: .string("keys"), value: source["keys"] ?? .object([])),
            .init(key: .string("expires"), value: expires),
            .init(key: .string("readme"), value: source["readme"] ?? .string("")),
        ])
    }

    /// Key objects by the ids of the subkeys that they list; of two, the last counts.
    ///
    /// - Throws: `TypeError` for a member `subkeys` that python cannot go over.
    func keysOfSubkeys() throws(ToolError) -> [UTF8Text: PythonValue] {
        var result: [UTF8Text: PythonValue] = [:]
        for member in source["keys"]?.members ?? [] {
            guard let subkeys = member.value["subkeys"] else { continue }
            let ids: [PythonValue]
            switch subkeys.shape {
            case .object(let members): ids = members.map(\.key)
            case .array(let elements): ids = elements
            case .string(let text):
                ids = text.string.unicodeScalars.map { .string(UTF8Text(String($0))) }
            case .brokenString: ids = []
            default: throw ToolError(.typeError, "'\(subkeys.repr)' object is not iterable")
            }
            for id in ids {
                if id.isObject || id.isArray { throw ToolError(.typeError, "unhashable type") }
                if let id = id.text { result[id] = member.value }
            }
        }
        return result
    }

    /// The layout as it is written.
    package func json() throws(ToolError) -> JSON {
        try LayoutDocument.tree(source, steps, inspections, expiresValue).canonicalTree()
    }

    /// The bytes that a Metablock's signatures are over.
    package func signableBytes() throws(ToolError) -> [UInt8] {
        if case .parsed(let value) = source, source.hasExactly(LayoutDocument.members),
            expiresValue.text == source["expires"]?.text,
            source["steps"]?.isArray == true, source["inspect"]?.isArray == true,
            steps.allSatisfy({
                $0.source.hasExactly(StepDocument.members) && $0.source["_type"]?.text == "step"
            }),
            inspections.allSatisfy({
                $0.source.hasExactly(InspectionDocument.members)
                    && $0.source["_type"]?.text == "inspection"
            })
        {
            return value.canonicalBytes()
        }
        return try json().canonicalBytes()
    }
}

extension PythonValue {
    /// Text that two hashable values share only if python takes them for one, numbers aside.
    var identity: UTF8Text {
        text.map { UTF8Text("s\($0)") } ?? UTF8Text("r\(repr)")
    }
}
