// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

extension AuditReport {
    /// The report for a person. The first line is the answer.
    public var text: String {
        var lines = ["\(outcome.rawValue.uppercased())   \(repository)   \(counts)"]
        for severity in Finding.Severity.allCases {
            for finding in findings(severity) { lines += AuditReport.lines(finding) }
        }
        lines.append(checked)
        if let next = summary.nextExpiry {
            lines.append("Next to expire: \(next.subject), at \(next.at).")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var counts: String {
        let words = Finding.Severity.allCases.compactMap { severity -> String? in
            let count = findings(severity).count
            return count == 0 ? nil : counted(count, severity.rawValue)
        }
        return words.isEmpty ? "nothing found" : words.joined(separator: ", ")
    }

    private static func lines(_ finding: Finding) -> [String] {
        let severity = finding.severity.rawValue
        let padding = String(repeating: " ", count: 8 - severity.utf8.count)
        var lines = [
            "  \(severity)\(padding)\(finding.subject): \(finding.sentence)"
                + "   [\(finding.code.rawValue)]"
        ]
        if let expected = finding.expected { lines.append("          Expected  \(expected)") }
        if let found = finding.found { lines.append("          Found     \(found)") }
        lines.append("          Remedy    \(finding.remedy)")
        return lines
    }

    private var checked: String {
        let roots =
            switch summary.roots {
            case nil: "no root"
            case let range? where range.count == 1: "root \(range.lowerBound)"
            case let range?: "roots \(range.lowerBound) to \(range.upperBound)"
            }
        var words = ["\(roots)", counted(summary.roles, "targets role")]
        words.append("\(summary.files) of \(counted(summary.listed, "target file")) read")
        if summary.releases > 0 {
            words.append("\(counted(summary.releases, "release file")) verified")
        }
        return "Checked as of \(asOf): \(words.joined(separator: ", ")); \(summary.bytes) bytes."
    }
}

/// `1 file`, `2 files`.
func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
