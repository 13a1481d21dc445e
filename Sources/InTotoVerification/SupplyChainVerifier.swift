// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
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
/// 5. Its signature must be that functionary's, and it must be a link of this step. Different
///    keys are counted, whatever their ids.
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
    private let product: ProductBinding
    private let inspections: (any InspectionRunner)?

    /// - Parameters:
    ///   - parameters: values by name; with none, braces in the layout stay as they are.
    ///   - now: the moment for which the layout must be valid.
    ///   - inspections: runs what is more than a no-op; without it that is refused.
    public init(
        layout: Verified<Layout>, evidence: Evidence, parameters: [String: String] = [:],
        at now: Instant, product: ProductBinding, inspections: (any InspectionRunner)? = nil
    ) {
        self.layout = layout
        self.evidence = evidence
        self.parameters = parameters
        self.now = now
        self.product = product
        self.inspections = inspections
    }

    /// Verifies the product.
    ///
    /// - Throws: ``SupplyChainError``, the one reason why it is refused.
    public func verify() async throws(SupplyChainError) -> SupplyChainReport {
        guard product.product.digests[.sha256] != nil else {
            throw .product(.withoutSHA256(name: product.product.name))
        }
        let chain = SupplyChain(
            layout: layout, evidence: evidence, parameters: parameters,
            binding: .step(product.step), depth: 0,
            surroundings: .init(now: now, product: product.product, inspections: inspections))
        return try await chain.verify().report
    }
}
