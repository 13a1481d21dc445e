// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import InTotoMetadata
public import InTotoVerification
public import Inspecting
public import MetadataSigning
public import TUFClient
public import TUFMetadata

/// Judges a file of a repository by the evidence that the repository publishes for it: the four
/// rules of the trust model, then in-toto. Consumers, and publishers before they publish, use
/// the same one.
public struct ReleaseVerifier: Sendable {
    /// Bounds on what one file's evidence may be.
    public struct Limits: Sendable {
        public var layoutBytes = 8 << 20
        public var linkBytes = 128 << 20
        /// All links of one file together.
        public var evidenceBytes = 512 << 20
        public var keyBytes = 64 << 10
        /// Links of one file.
        public var links = 1024

        public init() {}
    }

    private let files: EvidenceFiles
    private let inspections: InspectionPolicy
    private let parameters: [String: String]
    private let tracing: TraceBounds?
    private let revoking: [RevokedFunctionary]

    /// - Parameters:
    ///   - inspections: what inspections may do, where the file itself is at hand.
    ///   - parameters: the user's values for the `{name}` of a layout whose `applies-to` does not
    ///     give them, as it is in repositories of others.
    ///   - cache: keeps evidence from one verification to the next.
    ///   - tracing: how much to tell of each step and rule; `nil` for nothing, which costs nothing.
    ///   - revoking: functionaries to be taken for revoked besides those that are: a question of
    ///     what would be.
    public init(
        _ search: TargetSearch, _ download: TargetDownload,
        inspections: InspectionPolicy = InspectionPolicy(),
        parameters: [String: String] = [:], limits: Limits = Limits(),
        cache: EvidenceCache? = nil, tracing: TraceBounds? = nil,
        revoking: [RevokedFunctionary] = []
    ) {
        files = EvidenceFiles(search: search, download: download, limits: limits, cache: cache)
        self.inspections = inspections
        self.parameters = parameters
        self.tracing = tracing
        self.revoking = revoking
    }

    /// Verifies the evidence of a file that the search found and whose bytes are, or will be,
    /// checked against `target`.
    ///
    /// 1. Read the policy that top-level targets signed (rule 1).
    /// 2. Find the layouts that govern the path (rule 2, rule 4).
    /// 3. Take the one that the file names; it must be among them (rule 3, rule 4).
    /// 4. Check its signatures with the keys that its target names (rule 2).
    /// 5. Fetch the links that the file names, through TUF like everything else.
    /// 6. Verify the supply chain and that the file is its product.
    ///
    /// - Parameters:
    ///   - product: where the file's bytes are; without it inspections that look into the file
    ///     refuse it.
    ///   - repositoryOnly: the user asked for the repository's signature alone.
    ///   - digests: of a file at hand that is not the one that `target` lists; of `target` itself
    ///     if they are not given.
    /// - Throws: ``ReleaseError``, the one reason for refusal.
    public func verify(
        _ target: FoundTarget, product: ProductFile? = nil, repositoryOnly: Bool = false,
        digests: [DigestAlgorithm: String]? = nil
    ) async throws(Failure) -> EvidenceSummary {
        if repositoryOnly { return .repositoryOnly(role: target.role) }
        let layouts = try LayoutSearch(files)
        let governing = try await layouts.governing(target.file.path)
        let named = try malformed { () throws(JSONError) in
            try LayoutTarget.paths(target.file.custom?["in-toto"], in: target.file.path)
        }
        if named.isEmpty {
            if !governing.isEmpty {
                throw Failure(.noEvidence(target.file.path, layouts: governing.map(\.name)))
            }
            guard layouts.policy.needsNoEvidence(target.file.path) else {
                throw Failure(.noPolicy(target.file.path))
            }
            return .unattested(role: .targets)
        }
        let layout = try await layouts.named(named, governing, target.file.path)
        let parameters = try layouts.parameters(layout, target.file.path, adding: parameters)
        let signed = try await layouts.signed(layout)
        let evidence = try await files.links(named, target.file.path, signed.names)
        let policy = PolicySummary(layout, signed, parameters, role: layouts.policy.layoutsRole)
        let vouched = Product(
            path: target.file.path.text, digests: digests ?? target.file.hashes)
        return try await chain(
            vouched, product.map(inspections.runner), layout, signed, evidence, policy)
    }

    /// A refusal, with the names that were known when it came.
    public struct Failure: Error, Sendable {
        public let error: ReleaseError
        public let names: NameBook
        /// What the chain's verification came to, where it began and somebody asked.
        public let explanation: Explanation?

        init(
            _ error: ReleaseError, names: NameBook = NameBook(), explanation: Explanation? = nil
        ) {
            self.error = error
            self.names = names
            self.explanation = explanation
        }
    }

    /// Checks a layout and its keys as rule 2 demands, without a file that it governs.
    ///
    /// - Returns: the layout.
    public func layout(at path: TargetPath) async throws(Failure) -> Verified<Layout> {
        let layouts = try LayoutSearch(files)
        let found = try await layouts.policyFile(path)
        let target = try malformed { () throws(JSONError) in try LayoutTarget(found.file) }
        return try await layouts.signed(target).layout
    }

    // MARK: 6 the supply chain

    private func chain(
        _ product: Product, _ inspections: (any InspectionRunner)?,
        _ layout: LayoutTarget, _ signed: LayoutSearch.Signed, _ evidence: Evidence,
        _ policy: PolicySummary
    ) async throws(Failure) -> EvidenceSummary {
        let verifier = SupplyChainVerifier(
            layout: signed.layout, evidence: evidence, parameters: policy.parameters,
            at: files.search.state.now, product: ProductBinding(product, step: layout.productOf),
            inspections: inspections, revoked: layout.revoked.map(\.functionary) + revoking)
        let chain = ChainJudgement(
            policy: policy, productOf: layout.productOf, names: signed.names)
        switch await chain.verify(verifier, tracing) {
        case .success(let summary): return .supplyChain(summary)
        case .failure(let failure):
            throw Failure(
                .supplyChain(layout: layout.name, failure.error), names: signed.names,
                explanation: failure.explanation)
        }
    }
}
