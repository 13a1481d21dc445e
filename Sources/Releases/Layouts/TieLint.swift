// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import Inspecting

/// Looks for steps that nothing ties to the product, and at what inspections need.
struct TieLint {
    private let layout: LintedLayout

    static func run(_ layout: LintedLayout, _ log: inout FindingList) {
        let lint = TieLint(layout: layout)
        lint.names(&log)
        lint.ties(&log)
        for item in layout.items where item.kind == .inspection { inspection(item, layout, &log) }
    }

    private func names(_ log: inout FindingList) {
        if !layout.items.contains(where: { $0.kind == .step }) {
            log.add(
                .noSteps, .error, .init("layout"), "the layout has no steps",
                remedy: "describe the step that makes the product")
        }
        for item in layout.items where !Step.isSafe(name: item.name) {
            log.add(
                .nameUnsafe, item.kind == .step ? .error : .warning, item.place,
                "\(item.title): a name that may lead out of the links' folder",
                remedy: "use letters, digits, '.', '_', '+' and '-', and no dot at the front")
        }
    }

    /// Steps that compare nothing with each other have nothing to do with each other.
    private func ties(_ log: inout FindingList) {
        guard let product = layout.productStep else { return }
        var neighbours = [[Int]](repeating: [], count: layout.items.count)
        var isRuled = !layout.items[product].rules(.products).isEmpty
        for (place, item) in layout.items.enumerated() {
            for list in LintedItem.lists {
                if item.kind == .inspection, !item.rules(list).isEmpty { isRuled = true }
                for rule in item.rules(list) {
                    guard case .match(let match) = rule.rule,
                        let other = layout.places[match.step],
                        layout.canSee(other, from: item)
                    else { continue }
                    if other == product, match.list == .products { isRuled = true }
                    guard other != place else { continue }
                    neighbours[place].append(other)
                    neighbours[other].append(place)
                }
            }
        }
        if !isRuled {
            let item = layout.items[product]
            log.add(
                .productUntied, .error, item.place(.products),
                "no rule says anything of what \(item.title) makes",
                remedy: "give it products such as \"CREATE dist/*\" and \"DISALLOW *\"")
        }
        untied(reached(from: product, neighbours), product, &log)
    }

    private func reached(from start: Int, _ neighbours: [[Int]]) -> [Bool] {
        var isReached = [Bool](repeating: false, count: neighbours.count)
        isReached[start] = true
        var waiting = [start]
        while let place = waiting.popLast() {
            for other in neighbours[place] where !isReached[other] {
                isReached[other] = true
                waiting.append(other)
            }
        }
        return isReached
    }

    private func untied(_ isReached: [Bool], _ product: Int, _ log: inout FindingList) {
        for (place, item) in layout.items.enumerated()
        where item.kind == .step && !isReached[place] {
            log.add(
                .stepUntied, .warning, item.place,
                "no MATCH ties \(item.title) to \(layout.items[product].title), "
                    + "which makes the product",
                remedy: "let the step after it have \"MATCH * WITH PRODUCTS FROM "
                    + "\(item.shownName)\" among its materials")
        }
    }

    // MARK: inspections

    private static func inspection(
        _ item: LintedItem, _ layout: LintedLayout, _ log: inout FindingList
    ) {
        var words = "which carnet does not do itself"
        do throws(InspectionFailure) {
            if try BuiltInInspections.does(item.run) { return }
        } catch {
            words = "for \(error)"
        }
        let step = layout.productStep.map { layout.items[$0].shownName }
        let command = item.run.first.map { quoted($0) } ?? "no command"
        log.add(
            .inspectionCommand, .warning, item.place,
            "\(item.title) needs a command on the client, \(command), \(words)",
            remedy: (step.map { "leave it out, the product is tied to step \($0) without it; or " }
                ?? "") + "unpack with tar, unzip or dpkg-deb -x; or have consumers say "
                + "--allow-inspection \(item.shownName)")
    }
}
