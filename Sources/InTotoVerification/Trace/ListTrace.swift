// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import InTotoMetadata

/// What the rules of one list of artifacts did, one after the other.
public struct ListTrace: Sendable {
    public let list: ArtifactMatch.List
    /// How many artifacts were recorded.
    public let count: Int
    /// How many rules the list has.
    public let ruleCount: Int
    /// The rules that were applied, the broken one last; the first of them if they are many.
    public private(set) var rules: [RuleTrace] = []
    /// How many rules were applied.
    public private(set) var appliedCount = 0
    /// What no rule had taken when all were applied, which is allowed; `nil` if one is broken.
    public private(set) var left: NameSample?
    /// Files taken by rules `MATCH`, by the step they are matched with.
    private var matched: [UTF8Text: Int] = [:]
    let bounds: TraceBounds

    init(_ list: ArtifactMatch.List, count: Int, rules: Int, _ bounds: TraceBounds) {
        self.list = list
        self.count = count
        self.ruleCount = rules
        self.bounds = bounds
    }

    /// Whether all rules were applied and none is broken.
    public var isMet: Bool { left != nil }

    /// How many names the next rule may give.
    var nameBound: Int { rules.count < bounds.rules ? bounds.names : 0 }

    mutating func add(_ rule: ArtifactRule, taken: NameSample, left: Int, isBroken: Bool) {
        appliedCount += 1
        if case .match(let match) = rule, taken.count > 0 {
            matched[match.step, default: 0] += taken.count
        }
        guard isBroken || rules.count < bounds.rules else { return }
        rules.append(
            RuleTrace(
                number: appliedCount, rule: rule, taken: taken, left: left, isBroken: isBroken))
    }

    mutating func end(_ left: NameSample) { self.left = left }

    func add(to counts: inout [FileFlow.Ends: Int], of item: UTF8Text) {
        for (step, count) in matched { counts[.init(from: step, to: item), default: 0] += count }
    }
}

/// What one rule did.
public struct RuleTrace: Sendable, Equatable {
    /// Its place in the list, from 1.
    public let number: Int
    /// The rule, parameters filled in.
    public let rule: ArtifactRule
    /// What it took out of the queue.
    public let taken: NameSample
    /// How many were left in the queue after it.
    public let left: Int
    /// Whether it is the rule that failed.
    public let isBroken: Bool
}
