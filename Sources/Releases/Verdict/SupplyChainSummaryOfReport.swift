// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import TUFMetadata

extension SupplyChainSummary {
    /// The report of a verification, with names in place of key ids.
    init(
        _ report: SupplyChainReport, _ policy: PolicySummary, productOf: UTF8Text?,
        names: NameBook, explanation: Explanation?
    ) {
        self.init(
            policy: policy, productOf: (productOf ?? report.steps.last?.name ?? "").string,
            steps: report.steps.map { Step($0, names) },
            inspections: report.inspections.map(Inspection.init), explanation: explanation)
    }
}

extension PolicySummary {
    /// The policy of a repository.
    init(
        _ target: LayoutTarget, _ signed: LayoutSearch.Signed, _ parameters: [String: String],
        role: RoleName
    ) {
        self.init(
            name: target.name, path: target.file.path, sha256: signed.digest,
            signers: signed.layout.signers.map { .init(name: signed.names.name($0), keyID: $0) },
            required: target.threshold, possible: signed.possible,
            expires: signed.layout.document.expires, parameters: parameters, role: role)
    }
}

extension SupplyChainSummary.Inspection {
    fileprivate init(_ report: InspectionReport) {
        let manner: Manner =
            switch report.manner {
            case .builtIn: .builtIn
            case .sandboxed: .sandboxed
            case .unsandboxed: .unsandboxed
            }
        self.init(
            name: report.name.string,
            command: report.command.map(\.string).joined(separator: " "), manner: manner)
    }
}

extension SupplyChainSummary.Step {
    fileprivate init(_ report: StepReport, _ names: NameBook) {
        var seen: Set<String> = []
        let actors = report.accepted.compactMap { link -> SupplyChainSummary.Actor? in
            let name = names.name(link.keyID)
            return seen.insert(name).inserted ? .init(name: name, keyID: link.keyID) : nil
        }
        self.init(
            name: report.name.string, threshold: report.threshold, accepted: actors,
            rejected: report.rejected.map(\.description),
            warnings: report.warnings.map { $0.words(names) },
            materials: report.materials, products: report.products)
    }
}

extension StepWarning {
    /// The warning with names in place of key ids.
    func words(_ names: NameBook) -> String {
        switch self {
        case .command(let file, let found, let expected):
            let who = names.author(ofLink: file)
            if found.isEmpty {
                return "\(who) recorded around the work, so the command is not known"
            }
            return "\(who) ran \(StepWarning.line(found)) where the policy expects "
                + StepWarning.line(expected)
        }
    }

    private static func line(_ command: [UTF8Text]) -> String {
        quoted(command.map(\.string).joined(separator: " "))
    }
}
