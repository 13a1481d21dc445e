// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import InTotoMetadata
public import MetadataSigning

/// One step, as far as it was looked at.
public struct StepTrace: Sendable {
    /// A link that counts.
    public struct Accepted: Sendable {
        /// As the step lists it.
        public let keyID: KeyID
        public let file: UTF8Text
        /// SHA-256 of the file in hexadecimal digits.
        public let sha256: String
    }

    /// The chain of a functionary's own layout, in the place of a link.
    public struct Sublayout: Sendable {
        public let file: UTF8Text
        public let keyID: KeyID
        public let chain: ChainTrace
        /// Why it is refused; `nil` if it is not.
        public let refusal: SupplyChainError?
    }

    public let name: UTF8Text
    /// Different keys needed.
    public let threshold: Int
    /// Ids of the keys whose links count.
    public let allowed: [KeyID]
    /// Whether its links were looked at.
    public internal(set) var isSearched = false
    public internal(set) var accepted: [Accepted] = []
    /// Different keys among those of ``accepted``.
    public internal(set) var distinctKeys = 0
    /// What counted for nothing, and why; the first of them, and how many they are.
    public internal(set) var rejected: [RejectedLink] = []
    public internal(set) var rejectedCount = 0
    /// Files of those who may do the step and of whom there is none.
    public internal(set) var missing = NameSample(names: [])
    public internal(set) var sublayouts: [Sublayout] = []
    public internal(set) var warnings: [StepWarning] = []
    /// What its rules did; `nil` as long as they were not applied.
    public internal(set) var materials: ListTrace?
    public internal(set) var products: ListTrace?

    init(_ step: Step) {
        name = step.name
        threshold = step.threshold
        allowed = step.pubkeys
    }

    /// Whether its links were found and its rules met, all of them.
    public var isMet: Bool {
        materials?.isMet == true && products?.isMet == true && distinctKeys >= threshold
    }

    mutating func take(_ found: LinkSearch.Found, _ bounds: TraceBounds) {
        rejected = Array(found.rejected.prefix(bounds.files))
        rejectedCount = found.rejected.count
        missing = NameSample(
            names: found.missing.prefix(bounds.files).map(\.file), count: found.missing.count)
    }

    mutating func took(_ materials: ListTrace?, _ products: ListTrace?) {
        self.materials = materials
        self.products = products
    }

    func add(to counts: inout [FileFlow.Ends: Int]) {
        for list in [materials, products] { list?.add(to: &counts, of: name) }
    }
}

/// One inspection, as far as it was looked at.
public struct InspectionTrace: Sendable {
    public let name: UTF8Text
    public let command: [UTF8Text]
    /// How it was done; `nil` as long as it was not.
    public internal(set) var manner: InspectionManner?
    public internal(set) var materials: ListTrace?
    public internal(set) var products: ListTrace?

    init(_ inspection: Inspection) {
        name = inspection.name
        command = inspection.run
    }

    /// Whether it was done and its rules met, all of them.
    public var isMet: Bool { materials?.isMet == true && products?.isMet == true }

    mutating func took(_ materials: ListTrace?, _ products: ListTrace?) {
        self.materials = materials
        self.products = products
    }

    func add(to counts: inout [FileFlow.Ends: Int]) {
        for list in [materials, products] { list?.add(to: &counts, of: name) }
    }
}
