// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// Something in a layout that makes it weaker than its author may think, and how to mend it.
public struct LayoutFinding: Sendable, Equatable, CustomStringConvertible {
    public enum Weight: String, Sendable, CaseIterable {
        /// The layout must not be published so.
        case error
        case warning
        /// Good to know.
        case note
    }

    /// Where it is.
    public struct Place: Sendable, Equatable {
        /// `layout`, `key`, `step` or `inspection`.
        public let kind: String
        /// Name of the step, inspection, person or key.
        public let name: String?
        /// `materials` or `products`.
        public let list: String?
        /// Number of the rule in its list, from 1.
        public let rule: Int?
        /// The rule as written.
        public let text: String?

        init(
            _ kind: String, _ name: String? = nil, list: String? = nil, rule: Int? = nil,
            text: String? = nil
        ) {
            self.kind = kind
            self.name = name
            self.list = list
            self.rule = rule
            self.text = text
        }
    }

    public let code: Code
    public let weight: Weight
    public let place: Place
    /// What is wrong and where, as a clause without a full stop.
    public let message: String
    /// What its author does next, with the rule to be written where there is one.
    public let remedy: String

    init(
        _ code: Code, _ weight: Weight, _ place: Place, _ message: String, remedy: String
    ) {
        self.code = code
        self.weight = weight
        self.place = place
        self.message = message
        self.remedy = remedy
    }

    public var description: String { "\(weight): \(message); \(remedy)" }
}

extension LayoutFinding {
    /// The findings of one file for a person.
    public static func text(_ findings: [LayoutFinding], file: String) -> String {
        if findings.isEmpty { return "\(file): nothing to mend\n" }
        var lines: [String] = []
        for finding in findings {
            lines.append(
                "\(file): \(finding.weight.rawValue): \(finding.message)   "
                    + "[\(finding.code.rawValue)]")
            lines.append("    Why   \(finding.code.reason)")
            lines.append("    Mend  \(finding.remedy)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Name of the JSON form.
    public static let schema = "carnet/lint/1"

    /// The findings of one file for a program.
    ///
    /// ```json
    /// {"schema": "carnet/lint/1", "file": "wheel.yaml", "exit_code": 0, "errors": 0,
    ///  "warnings": 1, "notes": 0,
    ///  "findings": [{"severity": "warning", "code": "open-end", "sentence": "…", "why": "…",
    ///                "remedy": "…", "where": {"kind": "step", "name": "tag",
    ///                                          "list": "products", "rule": 2, "text": "…"}}]}
    /// ```
    public static func json(_ findings: [LayoutFinding], file: String) -> JSON {
        let count = { (weight: Weight) in
            JSON.integer(findings.count { $0.weight == weight })
        }
        return [
            "schema": .text(schema), "file": .text(file),
            "exit_code": .integer(Int(exitCode(of: findings))),
            "errors": count(.error), "warnings": count(.warning), "notes": count(.note),
            "findings": .array(findings.map(\.json)),
        ]
    }

    /// 1 if the layout must not be published so, else 0.
    public static func exitCode(of findings: [LayoutFinding]) -> Int32 {
        findings.contains { $0.weight == .error } ? 1 : 0
    }

    private var json: JSON {
        var place: JSON = ["kind": .text(self.place.kind)]
        place.set("name", self.place.name.map(JSON.text))
        place.set("list", self.place.list.map(JSON.text))
        place.set("rule", self.place.rule.map(JSON.integer))
        place.set("text", self.place.text.map(JSON.text))
        return [
            "severity": .text(weight.rawValue), "code": .text(code.rawValue),
            "sentence": .text(message), "why": .text(code.reason), "remedy": .text(remedy),
            "where": place,
        ]
    }
}
