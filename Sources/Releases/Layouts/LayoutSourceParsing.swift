// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
public import SourceFiles
import TUFMetadata

extension LayoutSource {
    private static let fields = [
        "name", "expires", "applies-to", "product-of", "threshold", "signers", "functionaries",
        "steps", "inspections", "readme",
    ]

    /// Reads a source.
    ///
    /// - Parameters:
    ///   - file: its name, for messages.
    ///   - reader: knows the language that the source is written in.
    /// - Throws: ``LayoutSourceError`` with line and column.
    public init(
        _ text: String, file: String, reader: SourceReader
    ) throws(LayoutSourceError) {
        let node: SourceNode
        do throws(SourceError) { node = try reader(text) } catch {
            throw LayoutSourceError(file: file, place: error.place, message: error.message)
        }
        let top = try SourceMapping(
            node, file: file, subject: "the layout", fields: LayoutSource.fields)
        name = try LayoutSource.safeName(top, "name")
        let expiresNode = try top.required("expires")
        guard let expires = Expiry(try top.text(expiresNode, "expires")) else {
            throw top.failure(
                expiresNode, "expires: expected a period such as 90d or 1y, or a date as 2027-01-31"
            )
        }
        self.expires = expires
        var templates: [PathTemplate] = []
        for (text, node) in try top.texts("applies-to") {
            guard let template = PathTemplate(UTF8Text(text)) else {
                throw top.failure(
                    node, "applies-to: expected a path such as demo/{version}/demo-{version}.tar.gz"
                )
            }
            templates.append(template)
        }
        guard !templates.isEmpty else {
            throw top.failure(node, "applies-to: at least one path is needed")
        }
        appliesTo = templates
        signers = try LayoutSource.people(top, "signers")
        functionaries = try LayoutSource.people(top, "functionaries")
        threshold = try top.count("threshold", default: nil)
        guard threshold <= signers.count else {
            throw top.failure(
                try top.required("threshold"),
                "threshold: \(threshold) found, but there are \(signers.count) signers")
        }
        let parsing = try LayoutSource.steps(top, functionaries)
        steps = parsing
        inspections = try LayoutSource.inspections(top)
        readme =
            try top.optional("readme").map { node throws(LayoutSourceError) in
                try top.text(node, "readme")
            } ?? ""
        productOf = try top.text("product-of")
        guard parsing.contains(where: { [productOf] in $0.name == productOf }) else {
            throw top.failure(
                try top.required("product-of"),
                "product-of: there is no step \(quoted(productOf))")
        }
        try LayoutSource.checkNames(steps.map(\.name) + inspections.map(\.name), top)
    }

    private static func safeName(
        _ mapping: SourceMapping, _ field: String
    ) throws(LayoutSourceError) -> String {
        let name = try mapping.text(field)
        guard Step.isSafe(name: UTF8Text(name)) else {
            throw mapping.failure(
                try mapping.required(field),
                "\(field): \(quoted(name)) found, letters, digits and . _ + - expected")
        }
        return name
    }

    private static func checkNames(
        _ names: [String], _ top: SourceMapping
    ) throws(LayoutSourceError) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw top.failure(
                try top.required("steps"), "the name \(quoted(name)) stands twice")
        }
    }

    // MARK: parts

    private static func people(
        _ top: SourceMapping, _ field: String
    ) throws(LayoutSourceError) -> [Person] {
        let mapping = try SourceMapping(
            try top.required(field), file: top.file, subject: field, fields: nil)
        var people: [Person] = []
        for (name, place, node) in mapping.all {
            people.append(
                Person(name: name, keyFile: try mapping.text(node, name), place: place))
        }
        guard !people.isEmpty else {
            throw top.failure(try top.required(field), "\(field): at least one is needed")
        }
        return people
    }

    private static func sequence(
        _ top: SourceMapping, _ field: String, required: Bool
    ) throws(LayoutSourceError) -> [SourceNode] {
        guard let node = required ? try top.required(field) : top.optional(field) else {
            return []
        }
        guard case .list(let elements) = node.content, !(required && elements.isEmpty) else {
            throw top.failure(node, "\(field): a list expected")
        }
        return elements
    }

    private static func steps(
        _ top: SourceMapping, _ functionaries: [Person]
    ) throws(LayoutSourceError) -> [StepSource] {
        let known = functionaries.map(\.name)
        var steps: [StepSource] = []
        for node in try sequence(top, "steps", required: true) {
            let mapping = try SourceMapping(
                node, file: top.file, subject: "a step",
                fields: ["name", "by", "threshold", "command", "materials", "products"])
            let name = try safeName(mapping, "name")
            var by: [String] = []
            for (person, node) in try mapping.texts("by") {
                guard known.contains(person) else {
                    throw mapping.failure(
                        node, "by: \(quoted(person)) is not among the functionaries")
                }
                guard !by.contains(person) else {
                    throw mapping.failure(node, "by: \(quoted(person)) stands twice")
                }
                by.append(person)
            }
            let threshold = try mapping.count("threshold", default: 1)
            guard threshold <= by.count else {
                throw mapping.failure(
                    mapping.node,
                    "step \(quoted(name)) wants \(threshold) to do it, \(by.count) may (field \"by\")"
                )
            }
            steps.append(
                StepSource(
                    name: name, by: by, threshold: threshold,
                    command: try command(mapping, "command", required: false),
                    materials: try rules(mapping, "materials"),
                    products: try rules(mapping, "products")))
        }
        return steps
    }

    private static func inspections(
        _ top: SourceMapping
    ) throws(LayoutSourceError) -> [InspectionSource] {
        var inspections: [InspectionSource] = []
        for node in try sequence(top, "inspections", required: false) {
            let mapping = try SourceMapping(
                node, file: top.file, subject: "an inspection",
                fields: ["name", "run", "materials", "products"])
            inspections.append(
                InspectionSource(
                    name: try safeName(mapping, "name"),
                    run: try command(mapping, "run", required: true),
                    materials: try rules(mapping, "materials"),
                    products: try rules(mapping, "products")))
        }
        return inspections
    }

    /// A command as one text, split at spaces, or as a list of words.
    private static func command(
        _ mapping: SourceMapping, _ field: String, required: Bool
    ) throws(LayoutSourceError) -> [UTF8Text] {
        guard let node = required ? try mapping.required(field) : mapping.optional(field) else {
            return []
        }
        if case .list = node.content {
            return try mapping.texts(field).map { UTF8Text($0.text) }
        }
        guard let words = words(try mapping.text(node, field)) else {
            throw mapping.failure(node, "\(field): a double quote is not closed")
        }
        return words
    }

    private static func rules(
        _ mapping: SourceMapping, _ field: String
    ) throws(LayoutSourceError) -> [ArtifactRule] {
        var rules: [ArtifactRule] = []
        for (text, node) in try mapping.texts(field) {
            guard let words = words(text), let rule = ArtifactRule(tokens: words) else {
                throw mapping.failure(
                    node,
                    "\(field): \(quoted(text)) is no rule, expected such as \"ALLOW src/*\" or "
                        + "\"MATCH * WITH PRODUCTS FROM build\"")
            }
            rules.append(rule)
        }
        return rules
    }
}
