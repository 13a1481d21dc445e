// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning

extension Verdict {
    /// Name of the JSON form; see `Docs/Formats/Explanation.md`.
    public static let explanationSchema = "carnet/explanation/v1"

    /// The verdict and how it came about, for a program.
    public var explanationJSON: JSON {
        var object: JSON = ["schema": .text(Verdict.explanationSchema), "verdict": json]
        if let explanation {
            object.set("policy", explanation.policy.json)
            object.set("product_of", .text(explanation.productOf))
            object.set("chain", explanation.trace.json(explanation.names))
            if !isVerified { object.set("failure", explanation.failure) }
        }
        return object
    }
}

extension Explanation {
    /// Where the chain failed, and the artifacts that speak against it.
    fileprivate var failure: JSON {
        let chain = innermost
        var object: JSON = ["place": .text(chain.placeName)]
        switch chain.place {
        case .step(let index): object.set("item", .string(chain.steps[index].name))
        case .inspection(let index): object.set("item", .string(chain.inspections[index].name))
        case .layout, .product: break
        }
        if let rule = chain.brokenRule, let list = chain.brokenList {
            object.set("list", .text(list.list.rawValue.lowercased()))
            object.set("rule", .array(rule.rule.tokens.map(JSON.string)))
            object.set("number", .integer(rule.number))
        }
        object.set("artifacts", .array(chain.findings.map { $0.json(names) }))
        return object
    }
}

extension ChainTrace {
    fileprivate var placeName: String {
        switch place {
        case .layout: "layout"
        case .step: "step"
        case .product: "product"
        case .inspection: "inspection"
        }
    }

    fileprivate func json(_ names: NameBook) -> JSON {
        [
            "steps": .array(steps.map { $0.json(names) }),
            "inspections": .array(inspections.map(\.json)),
            "flows": .array(
                flows.map { flow in
                    [
                        "from": .string(flow.from), "to": .string(flow.to),
                        "files": .integer(flow.count),
                    ]
                }),
        ]
    }
}

extension StepTrace {
    fileprivate func json(_ names: NameBook) -> JSON {
        var object: JSON = [
            "name": .string(name), "threshold": .integer(threshold),
            "looked_at": .boolean(isSearched), "met": .boolean(isMet),
            "accepted": .array(
                accepted.map { link in
                    [
                        "name": .text(names.name(link.keyID)), "keyid": .string(link.keyID.text),
                        "file": .string(link.file), "sha256": .text(link.sha256),
                    ]
                }),
            "rejected": .array(
                rejected.map { link in
                    ["file": .string(link.file), "reason": .text("\(link.reason)")]
                }), "rejected_count": .integer(rejectedCount), "missing": missing.json,
            "warnings": .array(warnings.map { .text($0.words(names)) }),
        ]
        object.set("materials", materials?.json)
        object.set("products", products?.json)
        if !sublayouts.isEmpty {
            object.set("sublayouts", .array(sublayouts.map { $0.json(names) }))
        }
        return object
    }
}

extension StepTrace.Sublayout {
    fileprivate func json(_ names: NameBook) -> JSON {
        var object: JSON = [
            "file": .string(file), "name": .text(names.name(keyID)), "keyid": .string(keyID.text),
            "met": .boolean(refusal == nil), "chain": chain.json(names),
        ]
        object.set("refusal", refusal.map { .text("\($0)") })
        return object
    }
}

extension InspectionTrace {
    fileprivate var json: JSON {
        var object: JSON = [
            "name": .string(name), "command": .array(command.map(JSON.string)),
            "met": .boolean(isMet),
        ]
        object.set("manner", manner.map { .text($0.rawValue) })
        object.set("materials", materials?.json)
        object.set("products", products?.json)
        return object
    }
}

extension ListTrace {
    fileprivate var json: JSON {
        var object: JSON = [
            "count": .integer(count), "rule_count": .integer(ruleCount),
            "applied": .integer(appliedCount), "rules": .array(rules.map(\.json)),
        ]
        object.set("left_over", left?.json)
        return object
    }
}

extension RuleTrace {
    fileprivate var json: JSON {
        [
            "number": .integer(number), "rule": .array(rule.tokens.map(JSON.string)),
            "taken": taken.json, "left": .integer(left), "broken": .boolean(isBroken),
        ]
    }
}

extension NameSample {
    fileprivate var json: JSON {
        ["count": .integer(count), "names": .array(names.map(JSON.string))]
    }
}

extension ArtifactFinding {
    fileprivate func json(_ names: NameBook) -> JSON {
        var object = artifact.json
        object.set("remark", .text(FindingWords(self, names).remark))
        object.set("nearest", nearest?.json)
        object.set("taken_by", takenBy.map(JSON.integer))
        return object
    }
}

extension ArtifactFinding.Side {
    fileprivate var json: JSON {
        var object: JSON = ["name": .string(name)]
        object.set(
            "digests",
            digests.map { digests in
                .object(digests.map { JSON.Member($0.algorithm, .string($0.hex)) })
            })
        if let place {
            object.set("item", .string(place.item))
            object.set("list", .text(place.list.rawValue.lowercased()))
            object.set("file", place.file.map(JSON.string))
        }
        return object
    }
}
