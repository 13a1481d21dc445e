// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification

/// Applies the rules of steps and inspections as python's `verify_all_item_rules` does.
struct RuleCheck {
    private var links: [UTF8Text: Link] = [:]
    let log: ToolLog

    init(log: ToolLog) { self.log = log }

    /// Adds what `MATCH … FROM` can name.
    mutating func add(_ name: PythonValue, _ link: LinkDocument) {
        guard let text = name.text else { return }
        links[text] = RuleCheck.link(name, link)
    }

    private static func link(_ name: PythonValue, _ link: LinkDocument) -> Link {
        Link(
            name: UTF8Text(name.str), materials: link.materials, products: link.products,
            command: [], byproducts: .object([]))
    }

    /// - Throws: `RuleVerificationError`; `FormatError` for a rule that parameters have spoilt;
    ///   `Refused` for names that a `MATCH … IN` cannot tell apart.
    func verify(_ item: ItemDocument, of document: LinkDocument) throws(ToolError) {
        let link = item.name.text.flatMap { links[$0] } ?? RuleCheck.link(item.name, document)
        log.info("Verifying material rules for '\(item.name.str)'...")
        try apply(item.expectedMaterials, .materials, link)
        log.info("Verifying product rules for '\(item.name.str)'...")
        try apply(item.expectedProducts, .products, link)
    }

    private func apply(
        _ rules: [[UTF8Text]], _ list: ArtifactMatch.List, _ link: Link
    ) throws(ToolError) {
        var parsed: [ArtifactRule] = []
        var fault: ToolError?
        for tokens in rules {
            do throws(ToolError) {
                parsed.append(try RuleTokens.rule(tokens))
            } catch {
                fault = error
                break
            }
        }
        do throws(SupplyChainError) {
            _ = try ArtifactRules(links: links).apply(parsed, to: list, of: link)
        } catch {
            throw RuleCheck.failure(error)
        }
        if let fault { throw fault }
    }

    private static func failure(_ error: SupplyChainError) -> ToolError {
        guard case .ruleBroken(let violation) = error else {
            return ToolError(.ruleVerificationError, "\(error)")
        }
        let rule = violation.rule.description
        switch violation.kind {
        case .disallowed:
            let names = violation.artifacts.map { PythonValue.repr($0) }
            let rest = violation.count - names.count
            let more = rest > 0 ? ", and \(rest) more" : ""
            return ToolError(
                .ruleVerificationError,
                "'\(rule)' matched the following artifacts: [\(names.joined(separator: ", "))"
                    + "\(more)] (expected_\(violation.list.rawValue.lowercased()) of item "
                    + "'\(violation.item)')")
        case .required:
            return ToolError(
                .ruleVerificationError,
                "'\(rule)' did not find its file (expected_"
                    + "\(violation.list.rawValue.lowercased()) of item '\(violation.item)')")
        case .unmatchable: return ToolError(.refused, "\(violation)")
        }
    }
}
