// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification

/// The parts of a page that tell what steps and rules came to.
struct PageParts {
    private let explanation: Explanation
    private let isVerified: Bool
    private var names: NameBook { explanation.names }

    /// Steps and inspections that are told one by one.
    private static let items = 100
    /// Rules of a list, and names of a rule.
    private static let rules = 100
    private static let names = 200
    private static let namesInline = 3

    init(_ explanation: Explanation, isVerified: Bool) {
        self.explanation = explanation
        self.isVerified = isVerified
    }

    /// Subjects and what is said of them.
    static func facts(_ rows: [(subject: String, words: String)]) -> Markup {
        let items = rows.map { subject, words -> Markup in
            "<dt>\(subject, maximum: 60)</dt><dd>\(words, maximum: 2000)</dd>\n"
        }
        return """
            <dl>
            \(items)</dl>

            """
    }

    var policy: Markup {
        let policy = explanation.policy
        var rows = [
            ("Policy", policy.sentence), ("sha256 of the policy", policy.sha256),
        ]
        if let path = policy.path { rows.append(("Published as", "\(path)")) }
        if let role = policy.role { rows.append(("by role", "\(role)")) }
        for (name, value) in policy.parameters.sorted(by: { UTF8Text($0.key) < UTF8Text($1.key) })
            .prefix(20)
        {
            rows.append(("{\(name)}", value))
        }
        return """
            <h2>The policy</h2>
            \(PageParts.facts(rows))
            """
    }

    // MARK: the failure

    /// Where in the chain the one cause is, and the artifacts concerned.
    var failure: Markup {
        let findings = explanation.innermost.findings.map { finding -> Markup in
            let words = FindingWords(finding, names)
            let rows = words.rows.map { row -> Markup in
                "<tr><td>\(row.place, maximum: 500)</td><td><code>\(row.digest)</code></td></tr>\n"
            }
            return """
                <h3><code>\(words.title)</code></h3>
                <div class="scroll"><table>
                \(rows)</table></div>
                <p>\(words.remark, maximum: 500)</p>

                """
        }
        return """
            <h2>Where it failed</h2>
            <p>\(explanation.failurePlace, maximum: 1000)</p>
            \(findings)
            """
    }

    // MARK: items

    func items(of trace: ChainTrace) -> Markup {
        let states = ItemStates(trace, isVerified: isVerified)
        let steps = trace.steps.prefix(PageParts.items).enumerated().map {
            item($0.element, states.step($0.offset))
        }
        let inspections = trace.inspections.prefix(PageParts.items).enumerated().map {
            item($0.element, states.inspection($0.offset))
        }
        let omitted =
            trace.steps.count + trace.inspections.count - steps.count - inspections.count
        let note: Markup =
            omitted > 0 ? "<p class=\"dim\">and \(omitted) more steps and inspections</p>\n" : ""
        return """
            <h2>Step by step</h2>
            \(steps)\(inspections)\(note)
            """
    }

    private func item(_ step: StepTrace, _ state: ItemStates.State) -> Markup {
        let words = StepWords(step, names)
        let remarks = words.remarks.map { remark -> Markup in "<li>\(remark, maximum: 500)</li>\n" }
        let list: Markup = remarks.isEmpty ? "" : "<ul>\n\(remarks)</ul>\n"
        let signed = step.accepted.prefix(20).map { link -> Markup in
            """
            <tr><td>\(names.name(link.keyID))</td><td><code>\(link.file.string)</code></td>\
            <td><code title="\(link.sha256)">sha256 \(String(link.sha256.prefix(12)))…</code>\
            </td></tr>

            """
        }
        let table: Markup =
            signed.isEmpty
            ? "" : "<div class=\"scroll\"><table class=\"signed\">\n\(signed)</table></div>\n"
        let inner = step.sublayouts.prefix(10).map { sublayout -> Markup in
            """
            <p>By a layout of \(names.name(sublayout.keyID)), whose own steps are:</p>
            \(steps(of: sublayout.chain))
            """
        }
        return """
            <section class="item\(style(state, " "))">
            <span class="mark\(style(state, " "))">\(state.words)</span>
            <h3>\(shown(step.name))</h3>
            <p>\(words.who, maximum: 2000)</p>
            \(list)\(table)\(inner)\(lists(step.materials, step.products))</section>

            """
    }

