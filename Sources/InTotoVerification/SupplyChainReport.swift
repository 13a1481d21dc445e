// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import InTotoMetadata
public import MetadataSigning

/// What a verified supply chain consists of: who did what, and what was left aside.
public struct SupplyChainReport: Sendable {
    /// Ids, as in the layout's signatures, of the different keys that signed the layout.
    public let layoutSigners: [KeyID]
    public let expires: Instant
    /// In the order of the layout.
    public let steps: [StepReport]
    /// In the order of the layout.
    public let inspections: [InspectionReport]
    /// Name of the product among the products of the step that made it; `nil` for a sublayout,
    /// which is bound by the rules of the chain around it.
    public let product: UTF8Text?
}

/// One step and those who did it.
public struct StepReport: Sendable {
    public let name: UTF8Text
    /// Different keys needed.
    public let threshold: Int
    /// Different keys found; at least the threshold.
    public let distinctKeys: Int
    /// Links that count, in the order of the step's `pubkeys`; all agree in their artifacts. One
    /// key listed under two ids may have two.
    public let accepted: [AcceptedLink]
    /// Links that do not count.
    public let rejected: [RejectedLink]
    /// What the specification does not refuse but a reader should know.
    public let warnings: [StepWarning]
    /// Number of materials and products.
    public let materials: Int
    public let products: Int
    public let materialRules: [RuleOutcome]
    public let productRules: [RuleOutcome]
}

/// A link whose signature and step are right.
public struct AcceptedLink: Sendable {
    /// What stood in the link's file.
    public indirect enum Form: Sendable {
        case link
        /// A layout by the functionary, whose chain was verified in its turn.
        case sublayout(SupplyChainReport)
    }

    /// The functionary's key id, as the layout lists it.
    public let keyID: KeyID
    /// The name of the file, folders included.
    public let file: UTF8Text
    /// SHA-256 of the file in hexadecimal digits.
    public let sha256: String
    /// The command as recorded; of a sublayout, that of its last step.
    public let command: [UTF8Text]
    public let form: Form
}

/// A link that counts for nothing.
public struct RejectedLink: Sendable, Equatable {
    public enum Reason: Sendable, Equatable {
        /// Named for or signed by keys that the layout does not allow for the step.
        case stranger
        /// The signature of the key it is named for is not one over these bytes.
        case badSignature
        /// It has no signature at all.
        case unsigned
        /// The key of gpg that signed it was taken back or is too old.
        case ended(KeyEnd)
        /// The functionary left, and the file is not among those that still count.
        case revoked(String)
    }

    /// The name of the file, folders included.
    public let file: UTF8Text
    public let reason: Reason

    package init(file: UTF8Text, reason: Reason) {
        self.file = file
        self.reason = reason
    }
}

/// What the specification does not refuse but a reader should know.
public enum StepWarning: Sendable, Equatable {
    /// The command recorded in `file` is not the one of the layout (in-toto 1.0 §5.2).
    case command(file: UTF8Text, found: [UTF8Text], expected: [UTF8Text])
}

/// One inspection.
public struct InspectionReport: Sendable {
    public let name: UTF8Text
    public let command: [UTF8Text]
    public let manner: InspectionManner
    public let materialRules: [RuleOutcome]
    public let productRules: [RuleOutcome]
}

/// What one artifact rule did.
public struct RuleOutcome: Sendable, Equatable {
    /// The rule, parameters filled in.
    public let rule: ArtifactRule
    /// Number of artifacts it took out of the queue; 0 may mean a pattern that hits nothing.
    public let consumed: Int
}

extension RejectedLink {
    /// Whether it is by a functionary who left.
    public var isRevoked: Bool {
        if case .revoked = reason { true } else { false }
    }
}

extension RejectedLink: CustomStringConvertible {
    public var description: String { "\(shown(file)) \(reason)" }
}

extension RejectedLink.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .stranger: "signed by a key the layout does not allow"
        case .badSignature: "does not match its signature"
        case .unsigned: "is not signed"
        case .ended(let end): "is signed by a key that \(end)"
        case .revoked(let words): "is by a key that \(words)"
        }
    }
}

extension StepWarning: CustomStringConvertible {
    public var description: String {
        switch self {
        case .command(let file, let found, let expected):
            "\(shown(file)): command \(quoted(found)) found, \(quoted(expected)) expected"
        }
    }
}

/// A command on one line, fit for a message.
func quoted(_ command: [UTF8Text]) -> String {
    quoted(command.map(\.string).joined(separator: " "))
}

/// A name as it is where nothing in it can mislead, otherwise quoted.
func shown(_ name: UTF8Text) -> String {
    let plain = name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte) || "._+-/".utf8.contains(byte)
    }
    return plain && (1...200).contains(name.count) ? name.string : quoted(name)
}
