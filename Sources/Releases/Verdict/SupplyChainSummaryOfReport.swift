// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoVerification
import MetadataSigning
import TUFMetadata

extension SupplyChainSummary {
    /// The report of a verification, with names in place of key ids.
    init(
        _ report: SupplyChainReport, _ layout: LayoutTarget, policyDigest: String,
        names: NameBook, possible: Int, parameters: [String: String], role: RoleName
    ) {
        self.init(
            policy: layout.name, policyPath: layout.file.path, policyDigest: policyDigest,
            signers: report.layoutSigners.map { Actor(name: names.name($0), keyID: $0) },
            signersRequired: layout.threshold, signersPossible: possible,
            expires: report.expires, parameters: parameters,
            productOf: (layout.productOf ?? report.steps.last?.name ?? "").string,
            steps: report.steps.map { Step($0, names) },
            inspections: report.inspections.map(Inspection.init), role: role)
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
            warnings: report.warnings.map { Self.words($0, names) },
            materials: report.materials, products: report.products)
    }

    private static func words(_ warning: StepWarning, _ names: NameBook) -> String {
        switch warning {
        case .command(let file, let found, let expected):
            let who = names.author(ofLink: file)
            if found.isEmpty {
                return "\(who) recorded around the work, so the command is not known"
            }
            return "\(who) ran \(line(found)) where the policy expects \(line(expected))"
        }
    }

    private static func line(_ command: [UTF8Text]) -> String {
        quoted(command.map(\.string).joined(separator: " "))
    }
}
