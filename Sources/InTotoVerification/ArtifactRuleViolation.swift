// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import InTotoMetadata

/// An artifact rule that what was recorded does not meet.
public struct ArtifactRuleViolation: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// `DISALLOW` hit these.
        case disallowed
        /// `REQUIRE` did not find its file among those that no earlier rule had taken.
        case required
        /// `MATCH … IN` hit names that a prefix and the rest do not make up again: with a
        /// backslash, or absolute. Python fails there, or takes one file for another.
        case unmatchable
    }

    /// The step or inspection.
    public let item: UTF8Text
    public let list: ArtifactMatch.List
    /// The rule, parameters filled in.
    public let rule: ArtifactRule
    public let kind: Kind
    /// The first of the artifacts, by name, at most five.
    public let artifacts: [UTF8Text]
    /// How many they are in all.
    public let count: Int

    /// - Parameters:
    ///   - names: the first of the artifacts, by name.
    ///   - count: how many they are in all, if more than `names`.
    package init(
        _ kind: Kind, of rule: ArtifactRule, item: UTF8Text, list: ArtifactMatch.List,
        names: [UTF8Text], count: Int? = nil
    ) {
        self.item = item
        self.list = list
        self.rule = rule
        self.kind = kind
        artifacts = Array(names.prefix(5))
        self.count = count ?? names.count
    }
}

extension ArtifactRuleViolation: CustomStringConvertible {
    public var description: String {
        let place =
            "\(shown(item)): \(list.rawValue.lowercased()): \(quoted(rule.description))"
        let names = InTotoVerification.list(artifacts.map(shown), of: count)
        return switch kind {
        case .disallowed: "\(place) hits \(names)"
        case .required: "\(place) does not find its file"
        case .unmatchable: "\(place) cannot tell \(names) apart by prefix"
        }
    }
}
