// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning

/// What became of one step while its chain is verified.
struct StepRecord {
    private struct Entry {
        let keyID: KeyID
        let key: PublicKey
        let file: UTF8Text
        let sha256: String
        let link: Link
        let form: AcceptedLink.Form
    }

    let step: Step
    private let rejected: [RejectedLink]
    private var accepted: [Entry] = []
    private var distinctKeys = 0
    private var materialRules: [RuleOutcome] = []
    private var productRules: [RuleOutcome] = []
    /// That too few links are there; told only if nothing else is wrong.
    var absence: SupplyChainError?

    init(step: Step, rejected: [RejectedLink]) {
        self.step = step
        self.rejected = rejected
    }

    /// The link that stands for all of the step, which agree.
    var link: Link? { accepted.first?.link }

    mutating func accept(_ link: Link, _ form: AcceptedLink.Form, _ signed: LinkSearch.Signed) {
        accepted.append(
            Entry(
                keyID: signed.keyID, key: signed.key, file: signed.file,
                sha256: DigestAlgorithm.sha256.hexDigest(of: signed.bytes), link: link,
                form: form))
    }

    /// Counts the different keys that signed links of the step.
    ///
    /// - Throws: ``SupplyChainError/strangers(step:files:)``, `.invalidLinks`, which say more
    ///   than an absence.
    mutating func count(_ found: LinkSearch.Found) throws(SupplyChainError) {
        distinctKeys = DistinctKeys(accepted.map(\.key)).count
        // A sublayout that itself waits for links may yet count.
        let possible = DistinctKeys(found.signed.map(\.key))
        guard possible.count < step.threshold else { return }
        let signers = accepted.map(\.keyID)
        if rejected.contains(where: { $0.reason != .stranger }) {
            throw .invalidLinks(
                step: step.name, required: step.threshold, accepted: signers,
                rejected: rejected)
        }
        if possible.count == 0, !rejected.isEmpty {
            throw .strangers(step: step.name, files: rejected.map(\.file))
        }
        guard absence == nil else { return }
        let missing = found.missing.filter { !possible.contain($0.key) }
        absence = .missingLinks(
            step: step.name, required: step.threshold, accepted: signers,
            missing: missing.map(\.file))
    }

    /// - Throws: ``SupplyChainError/disagreement(_:)``.
    func checkAgreement(_ trace: inout ChainTrace?) throws(SupplyChainError) {
        guard let first = accepted.first else { return }
        for other in accepted.dropFirst() {
            for list in [ArtifactMatch.List.materials, .products] {
                let left = first.link.artifacts(list)
                let right = other.link.artifacts(list)
                guard let name = left.firstDifference(from: right) else { continue }
                let disagreement = ArtifactDisagreement(
                    step: step.name, list: list, artifact: name,
                    left: .init(
                        keyID: first.keyID, file: first.file, digests: left[name]?.digests),
                    right: .init(
                        keyID: other.keyID, file: other.file, digests: right[name]?.digests))
                trace?.findings = [ArtifactFinding(disagreement)]
                throw .disagreement(disagreement)
            }
        }
    }

    /// Applies the step's rules, unless links that they need are not there.
    ///
    /// - Throws: ``SupplyChainError/ruleBroken(_:)``.
    mutating func applyRules(
        _ links: [UTF8Text: Link], of layout: Layout, _ trace: inout ChainTrace?, at index: Int
    ) throws(SupplyChainError) {
        guard let link else { return }
        for case .match(let match) in step.expectedMaterials + step.expectedProducts {
            if links[match.step] == nil, layout.steps.contains(where: { $0.name == match.step }) {
                return
            }
        }
        let rules = ArtifactRules(links: links)
        let bounds = trace?.bounds
        var materials: ListTrace?
        var products: ListTrace?
        do throws(SupplyChainError) {
            materialRules = try rules.apply(
                step.expectedMaterials, to: .materials, of: link, bounds: bounds, &materials)
            productRules = try rules.apply(
                step.expectedProducts, to: .products, of: link, bounds: bounds, &products)
            trace?.steps[index].took(materials, products)
        } catch {
            trace?.steps[index].took(materials, products)
            trace?.explain(
                error, rulesOf: step.expectedMaterials, step.expectedProducts, link, links)
            throw error
        }
    }

    /// What the search and the count of the step's links came to.
    func note(_ trace: inout StepTrace) {
        trace.accepted = accepted.map {
            StepTrace.Accepted(keyID: $0.keyID, file: $0.file, sha256: $0.sha256)
        }
        trace.distinctKeys = DistinctKeys(accepted.map(\.key)).count
        trace.warnings = warnings
    }

    var report: StepReport {
        StepReport(
            name: step.name, threshold: step.threshold, distinctKeys: distinctKeys,
            accepted: accepted.map {
                AcceptedLink(
                    keyID: $0.keyID, file: $0.file, sha256: $0.sha256, command: $0.link.command,
                    form: $0.form)
            },
            rejected: rejected, warnings: warnings, materials: link?.materials.count ?? 0,
            products: link?.products.count ?? 0, materialRules: materialRules,
            productRules: productRules)
    }

    // A layout that expects no command has nothing to say about one.
    private var warnings: [StepWarning] {
        guard !step.expectedCommand.isEmpty else { return [] }
        return accepted.filter { $0.link.command != step.expectedCommand }.map {
            .command(file: $0.file, found: $0.link.command, expected: step.expectedCommand)
        }
    }
}

extension Link {
    func artifacts(_ list: ArtifactMatch.List) -> Artifacts {
        list == .materials ? materials : products
    }
}
