// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

extension Verdict {
    /// The answer in one line: the first of the text, and of the page.
    public var headline: String {
        if let evidence, isVerified {
            return "VERIFIED\(circumstances)\(Verdict.reservation(evidence))   \(shownPath)"
        }
        return "REFUSED — do not install   \(shownPath)   [\(refusal?.code ?? "E-NO-ANSWER")]"
    }

    /// The verdict for a person. The first line is the answer.
    public var text: String {
        var lines = [headline]
        if let refusal, !isVerified {
            lines.append("  \(refusal.cause)")
            if let expected = refusal.expected { lines.append("  Expected  \(expected)") }
            if let found = refusal.found { lines.append("  Found     \(found)") }
            lines.append("  Remedy    \(refusal.remedy)")
            lines.append("  Next      \(refusal.next)")
        } else if let evidence, isVerified {
            lines += rows(evidence)
            lines.append("Not checked: \(notChecked(evidence).joined(separator: "; ")).")
        } else {
            lines.append("  \(Verdict.noAnswer)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The path, harmless on a terminal: the name of a file at hand may be anything.
    private var shownPath: String {
        let shown = TargetPath(UTF8Text(path))?.description ?? quoted(path)
        return repository.isEmpty ? shown : "\(repository)/\(shown)"
    }

    /// What is said where there is neither evidence nor a refusal.
    static let noAnswer = "Nothing was found that vouches for the file."

    /// What must be said in the first line already.
    private static func reservation(_ evidence: EvidenceSummary) -> String {
        switch evidence {
        case .supplyChain: ""
        case .unattested: " without evidence, as the repository's owners allow"
        case .repositoryOnly: " by the repository's signature alone, as you asked"
        }
    }

    /// When the answer is not about here and now, the first line says so.
    private var circumstances: String {
        (isForAnotherMoment ? " as of \(asOf)" : "") + (isOffline ? " offline" : "")
    }

    /// What the answer does not say.
    func notChecked(_ evidence: EvidenceSummary) -> [String] {
        var all: [String]
        switch evidence {
        case .supplyChain: all = ["whether the source code itself is harmless"]
        case .unattested:
            all = ["how the file was made; the repository's owners ask for no evidence"]
        case .repositoryOnly:
            all = ["how the file was made; you asked for the repository's word alone"]
        }
        if isOffline {
            all.append("whether the repository has said anything new since it was last asked")
        }
        if isForAnotherMoment { all.append("whether all this still holds now") }
        return all
    }

    private func rows(_ evidence: EvidenceSummary) -> [String] {
        let rows = facts(evidence)
        let width = min(16, rows.map(\.0.count).max() ?? 0)
        return rows.map { name, words in
            "  " + name + String(repeating: " ", count: max(0, width - name.count)) + "  " + words
        }
    }

    /// What vouches for the file, by subject; an empty subject goes on with the one before.
    func facts(_ evidence: EvidenceSummary) -> [(subject: String, words: String)] {
        var rows: [(String, String)] = []
        if let sha256 { rows.append(("sha256", sha256)) }
        if let retired { rows.append(("Retired", retired)) }
        switch evidence {
        case .supplyChain(let chain):
            for step in chain.steps {
                rows.append((step.name, step.sentence(isProduct: step.name == chain.productOf)))
                rows += step.warnings.map { ("", "note: \($0)") }
            }
            rows += chain.inspections.map { ("Inspected", $0.sentence) }
            rows.append(("Policy", chain.policy.sentence))
        case .unattested(let role):
            rows.append(("Policy", "signed by \(role); its owners ask for no evidence here"))
        case .repositoryOnly(let role): rows.append(("Signed", "by role \(role)"))
        }
        if let freshness { rows.append(("Fresh", freshness.sentence(at: asOf))) }
        return rows
    }
}

extension SupplyChainSummary.Step {
    func sentence(isProduct: Bool) -> String {
        let who = joined(accepted.map(\.name))
        if accepted.count > 1 {
            return "\(who) got the same result independently (\(threshold) needed)"
        }
        return "done by \(who)" + (isProduct ? ", who made this file" : "")
    }
}

extension SupplyChainSummary.Inspection {
    var sentence: String {
        let how =
            switch manner {
            case .builtIn: "by carnet itself"
            case .sandboxed: "as a command, in a sandbox"
            case .unsandboxed: "as a command, with your rights"
            }
        return "\(quotedIfOdd(name)): \(quoted(command)), done \(how)"
    }

    private func quotedIfOdd(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 }
        return plain && !text.isEmpty && text.utf8.count <= 60 ? text : quoted(text)
    }
}

extension PolicySummary {
    var sentence: String {
        "\"\(name)\", signed by \(joined(signers.map(\.name)))"
            + " (\(required) of \(possible) needed), valid until \(expires.day)"
    }
}

extension Freshness {
    func sentence(at now: Instant) -> String {
        let age = signed.map { "signed \(words(now.seconds - $0.seconds)) ago, " } ?? ""
        return "repository state \(snapshotVersion), \(age)"
            + "good for another \(words(expires.seconds - now.seconds))"
    }

    private func words(_ seconds: Int) -> String {
        switch max(0, seconds) {
        case 0..<120: "\(max(0, seconds)) s"
        case 120..<7200: "\(seconds / 60) min"
        case 7200..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86400) days"
        }
    }
}
