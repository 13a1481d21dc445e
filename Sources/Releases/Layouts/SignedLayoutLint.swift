// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
public import MetadataSigning

/// The lint of a layout's file as it is signed, whoever made it; its signatures are not looked
/// at, for it does not say who had to sign.
public struct SignedLayoutLint: Sendable {
    private let layout: Layout
    private let isMetablock: Bool
    private static let limits = JSONLimits(maximumBytes: 64 << 20, maximumValues: 4 << 20)

    /// How large a file may be.
    public static let maximumBytes = 64 << 20

    /// - Throws: `SigningError` if it is no layout.
    public init(_ bytes: [UInt8]) throws(SigningError) {
        let file = try InTotoFile(bytes, limits: SignedLayoutLint.limits)
        do throws(JSONError) {
            switch file.container {
            case .metablock(let file):
                layout = try Layout(file.signed)
                isMetablock = true
            case .envelope(let envelope):
                let document = try JSONDocument(envelope.payload, limits: SignedLayoutLint.limits)
                layout = try Layout(document.root)
                isMetablock = false
            }
        } catch {
            throw .malformed(error)
        }
    }

    /// Whether a file's bytes are a signed layout or link rather than a source in YAML.
    public static func isSigned(_ bytes: [UInt8], path: String) -> Bool {
        let isSource =
            path.utf8.suffix(5).elementsEqual(".yaml".utf8)
            || path.utf8.suffix(4).elementsEqual(".yml".utf8)
        let first = bytes.first { $0 != 0x20 && !(0x09...0x0D).contains($0) }
        return !isSource && first == UInt8(ascii: "{")
    }

    /// Looks for weaknesses.
    public func findings(at now: Instant, options: LintOptions = LintOptions()) -> [LayoutFinding] {
        var log = FindingList()
        TermLint.run(layout.expires, soonDays: options.soonDays, now, &log)
        if isMetablock, let deviation = layout.deviation {
            log.add(
                .deviates, .error, .init("layout"), "the layout: \(deviation)",
                remedy: "write it anew with its usual members alone, and sign it")
        }
        keyFindings(now, &log)
        let linted = LintedLayout(
            layout.steps.map { step in
                LintedItem(
                    .step, step.name, materials: step.expectedMaterials,
                    products: step.expectedProducts, options.parameters)
            },
            layout.inspections.map { inspection in
                LintedItem(
                    .inspection, inspection.name, run: inspection.run,
                    materials: inspection.expectedMaterials,
                    products: inspection.expectedProducts, options.parameters)
            }, productOf: nil)
        RuleLint.run(linted, &log)
        TieLint.run(linted, &log)
        LinkLint.run(linted, options.links, &log)
        return log.finished
    }

    // MARK: keys

    private func keyFindings(_ now: Instant, _ log: inout FindingList) {
        let listed = layout.keys.sorted { $0.key < $1.key }
        let holders = listed.map { KeyLint.Holder(name: shown($0.key), key: $0.value) }
        KeyLint.shared(holders, &log) { first, second, log in
            log.add(
                .sameKeyTwice, .warning, .init("key", second),
                "keys \(first) and \(second) are one and the same",
                remedy: "list it once, and name it once among the step's pubkeys")
        }
        var used: Set<KeyID> = []
        for step in layout.steps { used.formUnion(step.pubkeys) }
        for (id, key) in listed {
            KeyLint.end(.init(name: shown(id), key: key), layoutEnds: layout.expires, now, &log)
            let isUsed = used.contains(id) || key.subkeyIDs.contains(where: used.contains)
            if !isUsed {
                log.add(
                    .keyUnused, .warning, .init("key", shown(id)),
                    "key \(shown(id)) may do no step",
                    remedy: "name it among the pubkeys of a step, or remove it")
            } else if key.material == nil {
                log.add(
                    .keyUnusable, .error, .init("key", shown(id)),
                    "key \(shown(id)) cannot be used: \(quoted(key.type)), \(quoted(key.scheme))",
                    remedy: "list a key of ed25519, ECDSA or RSA in its place")
            }
        }
        for step in layout.steps { people(of: step, &log) }
    }

    private func people(of step: Step, _ log: inout FindingList) {
        let name = Step.isSafe(name: step.name) ? step.name.string : quoted(step.name)
        let place = LayoutFinding.Place("step", name)
        if step.pubkeys.isEmpty {
            log.add(
                .nobody, .error, place, "nobody may do step \(name)",
                remedy: "name keys among its pubkeys")
        }
        var holders: [KeyLint.Holder] = []
        for id in Set(step.pubkeys).sorted() {
            guard let key = layout.functionary(id)?.key else {
                log.add(
                    .keyUnlisted, .error, place,
                    "step \(name) may be done with key \(shown(id)), which the layout does not hold",
                    remedy: "list it among the layout's keys, or remove it from the step")
                continue
            }
            holders.append(.init(name: shown(id), key: key.material == nil ? nil : key))
        }
        if step.threshold > 1 {
            KeyLint.shared(holders, &log) { first, second, log in
                log.add(
                    .onePerson, .error, place,
                    "keys \(first) and \(second) of step \(name) are one and the same",
                    remedy: "give each person a key of their own, and list each key once")
            }
        }
        KeyLint.threshold(step.threshold, holders, place, "step \(name)", "do it", &log)
    }

    private func shown(_ id: KeyID) -> String {
        id.isHexadecimal ? id.prefix : quoted(id.text)
    }
}
