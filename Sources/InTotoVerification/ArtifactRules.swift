// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import InTotoMetadata

/// Applies artifact rules as Python's in-toto 3.1.0 does (in-toto 1.0 §4.3.3).
///
/// All names of a list stand in a queue; each rule takes out those it consumes; what is left at
/// the end is allowed. Names are compared and matched as they are written: `./a` is not `a`.
///
/// A rule looks only at the names that begin as its pattern does, at each of them once; the
/// names of another list are looked up by going through both in order. So the work is bounded by
/// the number of rules times that of artifacts times the length of pattern and name, and for the
/// usual patterns, which are literal or end in their only star, far below.
package struct ArtifactRules: Sendable {
    /// Links by step or inspection, for `MATCH … FROM`.
    private let links: [UTF8Text: Link]

    package init(links: [UTF8Text: Link]) { self.links = links }

    /// Applies the rules of one list of one link.
    ///
    /// - Parameter link: its name is that of the step or inspection.
    /// - Returns: for each rule, how many artifacts it took.
    /// - Throws: ``SupplyChainError/ruleBroken(_:)``.
    package func apply(
        _ rules: [ArtifactRule], to list: ArtifactMatch.List, of link: Link
    ) throws(SupplyChainError) -> [RuleOutcome] {
        var steps = 0
        return try apply(rules, to: list, of: link, steps: &steps)
    }

    /// ``apply(_:to:of:)``, which notes what each rule did if there is where to.
    func apply(
        _ rules: [ArtifactRule], to list: ArtifactMatch.List, of link: Link,
        bounds: TraceBounds?, _ trace: inout ListTrace?
    ) throws(SupplyChainError) -> [RuleOutcome] {
        trace = bounds.map {
            ListTrace(list, count: link.artifacts(list).count, rules: rules.count, $0)
        }
        var steps = 0
        return try apply(rules, to: list, of: link, steps: &steps, &trace)
    }

    /// ``apply(_:to:of:)``, which tells how much work it was.
    ///
    /// - Parameter steps: raised by the number of comparisons of names and parts of patterns.
    package func apply(
        _ rules: [ArtifactRule], to list: ArtifactMatch.List, of link: Link, steps: inout Int
    ) throws(SupplyChainError) -> [RuleOutcome] {
        var trace: ListTrace?
        return try apply(rules, to: list, of: link, steps: &steps, &trace)
    }

    private func apply(
        _ rules: [ArtifactRule], to list: ArtifactMatch.List, of link: Link, steps: inout Int,
        _ trace: inout ListTrace?
    ) throws(SupplyChainError) -> [RuleOutcome] {
        var outcomes: [RuleOutcome] = []
        outcomes.reserveCapacity(rules.count)
        let artifacts = link.artifacts(list)
        let work: Int
        let broken: (rule: ArtifactRule, violation: RuleWork.Violation)?
        (work, broken) = artifacts.borrowing { artifacts in
            var work = RuleWork(artifacts, list, link, links)
            for rule in rules {
                let before = work.queue.count
                if let violation = work.apply(rule, &trace) {
                    return (work.steps, (rule, violation))
                }
                outcomes.append(RuleOutcome(rule: rule, consumed: before - work.queue.count))
            }
            if let bounds = trace?.bounds { trace?.end(work.left(bounds.names)) }
            return (work.steps, nil)
        }
        steps += work
        if let (rule, violation) = broken {
            let names = violation.indices.map { artifacts[$0].name }
            let required: [UTF8Text] = if case .require(let name) = rule { [name] } else { [] }
            throw .ruleBroken(
                ArtifactRuleViolation(
                    violation.kind, of: rule, item: link.name, list: list,
                    names: required + names, count: required.count + violation.count))
        }
        return outcomes
    }
}
