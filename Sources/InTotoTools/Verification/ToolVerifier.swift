// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
package import MetadataSigning

/// Verifies a supply chain with the verdicts of python's `in_toto_verify` (3.1.0), in its order.
///
/// 1. The layout's signatures: one of each key that is given.
/// 2. Its end.
/// 3. Its parameters.
/// 4. The files of the links.
/// 5. Their signatures and the thresholds.
/// 6. Sublayouts, by the same steps.
/// 7. The commands: a warning if they are others.
/// 8. The agreement of links where more than one is needed.
/// 9. The rules of the steps.
/// 10. The inspections, in the current folder.
/// 11. Their rules.
package struct ToolVerifier: Sendable {
    package struct Options: Sendable {
        package var linkDirectory = "."
        package var parameters: FormatParameters?
        package var inspectionTimeoutSeconds = 10
        /// Where inspections run and leave their links: the current folder, but for tests.
        package var inspectionDirectory = "."
        package var now: Instant
        package var log = ToolLog.silent
        /// Certificates in PEM, one each, that may stand between those of the layout's
        /// authorities and of the links. They are trusted for nothing by themselves.
        package var intermediates: [[UInt8]] = []

        package init(now: Instant) { self.now = now }
    }

    /// Sublayouts inside one another, and of one verification in all.
    static let maximumDepth = 32
    static let maximumSublayouts = 1000

    private let options: Options

    package init(_ options: Options) { self.options = options }

    /// The certificates of a file, for ``Options/intermediates``.
    ///
    /// - Throws: `ValueError` if there is none.
    package static func certificates(
        in pem: [UInt8], _ path: String
    ) throws(ToolError) -> [[UInt8]] {
        try CertificatePolicy.certificates(in: pem, path)
    }

    /// - Throws: ``ToolError``.
    package func verify(
        _ layout: ToolDocument, keys: [ToolKey]
    ) throws(ToolError) {
        var walk = Walk(options: options)
        _ = try walk.verify(
            layout, keys: keys, in: options.linkDirectory, name: .string(""),
            parameters: options.parameters)
    }
}

/// One verification, with what its sublayouts share.
private struct Walk {
    let options: ToolVerifier.Options
    var depth = 0
    var sublayouts = 0

    private var log: ToolLog { options.log }

    init(options: ToolVerifier.Options) { self.options = options }

    /// - Returns: the link that stands for the whole chain.
    mutating func verify(
        _ document: ToolDocument, keys: [ToolKey], in folder: String,
        name: PythonValue, parameters: FormatParameters?
    ) throws(ToolError) -> LinkDocument {
        log.info("Verifying layout metadata signatures...")
        let coversAll = try verifySignatures(of: document, keys)
        log.info("Extracting layout from metadata...")
        guard case .layout(var layout) = try document.payload() else {
            throw ToolError(.attributeError, "'Link' object has no attribute 'expires'")
        }
        log.info("Verifying layout expiration...")
        guard layout.expires > options.now else {
            throw ToolError(.layoutExpiredError, "Layout expired")
        }
        if let parameters {
            log.info("Performing parameter substitution...")
            try parameters.apply(to: &layout)
        }
        log.info("Reading link metadata files...")
        var files = LinkFiles(folder: folder, now: options.now)
        if coversAll {
            files.certificates = try CertificatePolicy(
                layout, between: options.intermediates, at: options.now)
        }
        let found = try files.links(for: layout)
        log.info("Verifying link metadata signatures...")
        let verified = try LinkThresholds(layout: layout, files: files, log: log).verified(found)
        log.info("Verifying sublayouts...")
        let links = try resolved(verified, of: layout, in: folder)
        log.info("Verifying alignment of reported commands...")
        warnOfCommands(layout, links)
        log.info("Verifying threshold constraints...")
        try expectAgreement(layout, links)
        let reduced = try reduced(links)
        log.info("Verifying Step rules...")
        var rules = RuleCheck(log: log)
        for (step, link) in zip(layout.steps, reduced) { rules.add(step.item.name, link) }
        for (step, link) in zip(layout.steps, reduced) { try rules.verify(step.item, of: link) }
        log.info("Executing Inspection commands...")
        try Inspections(
            layout: layout, timeoutSeconds: options.inspectionTimeoutSeconds,
            directory: options.inspectionDirectory, log: log
        ).verify(&rules)
        log.info("The software product passed all verification.")
        return summary(reduced, name)
    }

