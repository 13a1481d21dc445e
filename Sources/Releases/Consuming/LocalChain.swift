// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import InTotoMetadata
public import InTotoVerification
public import Inspecting
public import MetadataSigning

/// A layout and its links that no repository published: judged by keys that the user names.
public struct LocalChain: Sendable {
    /// A key that must have signed the layout.
    public struct Signer: Sendable {
        public let name: String
        public let key: PublicKey

        public init(name: String, key: PublicKey) {
            self.name = name
            self.key = key
        }
    }

    /// The file that the chain is to have made.
    public struct File: Sendable {
        public let name: String
        /// In lower-case hexadecimal digits; SHA-256 must be among them.
        public let digests: [DigestAlgorithm: String]
        /// Where its bytes are.
        public let source: ProductFile

        public init(name: String, digests: [DigestAlgorithm: String], source: ProductFile) {
            self.name = name
            self.digests = digests
            self.source = source
        }
    }

    /// The layout's file name, and what is in it.
    public var name: String
    public var layout: [UInt8]
    /// All of them must have signed.
    public var signers: [Signer]
    public var evidence: Evidence
    public var parameters: [String: String] = [:]
    /// The step that must have made the file; `nil` for the last one.
    public var productOf: UTF8Text?
    /// Without a file nothing is verified, but the steps are explained.
    public var file: File?
    public var inspections = InspectionPolicy()

    public init(name: String, layout: [UInt8], signers: [Signer], evidence: Evidence) {
        self.name = name
        self.layout = layout
        self.signers = signers
        self.evidence = evidence
    }

    /// The name without its ending.
    private var policyName: String {
        name.hasSuffix(".layout") ? String(name.dropLast(7)) : name
    }

    /// Judges the file.
    ///
    /// - Parameter tracing: how much to tell of each step and rule; `nil` for nothing.
    public func verdict(at now: Instant, tracing: TraceBounds? = nil) async -> Verdict {
        var verdict = Verdict(path: file?.name ?? name, repository: "", asOf: now)
        verdict.sha256 = file?.digests[.sha256]
        var names = NameBook()
        do throws(ReleaseError) {
            let signed = try verified(&names, at: now)
            let chain = ChainJudgement(
                policy: policy(signed, names), productOf: productOf, names: names)
            switch await chain.verify(verifier(signed, at: now), tracing) {
            case .success(let summary): verdict.evidence = .supplyChain(summary)
            case .failure(let refused):
                verdict.refusedChain = refused.explanation
                throw .supplyChain(layout: policyName, refused.error)
            }
        } catch {
            verdict.refusal = Refusal(error, names: names)
        }
        return verdict
    }

    private func verified(
        _ names: inout NameBook, at now: Instant
    ) throws(ReleaseError) -> Verified<Layout> {
        let entries = signers.map { Authority.Entry($0.key) }
        var known: [KeyID: String] = [:]
        for signer in signers { for id in signer.key.ids { known[id] = signer.name } }
        names = NameBook(known)
        let needed = DistinctKeys(signers.map(\.key)).count
        let authority = Authority(entries, threshold: max(1, needed), at: now)
        do throws(SigningError) {
            let file = try InTotoFile(layout, limits: JSONLimits(maximumBytes: layout.count))
            let verified = try file.verified(by: authority, decoding: Layout.init)
            for (id, key) in verified.document.keys { names.unite([id] + key.ids) }
            return verified
        } catch {
            guard case .threshold(let count) = error else {
                throw .malformedLayout(layout: policyName, error)
            }
            let signed = Set(count.accepted)
            let others = entries.filter { signed.isDisjoint(with: $0.ids) }.map(\.ids[0])
            throw .layoutUnsigned(layout: policyName, count, mayStillSign: others)
        }
    }

    private func policy(_ signed: Verified<Layout>, _ names: NameBook) -> PolicySummary {
        let count = DistinctKeys(signers.map(\.key)).count
        return PolicySummary(
            name: policyName, path: nil, sha256: DigestAlgorithm.sha256.hexDigest(of: layout),
            signers: signed.signers.map { .init(name: names.name($0), keyID: $0) },
            required: count, possible: count, expires: signed.document.expires,
            parameters: parameters, role: nil)
    }

    private func verifier(_ signed: Verified<Layout>, at now: Instant) -> SupplyChainVerifier {
        guard let file else {
            return SupplyChainVerifier(
                layout: signed, evidence: evidence, parameters: parameters, at: now,
                productStep: productOf)
        }
        let product = Product(path: UTF8Text(file.name), digests: file.digests)
        return SupplyChainVerifier(
            layout: signed, evidence: evidence, parameters: parameters, at: now,
            product: ProductBinding(product, step: productOf),
            inspections: inspections.runner(on: file.source))
    }
}
