// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
public import MetadataSigning

extension LayoutSource {
    /// The layout read out, for a person to agree with or not.
    public var sentences: String {
        LayoutReading(
            steps: steps.map { step in
                LayoutReading.Item(
                    name: step.name, by: step.by, threshold: step.threshold,
                    takes: LayoutReading.Item.sources(step.materials, not: step.name))
            },
            inspections: inspections.map { inspection in
                LayoutReading.Item(
                    name: inspection.name, by: [], threshold: 0, takes: [], run: inspection.run)
            }, product: productOf, paths: appliesTo.map(\.description),
            ending: LayoutReading.ending(signers.map(\.name), threshold)
        ).sentences
    }
}

extension LayoutReading {
    /// A signed layout, which does not say for which paths and by whom. Its signatures are not
    /// looked at.
    ///
    /// - Parameter names: of people, by key id, as far as they are known.
    /// - Throws: `SigningError` if it is no layout.
    public init(file bytes: [UInt8], names: [KeyID: String]) throws(SigningError) {
        let (layout, signatures) = try LayoutReading.layout(bytes)
        var signers: [String] = []
        for signature in signatures {
            let name = LayoutReading.name(signature.keyID, names)
            // Each key of ours signs under two ids.
            if names[signature.keyID] != nil || signatures.count == 1, !signers.contains(name) {
                signers.append(name)
            }
        }
        if signers.isEmpty {
            signers = signatures.map { LayoutReading.name($0.keyID, names) }
        }
        self.init(
            layout, names: names, paths: [], product: nil,
            ending: "Good until \(layout.expires). "
                + (signers.isEmpty
                    ? "Nobody has signed it."
                    : "Signed by \(joined(signers)); nobody has checked that here."))
    }

    /// The layout of a file, not verified, with its signatures.
    static func layout(
        _ bytes: [UInt8]
    ) throws(SigningError) -> (layout: Layout, signatures: [Signature]) {
        let limits = JSONLimits(maximumBytes: 64 << 20, maximumValues: 4 << 20)
        let file = try InTotoFile(bytes, limits: limits)
        do throws(JSONError) {
            switch file.container {
            case .metablock(let file): return (try Layout(file.signed), file.signatures)
            case .envelope(let envelope):
                let document = try JSONDocument(envelope.payload, limits: limits)
                return (try Layout(document.root), envelope.signatures)
            }
        } catch {
            throw .malformed(error)
        }
    }

    init(
        _ layout: Layout, names: [KeyID: String], paths: [String], product: String?, ending: String
    ) {
        let steps = layout.steps.map { step in
            Item(
                name: Item.shown(step.name),
                by: step.pubkeys.map { LayoutReading.name($0, names) }, threshold: step.threshold,
                takes: Item.sources(step.expectedMaterials, not: Item.shown(step.name)))
        }
        self.init(
            steps: steps,
            inspections: layout.inspections.map { inspection in
                Item(
                    name: Item.shown(inspection.name), by: [], threshold: 0, takes: [],
                    run: inspection.run)
            }, product: product ?? steps.last?.name, paths: paths, ending: ending)
    }

    static func ending(_ owners: [String], _ threshold: Int) -> String {
        let words =
            owners.count == 1
            ? "signature of \(owners[0])"
            : threshold == owners.count
                ? "signatures of \(joined(owners))"
                : threshold == 1
                    ? "signature of \(joined(owners, "or"))"
                    : "signatures of \(threshold) of \(joined(owners))"
        return "Needs the \(words). Whoever holds the layouts role can publish another policy."
    }

    private static func name(_ id: KeyID, _ names: [KeyID: String]) -> String {
        names[id].map { Step.isSafe(name: UTF8Text($0)) ? $0 : quoted($0) } ?? "key \(id.prefix)"
    }
}
