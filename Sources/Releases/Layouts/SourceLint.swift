// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
public import MetadataSigning

extension LayoutSource {
    /// Looks for weaknesses.
    ///
    /// - Parameter keys: public keys by person's name, as far as they are at hand.
    public func findings(
        keys: [String: PublicKey], at now: Instant, options: LintOptions = LintOptions()
    ) -> [LayoutFinding] {
        var log = FindingList()
        let end = expires.moment(signedAt: now)
        TermLint.run(end, soonDays: options.soonDays, now, &log)
        keyFindings(keys, end, now, &log)
        let layout = linted(options.parameters)
        RuleLint.run(layout, &log)
        TieLint.run(layout, &log)
        parameterFindings(&log)
        pathFindings(&log)
        LinkLint.run(layout, options.links, &log)
        return log.finished
    }

    private func linted(_ values: [String: String]) -> LintedLayout {
        LintedLayout(
            steps.map { step in
                LintedItem(
                    .step, UTF8Text(step.name), materials: step.materials,
                    products: step.products, values)
            },
            inspections.map { inspection in
                LintedItem(
                    .inspection, UTF8Text(inspection.name), run: inspection.run,
                    materials: inspection.materials, products: inspection.products, values)
            }, productOf: UTF8Text(productOf))
    }

    // MARK: people

    private func keyFindings(
        _ keys: [String: PublicKey], _ end: Instant, _ now: Instant, _ log: inout FindingList
    ) {
        let holders = { (names: [String]) in
            names.map { KeyLint.Holder(name: $0, key: keys[$0]) }
        }
        for group in [signers, functionaries] {
            KeyLint.shared(holders(group.map(\.name)), &log) { first, second, log in
                log.add(
                    .onePerson, .error, .init("key", second),
                    "\(first) and \(second) are one and the same key",
                    remedy: "give each person a key of their own")
            }
        }
        for holder in holders(people.map(\.name)) {
            KeyLint.end(holder, layoutEnds: end, now, &log)
        }
        for person in people where keys[person.name] == nil {
            log.add(
                .keyMissing, .warning, .init("key", person.name),
                "the key of \(person.name) is not at hand",
                remedy: "put it at \(person.keyFile); nobody can sign the layout without it")
        }
        let doers = Set(steps.flatMap(\.by))
        for person in functionaries where !doers.contains(person.name) {
            log.add(
                .keyUnused, .warning, .init("key", person.name),
                "\(person.name) may do no step",
                remedy: "name them under \"by\" of a step, or remove them")
        }
        KeyLint.threshold(
            threshold, holders(signers.map(\.name)), .init("layout"), "the layout", "sign it", &log)
        for step in steps {
            let place = LayoutFinding.Place("step", step.name)
            if step.by.isEmpty {
                log.add(
                    .nobody, .error, place, "nobody may do step \(step.name)",
                    remedy: "name functionaries under \"by\"")
            }
            KeyLint.threshold(
                step.threshold, holders(step.by), place, "step \(step.name)", "do it", &log)
        }
    }

    // MARK: paths and parameters

    /// A value that a wildcard follows ends in no certain place, unless a folder says it too.
    private func pathFindings(_ log: inout FindingList) {
        // A parameter that is neither in the file's name nor in a rule of the step that made it
        // lets an old file pass as a new version.
        let rules = steps.filter { $0.name == productOf }.flatMap { $0.materials + $0.products }
        let ruled = Set(
            rules.flatMap(\.tokens).flatMap { LayoutSource.parameters(in: $0.string) })
        for template in appliesTo {
            let loose = template.parameters.subtracting(template.fileNameParameters)
                .subtracting(ruled)
            guard let name = loose.sorted().first else { continue }
            log.add(
                .parameterLoose, .error, .init("layout", nil, text: "\(template)"),
                "\(template): nothing ties {\(name)} to the file, so that an old file "
                    + "could pass as a new one",
                remedy: "put {\(name)} into the file's name or a rule of step \(productOf)")
        }
        for template in appliesTo where template.isAmbiguous {
            log.add(
                .pathAmbiguous, .warning, .init("layout", nil, text: "\(template)"),
                "\(template): where a parameter ends cannot be told",
                remedy: "give it a folder of its own, as in demo/{version}/demo-{version}-*.whl")
        }
    }

    private func parameterFindings(_ log: inout FindingList) {
        var texts: [UTF8Text] = []
        for step in steps {
            texts += step.command
            for rule in step.materials + step.products { texts += rule.tokens }
        }
        for inspection in inspections {
            texts += inspection.run
            for rule in inspection.materials + inspection.products { texts += rule.tokens }
        }
        var reported: Set<String> = []
        for name in texts.flatMap({ LayoutSource.parameters(in: $0.string) }) {
            for template in appliesTo
            where !template.parameters.contains(name) && reported.insert(name).inserted {
                log.add(
                    .parameterUnknown, .error, .init("layout", nil, text: "{\(name)}"),
                    "{\(name)} is used, but \(template) does not give it",
                    remedy: "write {\(name)} into the path, or {{\(name)}} for plain braces")
            }
        }
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
