// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import Inspecting
public import MetadataSigning

/// Something in a layout that makes it weaker than its author may think, and how to mend it.
public struct LayoutFinding: Sendable, Equatable, CustomStringConvertible {
    public enum Weight: String, Sendable {
        /// The layout must not be published so.
        case error
        case warning
    }

    public let weight: Weight
    public let message: String
    public let remedy: String

    public var description: String { "\(weight): \(message); \(remedy)" }
}

extension LayoutSource {
    /// Looks for weaknesses.
    ///
    /// - Parameter keys: public keys by person's name, as far as they are at hand.
    public func findings(keys: [String: PublicKey], at now: Instant) -> [LayoutFinding] {
        expiryFindings(now) + keyFindings(keys, now) + ruleFindings() + parameterFindings()
            + pathFindings()
    }

    private func expiryFindings(_ now: Instant) -> [LayoutFinding] {
        let end = expires.moment(signedAt: now)
        if end <= now {
            return [
                LayoutFinding(
                    weight: .error, message: "the layout is expired since \(end)",
                    remedy: "set a later date in \"expires\"")
            ]
        }
        guard end < now.adding(days: 30) else { return [] }
        return [
            LayoutFinding(
                weight: .warning, message: "the layout expires within 30 days, at \(end)",
                remedy: "set a later date, or plan to sign it anew")
        ]
    }

    /// That a key of gpg ends, before the layout or already.
    private func termFinding(_ name: String, _ key: PublicKey, _ now: Instant) -> LayoutFinding? {
        let remedy = "let \(name) renew the key with gpg --quick-set-expire, and export it anew"
        if let end = key.end(at: now) {
            return LayoutFinding(
                weight: .error, message: "the key of \(name) \(end)", remedy: remedy)
        }
        guard let end = key.expires, end < expires.moment(signedAt: now) else { return nil }
        return LayoutFinding(
            weight: .warning,
            message: "the key of \(name) expires at \(end), before the layout does",
            remedy: remedy)
    }

    private func keyFindings(_ keys: [String: PublicKey], _ now: Instant) -> [LayoutFinding] {
        var findings: [LayoutFinding] = []
        for group in [signers, functionaries] {
            var holders: [KeyMaterial: String] = [:]
            for person in group {
                guard let key = keys[person.name] else { continue }
                if let other = key.materials.lazy.compactMap({ holders[$0] }).first {
                    findings.append(
                        LayoutFinding(
                            weight: .error,
                            message: "\(other) and \(person.name) are one and the same key",
                            remedy: "give each person a key of their own"))
                }
                for material in key.materials { holders[material] = person.name }
            }
        }
        findings += people.compactMap { person in
            keys[person.name].flatMap { termFinding(person.name, $0, now) }
        }
        for person in people where keys[person.name] == nil {
            findings.append(
                LayoutFinding(
                    weight: .warning, message: "the key of \(person.name) is not at hand",
                    remedy: "put it at \(person.keyFile); nobody can sign the layout without it"))
        }
        for person in functionaries where !steps.contains(where: { $0.by.contains(person.name) }) {
            findings.append(
                LayoutFinding(
                    weight: .warning, message: "\(person.name) may do no step",
                    remedy: "name them under \"by\" of a step, or remove them"))
        }
        return findings
    }

    private func ruleFindings() -> [LayoutFinding] {
        var findings: [LayoutFinding] = []
        let names = Set(steps.map { UTF8Text($0.name) })
        for (index, step) in steps.enumerated() {
            if index > 0 {
                findings += openEnd(step.materials, "materials", step.name, .warning)
            }
            let isProduct = step.name == productOf
            findings += openEnd(
                step.products, "products", step.name, isProduct ? .error : .warning)
            for case .match(let match) in step.materials + step.products
            where !names.contains(match.step) {
                findings.append(
                    LayoutFinding(
                        weight: .error,
                        message: "step \(step.name) matches with \(quoted(match.step)), "
                            + "which is no step",
                        remedy: "correct the name after FROM"))
            }
            if step.by.isEmpty {
                findings.append(
                    LayoutFinding(
                        weight: .error, message: "nobody may do step \(step.name)",
                        remedy: "name functionaries under \"by\""))
            }
        }
        for inspection in inspections {
            if (try? BuiltInInspections.does(inspection.run)) == true { continue }
            findings.append(
                LayoutFinding(
                    weight: .warning,
                    message: "inspection \(inspection.name) needs a command on the client",
                    remedy: "leave it out: the product is tied to step \(productOf) without it"))
        }
        return findings
    }

