// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoVerification
import MetadataSigning

extension Refusal {
    /// What a person is told of a chain that does not hold.
    init(_ error: SupplyChainError, layout: String, _ names: NameBook) {
        switch error {
        case .missingLinks(let step, let required, let accepted, let missing):
            let authors = joined(missing.map(names.author), "or")
            self.init(
                code: "E-STEP-THRESHOLD", kind: .absence,
                cause: required == 1
                    ? "The policy \"\(layout)\" wants step \(step) done; no evidence of it was found."
                    : "The policy \"\(layout)\" wants step \(step) done by \(required) "
                        + "independently; evidence of \(accepted.count) of the \(required) was found.",
                expected: required == 1
                    ? "a link of step \(step)"
                    : "links of step \(step) by \(required) different functionaries",
                found: accepted.isEmpty ? "none" : "\(names.names(accepted)) only",
                remedy: "Missing: \(authors). This usually means \"not done yet\"; it is not "
                    + "evidence of tampering.", next: "try later, or ask the publisher")
        case .strangers(let step, let files):
            self.init(
                code: "E-STRANGER",
                cause: "Step \(step) was signed only by somebody whom the policy \"\(layout)\" "
                    + "does not allow to do it.",
                expected: "a link of step \(step) by somebody the policy names",
                found: "a link by \(joined(files.map(names.author))), who is not among them",
                remedy: "Somebody the policy names can do the step.", next: Refusal.tellPublisher)
        case .invalidLinks(let step, let required, let accepted, let rejected)
        where rejected.contains(where: \.isRevoked):
            let gone = rejected.filter(\.isRevoked)
            let words = gone.compactMap { link -> String? in
                guard case .revoked(let words) = link.reason else { return nil }
                return "the key of \(names.author(ofLink: link.file)) \(words)"
            }
            self.init(
                code: "E-REVOKED",
                cause: "Evidence of step \(step) counts no more: \(joined(words)).",
                expected: "links of step \(step) by \(required) different functionaries",
                found: accepted.isEmpty ? "none that counts" : "\(names.names(accepted)) only",
                remedy: "The publisher can release the file with evidence by others, or its "
                    + "owners vouch for this very link: carnet revoke --keep.",
                next: Refusal.tellPublisher)
        case .invalidLinks(let step, let required, let accepted, let rejected):
            self.init(
                code: "E-SUPPLY-CHAIN",
                cause: "Evidence of step \(step) is not valid: "
                    + "\(joined(rejected.map(\.description))).",
                expected: required == 1
                    ? "a link of step \(step)"
                    : "links of step \(step) by \(required) different functionaries",
                found: accepted.isEmpty ? "none that counts" : "\(names.names(accepted)) only",
                remedy: "Whoever did the step can do it again and sign it.",
                next: Refusal.tellPublisher)
        case .malformedLink(let file, _), .linkDeviates(let file, _),
            .linkOfAnotherStep(let file, _, _):
            self.init(
                code: "E-SUPPLY-CHAIN", cause: "Evidence is not as it must be: \(error).",
                remedy: "\(names.author(ofLink: file)) can do the step again and sign it.",
                next: Refusal.tellPublisher)
        case .parameter(.missing(let name, _)):
            self.init(
                code: "E-SUPPLY-CHAIN",
                cause: "The evidence does not meet the policy \"\(layout)\": \(error).",
                remedy: "You can give the value, or the policy's owners say which paths give it.",
                next: "the same command with --param \(name)=VALUE")
        case .parameter(.name), .parameter(.value):
            self.init(
                code: "E-SUPPLY-CHAIN",
                cause: "The policy \"\(layout)\" cannot be applied: \(error).",
                remedy: "You can give a name and a value that it takes.",
                next: "the same command with --param NAME=VALUE")
        case .layout, .parameter(.syntax), .nestedTooDeeply:
            self.init(
                code: "E-SUPPLY-CHAIN",
                cause: "The policy \"\(layout)\" cannot be used: \(error).",
                remedy: "Its owners can publish one that can.", next: Refusal.tellPublisher)
        case .disagreement(let disagreement):
            self.init(
                code: "E-DISAGREEMENT",
                cause: "\(names.disagreement(disagreement)): their results of step "
                    + "\(disagreement.step) differ.",
                expected: "the same files from everybody who did step \(disagreement.step)",
                found: names.difference(disagreement),
                remedy: "Whoever did the step can find out whose machine went wrong.",
                next: Refusal.tellPublisher)
        case .sublayout(let file, let inner):
            // A functionary's own layout is a policy of its own, with the same ways to fail.
            let author = names.author(ofLink: file)
            self.init(inner, layout: "\(layout), the part of \(author)", names)
        case .expired(let expires, _):
            self.init(
                code: "E-LAYOUT-EXPIRED", kind: .stale,
                cause: "The policy \"\(layout)\" expired at \(expires).",
                remedy: "Its owners can sign it anew.", next: "try later, or ask the publisher")
        case .product(.notGiven):
            self.init(
                code: "E-NO-PRODUCT", kind: .absence,
                cause: "The steps hold by the policy \"\(layout)\", but no file was given that "
                    + "they could vouch for.",
                remedy: "You can name the file that the chain has made.",
                next: "the same command with --product FILE")
        case .product(let fault):
            self.init(
                code: "E-PRODUCT",
                cause: "The file is not what its supply chain made: \(fault).",
                remedy: "The publisher can release the file that was built.",
                next: Refusal.tellPublisher)
        case .ruleBroken(let violation):
            self.init(
                code: "E-RULE",
                cause: "A rule of the policy \"\(layout)\" is broken. \(violation.sentence)",
                remedy: "Whoever did the step can explain the files, or do it again.",
                next: "do not use the file; tell the publisher what carnet explain shows")
        case .inspectionRefused(let name, _):
            self.init(
                code: "E-INSPECTION",
                cause:
                    "The policy \"\(layout)\" wants the file looked into by a command: \(error).",
                remedy: "You can allow its command, or the policy's owners leave it out.",
                next: "carnet get --allow-inspection \(quoted(name)), if you trust the command")
        case .inspectionFailed(_, .notConfined), .inspectionFailed(_, .notStarted):
            self.init(
                code: "E-INSPECTION",
                cause:
                    "A check that the policy \"\(layout)\" wants could not be done here: \(error).",
                remedy: "You can install what it needs on this machine, such as bubblewrap.",
                next: "then the same command again")
        case .inspectionFailed:
            self.init(
                code: "E-INSPECTION",
                cause:
                    "The file does not pass a check that the policy \"\(layout)\" wants: \(error).",
                remedy: "The publisher can look into what the inspection says.",
                next: Refusal.tellPublisher)
        }
    }
}
