// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning

/// What a layout must be, over and above being well formed and signed, to verify anything by.
struct LayoutCheck {
    private let layout: Layout
    /// Whether its signatures cover a form that Python rebuilds from what it knows of it.
    private let isMetablock: Bool

    init(_ layout: Verified<Layout>) {
        self.layout = layout.document
        isMetablock = (try? InTotoFile(layout.bytes))?.isMetablock ?? true
    }

    /// - Returns: the step that must have made the product, if any is bound to.
    /// - Throws: ``SupplyChainError/layout(_:)``.
    func run(_ binding: SupplyChain.Binding) throws(SupplyChainError) -> UTF8Text? {
        // Names come first: the other messages may then show them as they are.
        for step in layout.steps where !Step.isSafe(name: step.name) {
            throw .layout(.unsafeStepName(step.name))
        }
        if isMetablock, let deviation = layout.deviation { throw .layout(.deviates(deviation)) }
        if layout.steps.isEmpty { throw .layout(.noSteps) }
        for (keyID, key) in layout.keys.sorted(by: { $0.key < $1.key }) {
            guard keyID.isHexadecimal else { throw .layout(.malformedKeyID(keyID)) }
            // Not in the specification, but Python looks for signatures under this id.
            if let named = key.json["keyid"], named.text != keyID.text {
                throw .layout(.mislabelledKey(listed: keyID, named: named.text ?? ""))
            }
        }
        for step in layout.steps { try check(step) }
        guard case .step(let name) = binding else { return nil }
        return try productStep(name)
    }

    private func check(_ step: Step) throws(SupplyChainError) {
        guard step.threshold >= 1 else {
            throw .layout(.threshold(step: step.name, found: step.threshold))
        }
        var keys = DistinctKeys()
        var prefixes: [UTF8Text: KeyID] = [:]
        for keyID in step.pubkeys {
            guard let functionary = layout.functionary(keyID) else {
                throw .layout(.unlistedKey(step: step.name, keyID: keyID))
            }
            // A key of a type to come hurts only the layout that has a use for it.
            guard functionary.key.material != nil else { throw .layout(.unusableKey(keyID)) }
            for id in functionary.fileIDs {
                let prefix = UTF8Text(id.prefix)
                if let other = prefixes[prefix], other != id {
                    throw .layout(.ambiguousKeyIDs(step: step.name, other, id))
                }
                prefixes[prefix] = id
            }
            keys.insert(functionary.key)
        }
        guard keys.count >= step.threshold else {
            throw .layout(
                .tooFewKeys(step: step.name, found: keys.count, threshold: step.threshold))
        }
    }

    /// The step that must have made the product, if some rule speaks of what it made.
    private func productStep(_ name: UTF8Text?) throws(SupplyChainError) -> UTF8Text {
        guard let step = layout.steps.last(where: { name == nil || $0.name == name }) else {
            throw .layout(.unknownProductStep(name ?? ""))
        }
        let isRuled =
            !step.expectedProducts.isEmpty
            || layout.inspections.contains {
                !$0.expectedMaterials.isEmpty || !$0.expectedProducts.isEmpty
            }
            || layout.steps.contains {
                matchesProducts(of: step, $0.expectedMaterials + $0.expectedProducts)
            }
        guard isRuled else { throw .layout(.unruledProduct(step: step.name)) }
        return step.name
    }

    private func matchesProducts(of step: Step, _ rules: [ArtifactRule]) -> Bool {
        rules.contains { rule in
            guard case .match(let match) = rule else { return false }
            return match.step == step.name && match.list == .products
        }
    }
}
