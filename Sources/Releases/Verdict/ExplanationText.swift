// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification

extension Verdict {
    /// The verdict for a person, then how it came about.
    ///
    /// - Parameter showsAll: every name that was kept, not only the first few.
    public func explanationText(showsAll: Bool = false) -> String {
        text + "\n" + chainText(showsAll: showsAll)
    }

    /// How the verdict came about.
    func chainText(showsAll: Bool) -> String {
        guard let explanation else { return "\(unexplained)\n" }
        var lines: [String] = []
        if !isVerified && explanation.hasFailed { lines += explanation.failureLines + [""] }
        let writer = ExplanationText(names: explanation.names, showsAll: showsAll)
        lines.append(isVerified ? "How it was verified" : "What was looked at")
        if !isVerified {
            lines.append("  Policy \(explanation.policy.sentence)")
        }
        lines += writer.lines(of: explanation.trace, indent: "  ")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Why there is nothing to explain.
    var unexplained: String {
        switch evidence {
        case .unattested, .repositoryOnly: "No chain was looked at: none is asked for."
        case .supplyChain, nil: "It did not come to looking at how the file was made."
        }
    }
}

extension Explanation {
    /// Whether something is wrong with the chain, and not only missing from the question.
    var hasFailed: Bool { trace.place != .product || !trace.findings.isEmpty }

    /// Where it failed, and by which rule.
    var failurePlace: String {
        let chain = innermost
        let isInner = chain.place != trace.place || chain.layoutSigners != trace.layoutSigners
        let place = place(of: chain) + (isInner ? ", inside of \(self.place(of: trace))" : "")
        guard let rule = chain.brokenRule, let list = chain.brokenList else {
            return place
        }
        return "\(place), \(list.list.rawValue.lowercased()), rule \(rule.number) of "
            + "\(list.ruleCount): \(rule.rule.words)"
    }

    /// Where and on what it failed.
    var failureLines: [String] {
        let chain = innermost
        var lines = ["Where it failed: \(failurePlace)"]
        for finding in chain.findings {
            let words = FindingWords(finding, names)
            lines.append("  \(words.title)")
            let width = words.rows.map(\.place.count).max() ?? 0
            lines += words.rows.map { row in
                "    \(padded(row.place, to: min(width, 60)))  \(row.digest)"
            }
            lines.append("    \(words.remark)")
        }
        return lines
    }
}

extension ChainTrace {
    /// The list whose rule is broken.
    var brokenList: ListTrace? {
        let lists: [ListTrace?]
        switch place {
        case .step(let index): lists = [steps[index].materials, steps[index].products]
        case .inspection(let index):
            lists = [inspections[index].materials, inspections[index].products]
        case .layout, .product: lists = []
        }
        return lists.compactMap(\.self).first { $0.rules.contains(where: \.isBroken) }
    }
}

extension ArtifactRule {
    /// The rule as a layout lists it, harmless and cut.
    var words: String { tokens.map(shown).joined(separator: " ") }
}

/// Text filled up with spaces.
func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

/// Writes what steps and rules came to.
private struct ExplanationText {
    let names: NameBook
    let showsAll: Bool

    /// Steps that are told one by one unless all are wanted.
    private static let steps = 60
    private static let namesOnALine = 3

    func lines(of chain: ChainTrace, indent: String) -> [String] {
        var lines: [String] = []
        let shownSteps = showsAll ? chain.steps.count : ExplanationText.steps
        for (index, step) in chain.steps.prefix(shownSteps).enumerated() {
            lines += self.lines(of: step, number: index + 1, indent)
        }
        if chain.steps.count > shownSteps {
            lines.append("\(indent)and \(chain.steps.count - shownSteps) more steps")
        }
        for inspection in chain.inspections.prefix(shownSteps) {
            lines += self.lines(of: inspection, indent)
        }
        return lines
    }

    private func lines(of step: StepTrace, number: Int, _ indent: String) -> [String] {
        var lines = ["\(indent)\(number) \(shown(step.name)): \(StepWords(step, names).who)"]
        let inner = indent + "    "
        lines += StepWords(step, names).remarks.map { "\(inner)\($0)" }
        for sublayout in step.sublayouts {
            lines.append("\(inner)by a layout of \(names.name(sublayout.keyID)):")
            lines += self.lines(of: sublayout.chain, indent: inner + "  ")
        }
        return lines + rules(step.materials, step.products, inner)
    }

