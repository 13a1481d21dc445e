// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import InTotoMetadata
public import MetadataSigning

/// Verifies a product against a layout and the evidence of its supply chain (in-toto 1.0 §5.2).
///
/// It follows Python's `in_toto_verify` 3.1.0 and is stricter where that lets ambiguity through.
/// It takes nothing that this refuses, but that a key's signature may stand under either of the
/// two ids that tools give it, that a layout's key need not repeat its id, and that a key of an
/// unknown type is no harm where no step has a use for it. It reads no file and no clock and runs
/// nothing itself.
///
/// 0. The layout's signatures are counted already: the layout is a `Verified<Layout>`.
/// 1. The layout must be a policy: ``LayoutFault``.
/// 2. It must not have expired: `expires` is the first moment at which it has.
/// 3. Parameters are filled in.
/// 4. For each step the file `STEP.KEYID8.link` of each functionary is opened.
/// 5. Its signature must be that functionary's, and it must be a link of this step. One by a
///    functionary who was revoked counts only if it is named. Different keys are counted,
///    whatever their ids.
/// 6. A file that holds a layout is verified in its turn: signed by this functionary alone, with
///    the evidence in the folder `STEP.KEYID8/`, without parameters. Its first step's materials
///    and its last step's products stand for a link.
/// 7. A command that is not the expected one gives a warning.
/// 8. All links of a step must agree in materials and products, at threshold 1 as well.
/// 9. The rules of the steps apply.
/// 10. The product must be among the products of the step that is to have made it, under its own
///     file name. (Python has no such check; it comes before anything is run.)
/// 11. The inspections run: `true` is no more than a look at the product, others are the
///     runner's.
/// 12. The rules of the inspections apply.
///
/// A step with too few links is the reason given only if nothing in steps 4 to 10 speaks against
/// what is at hand: ``SupplyChainError/isAbsence``.
public struct SupplyChainVerifier: Sendable {
    private let layout: Verified<Layout>
    private let evidence: Evidence
    private let parameters: [String: String]
    private let now: Instant
    private let product: Product?
    private let productStep: UTF8Text?
    private let inspections: (any InspectionRunner)?
    private let revoked: [RevokedFunctionary]

    /// - Parameters:
    ///   - parameters: values by name; with none, braces in the layout stay as they are.
    ///   - now: the moment for which the layout must be valid.
    ///   - inspections: runs what is more than a no-op; without it that is refused.
    ///   - revoked: functionaries whose links count only if they are named.
    public init(
        layout: Verified<Layout>, evidence: Evidence, parameters: [String: String] = [:],
        at now: Instant, product: ProductBinding, inspections: (any InspectionRunner)? = nil,
        revoked: [RevokedFunctionary] = []
    ) {
        self.layout = layout
        self.evidence = evidence
        self.parameters = parameters
        self.now = now
        self.product = product.product
        productStep = product.step
        self.inspections = inspections
        self.revoked = revoked
    }

    /// Looks at a chain without a product, to explain it: it is never verified.
    ///
    /// - Parameter productStep: a step of the layout; `nil` for its last one.
    public init(
        layout: Verified<Layout>, evidence: Evidence, parameters: [String: String] = [:],
        at now: Instant, productStep: UTF8Text? = nil
    ) {
        self.layout = layout
        self.evidence = evidence
        self.parameters = parameters
        self.now = now
        product = nil
        self.productStep = productStep
        inspections = nil
        revoked = []
    }

    /// Verifies the product.
    ///
    /// - Throws: ``SupplyChainError``, the one reason why it is refused.
    public func verify() async throws(SupplyChainError) -> SupplyChainReport {
        var trace: ChainTrace?
        return try await verify(&trace)
    }

    /// Verifies the product, and tells what each step and each rule came to.
    ///
    /// - Parameter bounds: how much of it is named.
    public func explain(
        _ bounds: TraceBounds = TraceBounds()
    ) async -> (outcome: Result<SupplyChainReport, SupplyChainError>, trace: ChainTrace) {
        let empty = ChainTrace(layout, bounds)
        var trace: ChainTrace? = empty
        do throws(SupplyChainError) {
            let report = try await verify(&trace)
            return (.success(report), trace ?? empty)
        } catch {
            return (.failure(error), trace ?? empty)
        }
    }

    private func verify(
        _ trace: inout ChainTrace?
    ) async throws(SupplyChainError) -> SupplyChainReport {
        if let product, product.digests[.sha256] == nil {
            throw .product(.withoutSHA256(name: product.name))
        }
        let chain = SupplyChain(
            layout: layout, evidence: evidence, parameters: parameters,
            binding: .step(productStep), depth: 0,
            surroundings: .init(
                now: now, product: product, inspections: inspections, revoked: revoked))
        return try await chain.verify(&trace).report
    }
}