    /// Rules that do not end in a DISALLOW let everything through that no rule names.
    private func openEnd(
        _ rules: [ArtifactRule], _ list: String, _ step: String, _ weight: LayoutFinding.Weight
    ) -> [LayoutFinding] {
        // The first step's sources come from nowhere, and ALLOW * says so openly.
        let allowsAll = rules.firstIndex { rule in
            if case .allow(let pattern) = rule { pattern.text == "*" } else { false }
        }
        let closes = rules.firstIndex { rule in
            if case .disallow(let pattern) = rule { pattern.text == "*" } else { false }
        }
        if allowsAll != nil && weight == .warning { return [] }
        // After an ALLOW * there is nothing left to disallow.
        if let closes, closes < allowsAll ?? rules.count { return [] }
        return [
            LayoutFinding(
                weight: weight,
                message: "the \(list) of step \(step) may hold anything that no rule names",
                remedy: "end them with \"DISALLOW *\"")
        ]
    }

    /// A value that a wildcard follows ends in no certain place, unless a folder says it too.
    private func pathFindings() -> [LayoutFinding] {
        unbound
            + appliesTo.filter(\.isAmbiguous).map { template in
                LayoutFinding(
                    weight: .warning,
                    message: "\(template): where a parameter ends cannot be told",
                    remedy: "give it a folder of its own, as in demo/{version}/demo-{version}-*.whl"
                )
            }
    }

    /// A parameter that is neither in the file's name nor in a rule of the step that made it lets
    /// an old file pass as a new version.
    private var unbound: [LayoutFinding] {
        let rules = steps.filter { $0.name == productOf }.flatMap { $0.materials + $0.products }
        let ruled = Set(
            rules.flatMap(\.tokens).flatMap { LayoutSource.parameters(in: $0.string) })
        return appliesTo.compactMap { template in
            let loose = template.parameters.subtracting(template.fileNameParameters)
                .subtracting(ruled)
            guard let name = loose.sorted().first else { return nil }
            return LayoutFinding(
                weight: .error,
                message: "\(template): nothing ties {\(name)} to the file, so that an old file "
                    + "could pass as a new one",
                remedy: "put {\(name)} into the file's name or a rule of step \(productOf)")
        }
    }

    private func parameterFindings() -> [LayoutFinding] {
        var texts: [UTF8Text] = []
        for step in steps {
            texts += step.command
            for rule in step.materials + step.products { texts += rule.tokens }
        }
        for inspection in inspections {
            texts += inspection.run
            for rule in inspection.materials + inspection.products { texts += rule.tokens }
        }
        var findings: [LayoutFinding] = []
        var reported: Set<String> = []
        for name in texts.flatMap({ LayoutSource.parameters(in: $0.string) }) {
            for template in appliesTo
            where !template.parameters.contains(name) && reported.insert(name).inserted {
                findings.append(
                    LayoutFinding(
                        weight: .error,
                        message: "{\(name)} is used, but \(template) does not give it",
                        remedy: "write {\(name)} into the path, or {{\(name)}} for plain braces"))
            }
        }
        return findings
    }

    /// The names in single braces.
    private static func parameters(in text: String) -> [String] {
        var names: [String] = []
        var rest = text.utf8[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "{")) {
            let after = rest.index(after: open)
            guard after < rest.endIndex else { break }
            if rest[after] == UInt8(ascii: "{") {
                rest = rest[rest.index(after: after)...]
                continue
            }
            guard let close = rest[after...].firstIndex(of: UInt8(ascii: "}")) else { break }
            names.append(String(decoding: rest[after..<close], as: UTF8.self))
            rest = rest[rest.index(after: close)...]
        }
        return names
    }
}
