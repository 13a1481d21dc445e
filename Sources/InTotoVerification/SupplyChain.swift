// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning

/// One layout and its evidence: the whole chain, or that of a sublayout.
///
/// The numbers are those of ``SupplyChainVerifier``.
struct SupplyChain {
    /// What is the same for a chain and its sub-chains.
    struct Surroundings {
        let now: Instant
        let product: Product
        let inspections: (any InspectionRunner)?
    }

    /// Which step must have made the product.
    enum Binding {
        /// None: the rules of the chain around a sublayout see to it.
        case unbound
        /// This one, or the last.
        case step(UTF8Text?)
    }

    static let maximumDepth = 8

    let layout: Verified<Layout>
    let evidence: Evidence
    let parameters: [String: String]
    let binding: Binding
    /// 0 for the whole chain.
    let depth: Int
    let surroundings: Surroundings

    /// - Returns: the report, and the link that stands for the chain in one around it.
    func verify() async throws(SupplyChainError) -> (report: SupplyChainReport, summary: Link) {
        // 1. and 2.
        let productStep = try LayoutCheck(layout).run(binding)
        let expires = layout.document.expires
        if expires <= surroundings.now { throw .expired(at: expires, now: surroundings.now) }
        // 3.
        let layout = try Parameters(parameters).applied(to: layout.document)
        // 4. to 8.
        var records: [StepRecord] = []
        for step in layout.steps { records.append(try await record(of: step, layout)) }
        for record in records { try record.checkAgreement() }
        // 9.
        var links: [UTF8Text: Link] = [:]
        for record in records { links[record.step.name] = record.link }
        for index in records.indices { try records[index].applyRules(links, of: layout) }
        // 10.
        var product: UTF8Text?
        if let productStep, let link = links[productStep] {
            product = try surroundings.product.name(in: link)
        }
        for record in records { if let absence = record.absence { throw absence } }
        // 11. and 12.
        let inspections = try await inspect(layout.inspections, links)
        let report = SupplyChainReport(
            layoutSigners: self.layout.signers, expires: expires,
            steps: records.map(\.report), inspections: inspections, product: product)
        return (report, summary(of: records))
    }

    // MARK: steps 4 to 6

    private func record(
        of step: Step, _ layout: Layout
    ) async throws(SupplyChainError) -> StepRecord {
        let found = try LinkSearch(
            step: step, layout: layout, evidence: evidence, now: surroundings.now
        ).run()
        var record = StepRecord(step: step, rejected: found.rejected)
        for signed in found.signed {
            switch signed.content {
            case .link(let link):
                record.accept(link, .link, signed)
            case .sublayout(let sublayout):
                do throws(SupplyChainError) {
                    let (report, summary) = try await verify(sublayout, signed, of: step)
                    record.accept(summary, .sublayout(report), signed)
                } catch {
                    guard error.isAbsence else { throw .sublayout(file: signed.file, error) }
                    record.absence = record.absence ?? .sublayout(file: signed.file, error)
                }
            }
        }
        try record.count(found)
        return record
    }

    private func verify(
        _ sublayout: Verified<Layout>, _ signed: LinkSearch.Signed, of step: Step
    ) async throws(SupplyChainError) -> (SupplyChainReport, Link) {
        guard depth < SupplyChain.maximumDepth else {
            throw .nestedTooDeeply(maximum: SupplyChain.maximumDepth)
        }
        let chain = SupplyChain(
            layout: sublayout,
            evidence: evidence.narrowed(to: String(signed.name.dropLast(".link".count))),
            parameters: [:], binding: .unbound, depth: depth + 1, surroundings: surroundings)
        let (report, link) = try await chain.verify()
        let summary = Link(
            name: step.name, materials: link.materials, products: link.products,
            command: link.command, byproducts: link.byproducts)
        return (report, summary)
    }

    /// What the chain began with, and what it came to.
    private func summary(of records: [StepRecord]) -> Link {
        let last = records.last?.link
        return Link(
            name: "", materials: records.first?.link?.materials ?? Artifacts(),
            products: last?.products ?? Artifacts(), command: last?.command ?? [],
            byproducts: last?.byproducts ?? .object([]))
    }

    // MARK: steps 11 and 12

    private func inspect(
        _ inspections: [Inspection], _ links: [UTF8Text: Link]
    ) async throws(SupplyChainError) -> [InspectionReport] {
        var links = links
        var manners: [UTF8Text: InspectionManner] = [:]
        for inspection in inspections {
            let record = try await run(inspection, links)
            manners[inspection.name] = record.manner
            links[inspection.name] = Link(
                name: inspection.name, materials: record.materials, products: record.products,
                command: inspection.run, byproducts: .object([]))
        }
        let rules = ArtifactRules(links: links)
        var reports: [InspectionReport] = []
        for inspection in inspections {
            guard let link = links[inspection.name] else { continue }
            reports.append(
                InspectionReport(
                    name: inspection.name, command: inspection.run,
                    manner: manners[inspection.name] ?? .builtIn,
                    materialRules: try rules.apply(
                        inspection.expectedMaterials, to: .materials, of: link),
                    productRules: try rules.apply(
                        inspection.expectedProducts, to: .products, of: link)))
        }
        return reports
    }

    private func run(
        _ inspection: Inspection, _ links: [UTF8Text: Link]
    ) async throws(SupplyChainError) -> InspectionRecord {
        if inspection.run == ["true"] {
            let artifacts = Artifacts([surroundings.product.artifact])
            return InspectionRecord(
                materials: artifacts, products: artifacts, manner: .builtIn)
        }
        do throws(InspectionFailure) {
            let record = try await surroundings.inspections?.run(
                inspection, on: surroundings.product,
                recording: inspection.digests(comparedWith: links))
            if let record { return record }
        } catch {
            throw .inspectionFailed(name: inspection.name, error)
        }
        throw .inspectionRefused(name: inspection.name, command: inspection.run)
    }
}