    private func lines(of inspection: InspectionTrace, _ indent: String) -> [String] {
        ["\(indent)inspection \(shown(inspection.name)): \(inspection.words)"]
            + rules(inspection.materials, inspection.products, indent + "    ")
    }

    private func rules(
        _ materials: ListTrace?, _ products: ListTrace?, _ indent: String
    ) -> [String] {
        let lists = [materials, products].compactMap(\.self).filter { $0.ruleCount + $0.count > 0 }
        let width = min(44, lists.flatMap(\.rules).map(\.rule.words.count).max() ?? 0)
        return lists.flatMap { self.lines(of: $0, width, indent) }
    }

    private func lines(of list: ListTrace, _ width: Int, _ indent: String) -> [String] {
        var lines = ["\(indent)\(list.list.rawValue.lowercased()), \(files(list.count))"]
        for rule in list.rules {
            let words = "\(indent)  \(padded(rule.rule.words, to: width))  "
            if rule.isBroken {
                lines.append("\(words)FAILED, with \(rule.left) left")
            } else {
                lines.append(
                    "\(words)took \(rule.taken.count)\(names(of: rule.taken)), left \(rule.left)")
                lines += all(rule.taken, indent + "      ")
            }
        }
        if list.appliedCount > list.rules.count {
            lines.append("\(indent)  and \(list.appliedCount - list.rules.count) more rules")
        }
        if let left = list.left, left.count > 0 {
            lines.append("\(indent)  left over and so allowed: \(left.count)\(names(of: left))")
            lines += all(left, indent + "      ")
        }
        return lines
    }

    /// ` (a, b, c and 5 more)`.
    private func names(of sample: NameSample) -> String {
        guard sample.count > 0, !showsAll else { return "" }
        let first = sample.names.prefix(ExplanationText.namesOnALine).map(shown)
        let rest = sample.count - first.count
        let words = first.joined(separator: ", ")
        return words.isEmpty ? "" : " (\(words)\(rest > 0 ? " and \(rest) more" : ""))"
    }

    private func all(_ sample: NameSample, _ indent: String) -> [String] {
        guard showsAll else { return [] }
        let rest = sample.count - sample.names.count
        return sample.names.map { indent + shown($0) }
            + (rest > 0 ? ["\(indent)and \(rest) more"] : [])
    }
}

/// A step in words, for text and page.
struct StepWords {
    /// Who signed it, and how many had to.
    let who: String
    /// What counted for nothing, and what else a reader should know.
    let remarks: [String]

    init(_ step: StepTrace, _ names: NameBook) {
        var seen: Set<String> = []
        let people = step.accepted.map { names.name($0.keyID) }.filter { seen.insert($0).inserted }
        if !step.isSearched {
            who = "not looked at"
        } else if people.isEmpty && !step.sublayouts.isEmpty {
            who = "done by a layout of its own, which is not met, \(step.threshold) needed"
        } else if people.isEmpty {
            who = "signed by nobody who counts, \(step.threshold) needed"
        } else {
            let shown = people.prefix(20)
            let more = people.count - shown.count
            who =
                "signed by \(joined(shown + (more > 0 ? ["\(more) more"] : [])))"
                + ", \(step.threshold) needed"
        }
        var remarks = step.rejected.map { "counts for nothing: \($0)" }
        if step.rejectedCount > step.rejected.count {
            remarks.append("and \(step.rejectedCount - step.rejected.count) more like these")
        }
        if step.missing.count > 0 {
            let rest = step.missing.count - step.missing.names.count
            let absent = step.missing.names.map(names.author)
            remarks.append(
                "not seen: \(joined(absent + (rest > 0 ? ["\(rest) more"] : [])))")
        }
        self.remarks = remarks + step.warnings.prefix(20).map { $0.words(names) }
    }
}

extension InspectionTrace {
    /// Its command and how it was done.
    var words: String {
        let line = quoted(command.map(\.string).joined(separator: " "))
        switch manner {
        case .builtIn?: return "\(line), done by carnet itself"
        case .sandboxed?: return "\(line), as a command, in a sandbox"
        case .unsandboxed?: return "\(line), as a command, with your rights"
        case nil: return "\(line), not done"
        }
    }
}
