// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import InTotoMetadata
public import MetadataSigning

/// What happened while a supply chain was verified, as far as that came: the same model for one
/// that is verified and for one that is refused.
///
/// Counts are exact; what is named is bounded by ``TraceBounds``.
public struct ChainTrace: Sendable {
    /// What was looked at last: where it failed, if it failed.
    public enum Place: Sendable, Equatable {
        case layout
        /// A step, by its place in ``steps``.
        case step(Int)
        /// The file that the chain is to have made.
        case product
        /// An inspection, by its place in ``inspections``.
        case inspection(Int)
    }

    public let bounds: TraceBounds
    /// Ids, as in the layout's signatures, of the different keys that signed the layout.
    public let layoutSigners: [KeyID]
    public let expires: Instant
    /// All of the layout, in its order.
    public internal(set) var steps: [StepTrace] = []
    /// All of the layout, in its order.
    public internal(set) var inspections: [InspectionTrace] = []
    /// Name of the product among those of the step that made it, once that is known.
    public internal(set) var product: UTF8Text?
    public internal(set) var place = Place.layout
    /// The artifacts that speak against the chain, at most five.
    public internal(set) var findings: [ArtifactFinding] = []

    init(_ layout: Verified<Layout>, _ bounds: TraceBounds) {
        self.bounds = bounds
        layoutSigners = layout.signers
        expires = layout.document.expires
        begin(layout.document)
    }

    /// Lists what is to be looked at, before anything is.
    mutating func begin(_ layout: Layout) {
        steps = layout.steps.map(StepTrace.init)
        inspections = layout.inspections.map(InspectionTrace.init)
    }

    mutating func note(_ record: StepRecord, at index: Int) { record.note(&steps[index]) }

    mutating func add(
        _ chain: ChainTrace?, of signed: LinkSearch.Signed, _ refusal: SupplyChainError?,
        at index: Int
    ) {
        guard let chain, steps[index].sublayouts.count < bounds.files else { return }
        steps[index].sublayouts.append(
            .init(file: signed.file, keyID: signed.keyID, chain: chain, refusal: refusal))
    }

    /// Finds out what can be said of the artifacts that speak against the chain.
    mutating func explain(
        _ error: SupplyChainError, rulesOf materials: [ArtifactRule], _ products: [ArtifactRule],
        _ link: Link, _ links: [UTF8Text: Link]
    ) {
        guard case .ruleBroken(let violation) = error, let broken = brokenRule else { return }
        let rules = violation.list == .materials ? materials : products
        findings = BrokenRule(
            violation: violation, applied: rules.prefix(broken.number - 1), link: link,
            links: links
        ).findings()
    }

    /// The rule that failed, where one did.
    public var brokenRule: RuleTrace? {
        let lists: [ListTrace?]
        switch place {
        case .step(let index): lists = [steps[index].materials, steps[index].products]
        case .inspection(let index):
            lists = [inspections[index].materials, inspections[index].products]
        case .layout, .product: lists = []
        }
        return lists.compactMap(\.self).flatMap(\.rules).first(where: \.isBroken)
    }

    /// How many files went from one step to another step or inspection: what the rules `MATCH`
    /// took, by the names of both.
    public var flows: [FileFlow] {
        var counts: [FileFlow.Ends: Int] = [:]
        for item in steps { item.add(to: &counts) }
        for item in inspections { item.add(to: &counts) }
        return counts.map { FileFlow(from: $0.key.from, to: $0.key.to, count: $0.value) }
            .sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    }
}

/// Files that one step recorded and another step or inspection had.
public struct FileFlow: Sendable, Equatable {
    struct Ends: Hashable {
        let from: UTF8Text
        let to: UTF8Text
    }

    /// The step.
    public let from: UTF8Text
    /// The step or inspection.
    public let to: UTF8Text
    public let count: Int
}

/// Bounds on what a trace names.
public struct TraceBounds: Sendable {
    /// Names of artifacts for one rule.
    public var names = 20
    /// Rules of one list that are told one by one.
    public var rules = 200
    /// Files of links of one step, of each kind.
    public var files = 50

    public init() {}
}

/// The first of some names, and how many they are.
public struct NameSample: Sendable, Equatable {
    public let names: [UTF8Text]
    public let count: Int

    package init(names: [UTF8Text], count: Int? = nil) {
        self.names = names
        self.count = count ?? names.count
    }
}
