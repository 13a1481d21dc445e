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
        /// `nil` if there is none, and only the chain itself is looked at.
        let product: Product?
        let inspections: (any InspectionRunner)?
        let revoked: [RevokedFunctionary]
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

    /// - Parameter trace: what happens is noted in it, unless it is `nil`.
    /// - Returns: the report, and the link that stands for the chain in one around it.
    func verify(
        _ trace: inout ChainTrace?
    ) async throws(SupplyChainError) -> (report: SupplyChainReport, summary: Link) {
        // 1. and 2.
        let productStep = try LayoutCheck(layout).run(binding)
        let expires = layout.document.expires
        if expires <= surroundings.now { throw .expired(at: expires, now: surroundings.now) }
        // 3.
        let layout = try Parameters(parameters).applied(to: layout.document)
        if !parameters.isEmpty { trace?.begin(layout) }
        // 4. to 8.
        let revoked = RevokedKeys(surroundings.revoked, keys: layout.keys)
        var records: [StepRecord] = []
        for (index, step) in layout.steps.enumerated() {
            trace?.place = .step(index)
            records.append(try await record(of: step, layout, revoked, &trace, at: index))
        }
        for (index, record) in records.enumerated() {
            trace?.place = .step(index)
            try record.checkAgreement(&trace)
        }
        // 9.
        var links: [UTF8Text: Link] = [:]
        for record in records { links[record.step.name] = record.link }
        for index in records.indices {
            trace?.place = .step(index)
            try records[index].applyRules(links, of: layout, &trace, at: index)
        }
        // 10.
        var product: UTF8Text?
        if let productStep, let link = links[productStep] {
            product = try name(of: surroundings.product, in: link, &trace)
        }
        for (index, record) in records.enumerated() {
            guard let absence = record.absence else { continue }
            trace?.place = .step(index)
            throw absence
        }
        trace?.place = .product
        if surroundings.product == nil, depth == 0 { throw .product(.notGiven) }
        // 11. and 12.
        let inspections = try await inspect(layout.inspections, links, &trace)
        let report = SupplyChainReport(
            layoutSigners: self.layout.signers, expires: expires,
            steps: records.map(\.report), inspections: inspections, product: product)
        return (report, summary(of: records))
    }

    private func name(
        of product: Product?, in link: Link, _ trace: inout ChainTrace?
    ) throws(SupplyChainError) -> UTF8Text? {
        guard let product else { return nil }
        trace?.place = .product
        do throws(SupplyChainError) {
            let name = try product.name(in: link)
            trace?.product = name
            return name
        } catch {
            trace?.findings = [ArtifactFinding(product, madeBy: link)]
            throw error
        }
    }

    // MARK: steps 4 to 6

    private func record(
        of step: Step, _ layout: Layout, _ revoked: RevokedKeys, _ trace: inout ChainTrace?,
        at index: Int
    ) async throws(SupplyChainError) -> StepRecord {
        trace?.steps[index].isSearched = true
        let found = try LinkSearch(
            step: step, layout: layout, evidence: evidence, now: surroundings.now, revoked: revoked
        ).run()
        if let bounds = trace?.bounds { trace?.steps[index].take(found, bounds) }
        var record = StepRecord(step: step, rejected: found.rejected)
        defer { if trace != nil { trace?.note(record, at: index) } }
        for signed in found.signed {
            switch signed.content {
            case .link(let link):
                record.accept(link, .link, signed)
            case .sublayout(let sublayout):
                do throws(SupplyChainError) {
                    let (report, summary) = try await verify(
                        sublayout, signed, of: step, &trace, at: index)
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
        _ sublayout: Verified<Layout>, _ signed: LinkSearch.Signed, of step: Step,
        _ trace: inout ChainTrace?, at index: Int
    ) async throws(SupplyChainError) -> (SupplyChainReport, Link) {
        guard depth < SupplyChain.maximumDepth else {
            throw .nestedTooDeeply(maximum: SupplyChain.maximumDepth)
        }
        let chain = SupplyChain(
            layout: sublayout,
            evidence: evidence.narrowed(to: String(signed.name.dropLast(".link".count))),
            parameters: [:], binding: .unbound, depth: depth + 1, surroundings: surroundings)
        var inner = trace.map { ChainTrace(sublayout, $0.bounds) }
        let (report, link): (SupplyChainReport, Link)
        do throws(SupplyChainError) {
            (report, link) = try await chain.verify(&inner)
            trace?.add(inner, of: signed, nil, at: index)
        } catch {
            trace?.add(inner, of: signed, error, at: index)
            throw error
        }
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
        _ inspections: [Inspection], _ links: [UTF8Text: Link], _ trace: inout ChainTrace?
    ) async throws(SupplyChainError) -> [InspectionReport] {
        guard let product = surroundings.product else { return [] }
        var links = links
        var manners: [UTF8Text: InspectionManner] = [:]
        for (index, inspection) in inspections.enumerated() {
            trace?.place = .inspection(index)
            let record = try await run(inspection, on: product, links)
            trace?.inspections[index].manner = record.manner
            manners[inspection.name] = record.manner
            links[inspection.name] = Link(
                name: inspection.name, materials: record.materials, products: record.products,
                command: inspection.run, byproducts: .object([]))
        }
        var reports: [InspectionReport] = []
        for (index, inspection) in inspections.enumerated() {
            trace?.place = .inspection(index)
            let (materials, products) = try applyRules(of: inspection, links, &trace, at: index)
            reports.append(
                InspectionReport(
                    name: inspection.name, command: inspection.run,
                    manner: manners[inspection.name] ?? .builtIn, materialRules: materials,
                    productRules: products))
        }
        return reports
    }

    private func applyRules(
        of inspection: Inspection, _ links: [UTF8Text: Link], _ trace: inout ChainTrace?,
        at index: Int
    ) throws(SupplyChainError) -> (materials: [RuleOutcome], products: [RuleOutcome]) {
        guard let link = links[inspection.name] else { return ([], []) }
        let rules = ArtifactRules(links: links)
        let bounds = trace?.bounds
        var materials: ListTrace?
        var products: ListTrace?
        do throws(SupplyChainError) {
            let outcomes = (
                try rules.apply(
                    inspection.expectedMaterials, to: .materials, of: link, bounds: bounds,
                    &materials),
                try rules.apply(
                    inspection.expectedProducts, to: .products, of: link, bounds: bounds,
                    &products)
            )
            trace?.inspections[index].took(materials, products)
            return outcomes
        } catch {
            trace?.inspections[index].took(materials, products)
            trace?.explain(
                error, rulesOf: inspection.expectedMaterials, inspection.expectedProducts, link,
                links)
            throw error
        }
    }

    private func run(
        _ inspection: Inspection, on product: Product, _ links: [UTF8Text: Link]
    ) async throws(SupplyChainError) -> InspectionRecord {
        if inspection.run == ["true"] {
            let artifacts = Artifacts([product.artifact])
            return InspectionRecord(
                materials: artifacts, products: artifacts, manner: .builtIn)
        }
        do throws(InspectionFailure) {
            let record = try await surroundings.inspections?.run(
                inspection, on: product,
                recording: inspection.digests(comparedWith: links))
            if let record { return record }
        } catch {
            throw .inspectionFailed(name: inspection.name, error)
        }
        throw .inspectionRefused(name: inspection.name, command: inspection.run)
    }
}
