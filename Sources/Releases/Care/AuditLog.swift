// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// The findings of an audit as they come: each once, and of each kind a bounded number.
struct AuditLog: Sendable {
    private var findings: [Finding] = []
    private var counts: [Finding.Code: Int] = [:]
    private var seen: Set<UTF8Text> = []
    private let options: AuditOptions

    init(_ options: AuditOptions) { self.options = options }

    mutating func add(_ finding: Finding) {
        guard isWanted(finding) else { return }
        let identity = "\(finding.code.rawValue)\n\(finding.subject)\n\(finding.sentence)"
        // Once a kind is full, its findings are counted and not remembered.
        let count = counts[finding.code] ?? 0
        if count < options.findingsPerCode {
            guard seen.insert(UTF8Text(identity)).inserted else { return }
            findings.append(finding)
        }
        counts[finding.code] = count + 1
    }

    mutating func add(_ findings: [Finding]) { for finding in findings { add(finding) } }

    private func isWanted(_ finding: Finding) -> Bool {
        options.scope != .expiry || finding.severity == .error || finding.code.isAboutTime
    }

    /// Whether something is wrong beyond its age.
    var hasErrors: Bool { findings.contains { $0.severity == .error && !$0.code.isAboutTime } }

    func has(_ code: Finding.Code) -> Bool { counts[code] != nil }

    /// The gravest first, then in the order in which they came; with what was not told one by one.
    var all: [Finding] {
        var all = findings
        for code in Finding.Code.allCases {
            let rest = (counts[code] ?? 0) - options.findingsPerCode
            guard rest > 0 else { continue }
            all.append(
                Finding(
                    code, "\(rest) more", "there are \(rest) more findings of this kind",
                    remedy: "mend those that are told, then check again"))
        }
        let sorted = all.enumerated().sorted {
            ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset)
        }
        return sorted.map(\.element)
    }
}