    /// - Returns: whether all of the signatures cover what the layout says of certificates.
    private func verifySignatures(
        of document: ToolDocument, _ keys: [ToolKey]
    ) throws(ToolError) -> Bool {
        for key in keys {
            _ = try PythonValue.string(key.id).hexText()
            try KeyObject.check(key.object ?? .null)
        }
        guard !keys.isEmpty else {
            throw ToolError(
                .signatureVerificationError,
                "Layout signature verification requires at least one key.")
        }
        var coversAll = true
        for key in keys where !(try document.verify(by: key.object(for: document))) {
            coversAll = false
        }
        return coversAll
    }

    /// The links of each step, with those that stand for sublayouts.
    private mutating func resolved(
        _ links: [StepLinks], of layout: LayoutDocument, in folder: String
    ) throws(ToolError) -> [[(keyID: UTF8Text, link: LinkDocument)]] {
        var result: [[(keyID: UTF8Text, link: LinkDocument)]] = []
        for (step, links) in zip(layout.steps, links) {
            var resolved: [(keyID: UTF8Text, link: LinkDocument)] = []
            for entry in links.entries {
                switch try entry.document.payload() {
                case .link(let link): resolved.append((entry.keyID, link))
                case .layout:
                    log.info("Verifying sublayout \(step.item.name.str)...")
                    let name = LinkFiles.folderName(step: step.item.name, keyID: entry.keyID)
                    let link = try sublayout(
                        entry, layout.keys[entry.keyID], ToolFile.joined(folder, name),
                        step.item.name)
                    resolved.append((entry.keyID, link))
                }
            }
            result.append(resolved)
        }
        return result
    }

    private mutating func sublayout(
        _ entry: StepLinks.Entry, _ key: PythonValue?, _ folder: String, _ name: PythonValue
    ) throws(ToolError) -> LinkDocument {
        depth += 1
        defer { depth -= 1 }
        sublayouts += 1
        guard depth <= ToolVerifier.maximumDepth, sublayouts <= ToolVerifier.maximumSublayouts
        else {
            throw ToolError(
                .refused,
                "sublayouts more than \(ToolVerifier.maximumDepth) deep, or more than "
                    + "\(ToolVerifier.maximumSublayouts)")
        }
        return try verify(
            entry.document, keys: [ToolKey(id: entry.keyID, object: key)], in: folder, name: name,
            parameters: nil)
    }

    private func warnOfCommands(
        _ layout: LayoutDocument, _ links: [[(keyID: UTF8Text, link: LinkDocument)]]
    ) {
        for (step, links) in zip(layout.steps, links) {
            let expected = PythonValue.array(step.expectedCommand)
            for (keyID, link) in links {
                log.info(
                    "Verifying command alignment for "
                        + "'\(LinkFiles.name(step: step.item.name, keyID: keyID))'...")
                let command = PythonValue.array(link.command)
                if !command.isEqual(expected) {
                    log.warning(
                        "Run command '\(command.repr)' differs from expected command "
                            + "'\(expected.repr)'")
                }
            }
        }
    }

    private func expectAgreement(
        _ layout: LayoutDocument, _ links: [[(keyID: UTF8Text, link: LinkDocument)]]
    ) throws(ToolError) {
        for (step, links) in zip(layout.steps, links) where step.threshold > 1 {
            let name = step.item.name
            guard links.count >= step.threshold, let first = links.first else {
                throw ToolError(
                    .thresholdVerificationError,
                    "Step '\(name.str)' not performed by enough functionaries!")
            }
            for (keyID, link) in links
            where link.materials != first.link.materials || link.products != first.link.products {
                let names = [first.keyID, keyID].map { LinkFiles.name(step: name, keyID: $0) }
                throw ToolError(
                    .thresholdVerificationError,
                    "Links '\(names[0])' and '\(names[1])' have different artifacts!")
            }
        }
    }

    /// One link of each step, the first.
    private func reduced(
        _ links: [[(keyID: UTF8Text, link: LinkDocument)]]
    ) throws(ToolError) -> [LinkDocument] {
        var result: [LinkDocument] = []
        for links in links {
            guard let first = links.first else {
                throw ToolError(
                    .stopIteration, "a step of threshold 0 or less for which there is no link")
            }
            result.append(first.link)
        }
        return result
    }

    private func summary(_ links: [LinkDocument], _ name: PythonValue) -> LinkDocument {
        guard let first = links.first, let last = links.last else {
            return LinkDocument(
                name: .null, materials: Artifacts(), products: Artifacts(),
                byproducts: .object([]), command: [])
        }
        return LinkDocument(
            name: name, materials: first.materials, products: last.products,
            byproducts: last.byproducts, command: last.command)
    }
}
