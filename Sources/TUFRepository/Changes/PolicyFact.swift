// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import TUFMetadata

/// A change of what evidence files need: `x-carnet` of top-level targets, and what the targets
/// that are layouts say of themselves. And the repository's name.
package enum PolicyFact: Sendable, Equatable {
    /// The role whose layouts count; `nil` where nothing is said, then it is top-level targets.
    case layouts(role: RoleName?, before: RoleName?)
    /// - Parameter isNew: whether there was no policy before.
    case needNoEvidence([UTF8Text], isNew: Bool)
    case needEvidence([UTF8Text])
    case repositoryName(UTF8Text?, before: UTF8Text?)
    case governs(layout: UTF8Text, [UTF8Text])
    case governsNoLonger(layout: UTF8Text, [UTF8Text])
    case layoutThreshold(layout: UTF8Text, Int?, before: Int?)
    case productOf(layout: UTF8Text, step: UTF8Text?, before: UTF8Text?)
    /// Files of public keys that may sign it.
    case layoutKeys(layout: UTF8Text, gained: [UTF8Text], lost: [UTF8Text])
}

extension PolicyFact: FactWords {
    var kind: String {
        switch self {
        case .layouts: "layouts-role"
        case .needNoEvidence: "need-no-evidence"
        case .needEvidence: "need-evidence"
        case .repositoryName: "repository-name"
        case .governs: "layout-governs"
        case .governsNoLonger: "layout-governs-no-longer"
        case .layoutThreshold: "layout-threshold"
        case .productOf: "layout-product"
        case .layoutKeys: "layout-keys"
        }
    }

    var weight: Change.Weight {
        switch self {
        case .layouts, .needNoEvidence, .governsNoLonger, .layoutThreshold, .layoutKeys: .trust
        case .needEvidence, .repositoryName, .governs, .productOf: .policy
        }
    }

    var urgency: Change.Urgency {
        switch self {
        case .layouts(let new, let old): new == nil || old != nil ? .warning : .plain
        case .needNoEvidence(_, let isNew): isNew ? .plain : .warning
        case .governsNoLonger: .warning
        case .layoutThreshold(_, let new, let old?): (new ?? Int.max) < old ? .warning : .plain
        case .layoutThreshold, .needEvidence, .governs, .productOf, .layoutKeys: .plain
        case .repositoryName(_, let old): old == nil ? .plain : .warning
        }
    }

    func sentence(at place: Place) -> String {
        switch self {
        case .layouts(let role?, let old):
            return "only layouts that \(ChangeText.name(role.text)) lists count"
                + (old.map { ", before those of \(ChangeText.name($0.text))" } ?? "")
        case .layouts(nil, let old):
            return "the repository no longer says which files need evidence or whose layouts count"
                + (old.map { "; they were those of \(ChangeText.name($0.text))" } ?? "")
        case .needNoEvidence(let patterns, let isNew):
            return "files under \(ChangeText.list(patterns)) "
                + (isNew ? "need no evidence" : "no longer need evidence")
        case .needEvidence(let patterns):
            return "files under \(ChangeText.list(patterns)) need evidence again"
        case .repositoryName(let name, let old):
            let before = old.map { ", before \(ChangeText.name($0))" } ?? ""
            return name.map { "the repository is named \(ChangeText.name($0))\(before)" }
                ?? "the repository has no name any more\(before)"
        case .governs(let layout, let templates):
            return "layout \(ChangeText.name(layout)) now governs \(ChangeText.list(templates))"
        case .governsNoLonger(let layout, let templates):
            return "layout \(ChangeText.name(layout)) no longer governs "
                + ChangeText.list(templates)
        case .layoutThreshold(let layout, let new, let old):
            let before = new == nil || old != nil ? ", before \(signatures(old))" : ""
            return "layout \(ChangeText.name(layout)) needs \(signatures(new))\(before)"
        case .productOf(let layout, let step, let old):
            let before = step == nil || old != nil ? ", before \(words(of: old))" : ""
            return "files that layout \(ChangeText.name(layout)) governs must be made by "
                + "\(words(of: step))\(before)"
        case .layoutKeys(let layout, let gained, let lost):
            let words = [
                gained.isEmpty ? nil : "may now be signed by \(ChangeText.list(gained))",
                lost.isEmpty ? nil : "may no longer be signed by \(ChangeText.list(lost))",
            ].compactMap(\.self)
            return "layout \(ChangeText.name(layout)) \(ChangeText.joined(words))"
        }
    }

    private func signatures(_ count: Int?) -> String {
        count.map { ChangeText.count($0, "signature") } ?? "a signature of each of its keys"
    }

    private func words(of step: UTF8Text?) -> String {
        step.map { "step \(ChangeText.name($0))" } ?? "the last step"
    }

    var details: [JSON.Member] {
        switch self {
        case .layouts(let role, let old):
            [fact("layouts", role?.text.string), fact("before", old?.text.string)]
        case .needNoEvidence(let patterns, _), .needEvidence(let patterns):
            [fact("patterns", patterns)]
        case .repositoryName(let name, let old):
            [fact("after", name?.string), fact("before", old?.string)]
        case .governs(let layout, let templates), .governsNoLonger(let layout, let templates):
            [fact("layout", layout.string), fact("patterns", templates)]
        case .layoutThreshold(let layout, let new, let old):
            [fact("layout", layout.string), fact("after", new), fact("before", old)]
        case .productOf(let layout, let step, let old):
            [
                fact("layout", layout.string), fact("after", step?.string),
                fact("before", old?.string),
            ]
        case .layoutKeys(let layout, let gained, let lost):
            [fact("layout", layout.string), fact("gained", gained), fact("lost", lost)]
        }
    }
}
