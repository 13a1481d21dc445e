// SPDX-License-Identifier: Apache-2.0
public import MetadataSigning
public import TUFMetadata

/// The answer about one file: the one model behind text, JSON and whatever else shows it.
public struct Verdict: Sendable {
    /// Path of the file in the repository, or its name where no path is known.
    public let path: String
    public let repository: String
    /// SHA-256 that the file has or must have, if known.
    public var sha256: String?
    /// Since when and why the publisher advises against the file; `nil` if it does not.
    public var retired: String?
    /// Why it is refused; `nil` if it is verified.
    public var refusal: Refusal?
    /// What the verification of a chain that is refused came to, if that was asked for.
    var refusedChain: Explanation?
    /// What vouches for it; `nil` in most refusals.
    public var evidence: EvidenceSummary?
    /// The repository's state; `nil` if none could be had.
    public var freshness: Freshness?
    /// The moment for which all this is said.
    public let asOf: Instant
    /// Whether no server was asked.
    public var isOffline = false
    /// Whether ``asOf`` is not the present but what the user named.
    public var isForAnotherMoment = false

    public init(path: String, repository: String, asOf: Instant) {
        self.path = path
        self.repository = repository
        self.asOf = asOf
    }

    /// What the verification of the chain came to, step by step, if that was asked for and a
    /// chain was looked at.
    public var explanation: Explanation? {
        if !isVerified { return refusedChain }
        guard case .supplyChain(let chain) = evidence else { return nil }
        return chain.explanation
    }

    /// Whether the file may be used. Without evidence there is no such answer.
    public var isVerified: Bool { refusal == nil && evidence != nil }

    public var exitCode: Int32 { isVerified ? 0 : refusal?.exitCode ?? 70 }

    /// `verified`, `incomplete` where only evidence is missing, else `refused`.
    public var outcome: String {
        if isVerified { return "verified" }
        return refusal?.kind == .absence ? "incomplete" : "refused"
    }
}

/// What vouches for a file.
public enum EvidenceSummary: Sendable {
    case supplyChain(SupplyChainSummary)
    /// The policy, signed offline, says that the file needs none.
    case unattested(role: RoleName)
    /// The user asked for the repository's signature alone.
    case repositoryOnly(role: RoleName)
}

/// A supply chain that was verified.
public struct SupplyChainSummary: Sendable {
    public struct Step: Sendable {
        public let name: String
        public let threshold: Int
        /// Each different functionary, by name and key id.
        public let accepted: [Actor]
        /// Files that counted for nothing, with the reason.
        public let rejected: [String]
        public let warnings: [String]
        public let materials: Int
        public let products: Int
    }

    public struct Inspection: Sendable {
        /// How it was done.
        public enum Manner: String, Sendable {
            case builtIn = "built-in"
            case sandboxed
            case unsandboxed
        }

        public let name: String
        /// On one line.
        public let command: String
        public let manner: Manner
    }

    public struct Actor: Sendable {
        public let name: String
        public let keyID: KeyID
    }

    public let policy: PolicySummary
    public let productOf: String
    public let steps: [Step]
    public let inspections: [Inspection]
    /// How all this was verified, if that was asked for.
    public let explanation: Explanation?
}

/// The layout by which a chain is judged, signed by those who may.
public struct PolicySummary: Sendable {
    public let name: String
    /// Its target path; `nil` for a layout that no repository published.
    public let path: TargetPath?
    public let sha256: String
    public let signers: [SupplyChainSummary.Actor]
    /// How many had to sign the layout, and how many could have.
    public let required: Int
    public let possible: Int
    public let expires: Instant
    public let parameters: [String: String]
    /// The role that published the layout; `nil` as for ``path``.
    public let role: RoleName?
}

/// How new the repository's state is.
public struct Freshness: Sendable {
    public let rootVersion: Int
    public let snapshotVersion: Int
    public let timestampVersion: Int
    /// When the timestamp ends.
    public let expires: Instant
    /// When it was signed, where the repository says for how long it signs.
    public let signed: Instant?
}