    /// The steps of a sublayout, inside of the step that it stands for.
    private func steps(of trace: ChainTrace) -> [Markup] {
        let states = ItemStates(trace, isVerified: isVerified)
        return trace.steps.prefix(PageParts.items / 4).enumerated().map {
            item($0.element, states.step($0.offset))
        }
    }

    private func item(_ inspection: InspectionTrace, _ state: ItemStates.State) -> Markup {
        """
        <section class="item\(style(state, " "))">
        <span class="mark\(style(state, " "))">\(state.words)</span>
        <h3>Inspection \(shown(inspection.name))</h3>
        <p>\(inspection.words, maximum: 500)</p>
        \(lists(inspection.materials, inspection.products))</section>

        """
    }

    private func style(_ state: ItemStates.State, _ space: Markup) -> Markup {
        switch state.kind {
        case .met: "\(space)met"
        case .failed: "\(space)failed"
        case .lookedAt, .unseen: ""
        }
    }

    // MARK: rules

    private func lists(_ materials: ListTrace?, _ products: ListTrace?) -> [Markup] {
        [materials, products].compactMap(\.self).filter { $0.ruleCount + $0.count > 0 }.map(list)
    }

    private func list(_ list: ListTrace) -> Markup {
        let title = list.list == .materials ? "Materials" : "Products"
        let rules = list.rules.prefix(PageParts.rules).map(row)
        let broken = list.rules.dropFirst(PageParts.rules).filter(\.isBroken).map(row)
        let omitted = list.appliedCount - rules.count - broken.count
        let more: Markup =
            omitted > 0
            ? "<tr><td colspan=\"3\" class=\"dim\">and \(omitted) more rules</td></tr>\n" : ""
        var left: Markup = ""
        if let over = list.left, over.count > 0 {
            left = """
                <tr><td>left over, and so allowed\(names(of: over))</td>\
                <td class="number"></td><td class="number">\(over.count)</td></tr>

                """
        }
        return """
            <div class="scroll"><table>
            <thead><tr><th>\(title), \(files(list.count))</th><th class="number">took</th>\
            <th class="number">left</th></tr></thead>
            <tbody>
            \(rules)\(more)\(broken)\(left)</tbody>
            </table></div>

            """
    }

    private func row(_ rule: RuleTrace) -> Markup {
        let took = rule.isBroken ? "✗ failed" : "\(rule.taken.count)"
        let kind: Markup = rule.isBroken ? " class=\"failed\"" : ""
        return """
            <tr\(kind)><td><code>\(rule.rule.words, maximum: 300)</code>\(names(of: rule.taken))</td>\
            <td class="number">\(took)</td><td class="number">\(rule.left)</td></tr>

            """
    }

    /// The names of what a rule took: few of them at once, more on demand.
    private func names(of sample: NameSample) -> Markup {
        guard !sample.names.isEmpty else { return "" }
        let names = sample.names.prefix(PageParts.names).map { name -> Markup in
            "<code>\(shown(name))</code>"
        }
        let rest = sample.count - names.count
        let more: Markup = rest > 0 ? " and \(rest) more" : ""
        if names.count <= PageParts.namesInline {
            return "<div class=\"names\">\(joined(names))\(more)</div>"
        }
        return """
            <details class="names"><summary>\(files(sample.count))</summary>\
            \(joined(names))\(more)</details>
            """
    }

    private func joined(_ pieces: [Markup]) -> Markup {
        let rest = pieces.dropFirst().map { piece -> Markup in ", \(piece)" }
        return "\(pieces.first ?? "")\(rest)"
    }

    // MARK: flows

    var flows: Markup {
        let flows = explanation.trace.flows
        guard !flows.isEmpty else { return "" }
        let rows = flows.prefix(PageParts.items).map { flow -> Markup in
            """
            <tr><td>\(shown(flow.from))</td><td>\(shown(flow.to))</td>\
            <td class="number">\(flow.count)</td></tr>

            """
        }
        let omitted = flows.count - rows.count
        let more: Markup =
            omitted > 0
            ? "<tr><td colspan=\"3\" class=\"dim\">and \(omitted) more</td></tr>\n" : ""
        return """
            <h2>Files that went from step to step</h2>
            <div class="scroll"><table>
            <thead><tr><th>from</th><th>to</th><th class="number">files</th></tr></thead>
            <tbody>
            \(rows)\(more)</tbody>
            </table></div>

            """
    }
}
