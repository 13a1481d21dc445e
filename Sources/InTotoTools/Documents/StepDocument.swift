// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// What steps and inspections of a layout share.
struct ItemDocument: Sendable {
    /// Any value at all, `null` if missing.
    let name: PythonValue
    /// The tokens of each rule; a rule as the layout has it parses.
    var expectedMaterials: [[UTF8Text]]
    var expectedProducts: [[UTF8Text]]

    /// - Throws: `FormatError`, `UnicodeEncodeError`.
    init(_ source: PythonValue) throws(ToolError) {
        name = source["name"] ?? .null
        expectedMaterials = try ItemDocument.rules(source["expected_materials"], "Material")
        expectedProducts = try ItemDocument.rules(source["expected_products"], "Product")
    }

    private static func rules(
        _ value: PythonValue?, _ word: String
    ) throws(ToolError) -> [[UTF8Text]] {
        guard let value else { return [] }
        guard let elements = value.elements else {
            throw ToolError(.formatError, "\(word) rules should be a list!")
        }
        var rules: [[UTF8Text]] = []
        for element in elements {
            guard let parts = element.elements else {
                throw ToolError(.formatError, "expected list, got '\(element.repr)'")
            }
            var tokens: [UTF8Text] = []
            for part in parts { tokens.append(try token(part)) }
            _ = try RuleTokens.rule(tokens)
            rules.append(tokens)
        }
        return rules
    }

    private static func token(_ value: PythonValue) throws(ToolError) -> UTF8Text {
        // Refused where the whole layout is; till then it stands for no keyword.
        if case .brokenString = value.shape { return "\u{FFFD}" }
        guard let text = value.text else {
            throw ToolError(.formatError, "expected str, got '\(value.repr)'")
        }
        return text
    }
}

/// A step as python's `Step.read` takes it.
struct StepDocument: Sendable {
    static let members: [UTF8Text] = [
        "_type", "expected_command", "expected_materials", "expected_products", "name",
        "pubkeys", "threshold",
    ]

    var item: ItemDocument
    let pubkeys: [UTF8Text]
    /// Any integer.
    let threshold: Int
    var expectedCommand: [PythonValue]
    let source: PythonValue

    /// - Throws: `FormatError`, `TypeError`, `UnicodeEncodeError`.
    init(_ source: PythonValue) throws(ToolError) {
        try source.expectKeywords("layout.Step")
        self.source = source
        guard let command = (source["expected_command"] ?? .array([])).elements else {
            throw ToolError(.formatError, "The expected command field is malformed!")
        }
        expectedCommand = command
        item = try ItemDocument(source)
        guard let ids = (source["pubkeys"] ?? .array([])).elements else {
            throw ToolError(.formatError, "The pubkeys field should be a list!")
        }
        var pubkeys: [UTF8Text] = []
        for id in ids { pubkeys.append(try id.hexText()) }
        self.pubkeys = pubkeys
        let value = source["threshold"] ?? .integer(digits: "1")
        guard let threshold = value.integer else {
            throw ToolError(
                .formatError, "Invalid threshold '\(value.str)', value must be an int.")
        }
        self.threshold = threshold
    }

    /// The step with what is dropped and filled in.
    var completed: PythonValue {
        .object([
            .init(key: .string("_type"), value: .string("step")),
            .init(key: .string("name"), value: item.name),
            .init(
                key: .string("expected_materials"),
                value: source["expected_materials"] ?? .array([])),
            .init(
                key: .string("expected_products"),
                value: source["expected_products"] ?? .array([])),
            .init(key: .string("pubkeys"), value: source["pubkeys"] ?? .array([])),
            .init(
                key: .string("expected_command"), value: source["expected_command"] ?? .array([])),
            .init(
                key: .string("threshold"), value: source["threshold"] ?? .integer(digits: "1")),
        ])
    }
}

/// An inspection as python's `Inspection.read` takes it.
struct InspectionDocument: Sendable {
    static let members: [UTF8Text] = [
        "_type", "expected_materials", "expected_products", "name", "run",
    ]

    var item: ItemDocument
    var run: [PythonValue]
    let source: PythonValue

    /// - Throws: `FormatError`, `TypeError`, `UnicodeEncodeError`.
    init(_ source: PythonValue) throws(ToolError) {
        try source.expectKeywords("layout.Inspection")
        self.source = source
        item = try ItemDocument(source)
        guard let run = (source["run"] ?? .array([])).elements else {
            throw ToolError(.formatError, "The run field is malformed!")
        }
        self.run = run
    }

    /// The inspection with what is dropped and filled in.
    var completed: PythonValue {
        .object([
            .init(key: .string("_type"), value: .string("inspection")),
            .init(key: .string("name"), value: item.name),
            .init(
                key: .string("expected_materials"),
                value: source["expected_materials"] ?? .array([])),
            .init(
                key: .string("expected_products"),
                value: source["expected_products"] ?? .array([])),
            .init(key: .string("run"), value: source["run"] ?? .array([])),
        ])
    }
}

extension PythonValue {
    /// What `_check_hex` takes.
    ///
    /// - Throws: `FormatError`.
    func hexText() throws(ToolError) -> UTF8Text {
        guard let text, PythonBytes.isHex(text) else {
            throw ToolError(.formatError, "expected hex string, got '\(repr)'")
        }
        return text
    }
}
