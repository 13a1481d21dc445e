// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoVerification
import MetadataSigning
public import TUFClient
import TUFMetadata

extension Refusal {
    /// What a person is told of an error.
    ///
    /// - Parameter names: from the layout's target, as far as it came to be read.
    public init(_ error: ReleaseError, names: NameBook = NameBook()) {
        switch error {
        case .supplyChain(let layout, let error): self.init(error, layout: layout, names)
        case .noSuchFile(let path), .update(.noSuchTarget(let path)):
            self.init(
                code: "E-NO-SUCH-FILE", cause: "The repository does not offer \(path).",
                remedy: "Check the path, or ask the publisher.",
                next: "carnet list shows what is offered")
        case .unknownFile(_, let sha256, let offered) where !offered.isEmpty:
            self.init(
                code: "E-BYTES",
                cause: "This is not the file that the repository offers under this name.",
                expected: "the bytes of \(joined(offered, "or"))", found: "sha256 \(sha256)",
                remedy: "Whoever gave you the file can say where it comes from.",
                next: "do not use it; carnet get fetches the real one")
        case .unknownFile:
            self.init(
                code: "E-NO-SUCH-FILE", cause: error.description,
                remedy: "Check the file's name, or ask the publisher.",
                next: "carnet list shows what is offered")
        case .update(let error): self.init(error)
        case .noPolicy:
            self.init(
                code: "E-NO-POLICY", kind: .absence,
                cause: "No policy of the repository says how this file must have been made.",
                remedy: "The publisher can add a layout that governs the file.",
                next: Refusal.tellPublisher)
        case .noEvidence(_, let layouts):
            self.init(
                code: "E-EVIDENCE-MISSING", kind: .absence,
                cause: "The policy \(joined(layouts.map { "\"\($0)\"" }, "or")) governs this file, "
                    + "but no evidence of how it was made comes with it.",
                remedy: "The publisher can release the file together with its links.",
                next: "try later, or ask the publisher")
        case .evidenceNotPublished(let path):
            self.init(
                code: "E-EVIDENCE-MISSING", kind: .absence,
                cause: "Evidence that belongs to the file is not published: \(path).",
                remedy: "The publisher can release the file together with its links.",
                next: "try later, or ask the publisher")
        case .layoutUnsigned(let layout, let count, let mayStillSign):
            self.init(
                code: "E-LAYOUT-SIGNATURES",
                cause: "The policy \"\(layout)\" is not signed by enough of its owners: "
                    + "signed by \(count.accepted.count) of the \(count.required) required.",
                expected: "signatures of \(count.required) different owners",
                found: "\(joined(count.accepted.map(names.name))) only",
                remedy: mayStillSign.isEmpty
                    ? "The repository's owners can publish a policy that is fully signed."
                    : "\(joined(mayStillSign.map(names.name), "or")) can sign it.",
                next: Refusal.tellPublisher)
        case .layoutDoesNotGovern(let layout, _):
            self.init(
                code: "E-WRONG-POLICY",
                cause: "The file comes with the policy \"\(layout)\", which does not govern it.",
                remedy: "The publisher can name the policy that does.",
                next: Refusal.tellPublisher)
        case .policyFromWrongRole(let path, let found, let expected):
            self.init(
                code: "E-WRONG-POLICY",
                cause: "\(path) was published by role \(found), which may not make policy.",
                expected: "published by role \(expected)",
                remedy: "The repository's owners can publish it.", next: Refusal.tellPublisher)
        case .layoutCount, .ambiguousPath:
            self.init(
                code: "E-WRONG-POLICY", cause: error.description,
                remedy: "The publisher can name the layout that governs the file.",
                next: Refusal.tellPublisher)
        case .parameterOfPath(let name, let layout):
            self.init(
                code: "E-PARAMETER", kind: .local,
                cause: "The policy \"\(layout)\" takes \(quoted(name)) from the file's path; "
                    + "a value for it was given besides.",
                remedy: "You can leave the value out.", next: "the same without that --param")
        case .malformedPolicy, .malformedLayout, .malformedLayoutKey, .tooMuchEvidence,
            .evidenceTwice:
            self.init(
                code: "E-MALFORMED-POLICY", cause: error.description,
                remedy: "The repository's owners can publish it correctly.",
                next: Refusal.tellPublisher)
        case .offline(let file):
            self.init(
                code: "E-OFFLINE", kind: .unreachable,
                cause: "Offline no server is asked, and \(file) was not fetched before.",
                remedy: "Once online, the same command fetches it.",
                next: "leave out --offline")
        case .storage:
            self.init(
                code: "E-STORAGE", kind: .local, cause: error.description,
                remedy: "Make room or correct the permissions.", next: "then try again")
        }
    }

    fileprivate static let tellPublisher = "tell the publisher; do not use the file"

    // MARK: the repository

    /// What a person is told when the repository's state or a file of it is not taken.
    public init(_ error: UpdateError) {
        switch error {
        case .rollback(let role, let offered, let trusted):
            self.init(
                code: "E-ROLLBACK", kind: .stale,
                cause: "The server offers an older state than this client has already seen: "
                    + "\(error).",
                expected: "\(role.shownFile) version \(trusted) or newer",
                found: "version \(offered), which is older",
                remedy: "The server's operator can serve the newest state; a replayed old state "
                    + "may be an attack.", next: "try another mirror, or later")
        case .vanished, .expired:
            self.init(
                code: "E-STALE", kind: .stale, cause: Refusal.stale(error),
                remedy: "The publisher can sign the repository anew; a server that keeps new "
                    + "files back may be an attack.", next: "try another mirror, or later")
        case .wrongDigest(let file, let found, let expected):
            self.init(
                code: "E-BYTES", cause: "The server's \(file) is not the file that was signed.",
                expected: "sha256 \(expected)", found: "sha256 \(found)",
                remedy: "The server's operator can restore the signed file.",
                next: Refusal.tellPublisher)
        case .wrongLength(let file, let found, let expected):
            self.init(
                code: "E-BYTES", cause: "The server's \(file) is not the file that was signed.",
                expected: "\(expected) bytes",
                found: found > expected ? "more than that" : "\(found) bytes",
                remedy: "The server's operator can restore the signed file.",
                next: Refusal.tellPublisher)
        case .unsigned, .untrustedRoot, .duplicateSignature:
            self.init(
                code: "E-SIGNATURES", cause: "\(error)",
                remedy: "The publisher can sign it with the keys that the root names.",
                next: Refusal.tellPublisher)
        case .revoked, .rotationMissing, .rotationReplaced, .tooManyRotations:
            self.init(
                code: "E-SIGNATURES", cause: "\(error)",
                remedy: "The repository's owners can name new keys for the role.",
                next: Refusal.tellPublisher)
        case .notCached:
            self.init(
                code: "E-OFFLINE", kind: .unreachable, cause: "\(error)",
                remedy: "Once online, the same command fetches it.", next: "leave out --offline")
        case .noTrustedRoot:
            self.init(
                code: "E-NO-TRUST", kind: .untrusted, cause: "\(error)",
                remedy: "The root can be trusted anew, by its fingerprint.",
                next: "carnet trust remove NAME, then carnet trust add")
        case .noSuchTarget:
            self.init(
                code: "E-NO-SUCH-FILE", cause: "\(error)",
                remedy: "Check the path, or ask the publisher.",
                next: "carnet list shows what is offered")
        case .store, .sinkRefused:
            self.init(
                code: "E-STORAGE", kind: .local, cause: "\(error)",
                remedy: "Make room or correct the permissions.", next: "then try again")
        case .fetch where error.isUnreachable:
            self.init(
                code: "E-UNREACHABLE", kind: .unreachable, cause: "\(error)",
                remedy: "Check the network and the repository's address.",
                next: "try again; carnet trust list shows where it should be")
        default:
            self.init(
                code: "E-REPOSITORY", cause: "\(error)",
                remedy: "The repository's operator can mend it.", next: Refusal.tellPublisher)
        }
    }

    private static func stale(_ error: UpdateError) -> String {
        switch error {
        case .expired(let role, let since):
            "The repository's state is out of date: \(role.shownFile) expired at \(since)."
        case .vanished(let role):
            "The newest state no longer lists role \(role), which was there before."
        default: error.description
        }
    }

    // MARK: the supply chain

    private init(_ error: SupplyChainError, layout: String, _ names: NameBook) {
        switch error {
        case .missingLinks(let step, let required, let accepted, let missing):
            let authors = joined(missing.map(names.author), "or")
            self.init(
                code: "E-STEP-THRESHOLD", kind: .absence,
                cause: "The policy \"\(layout)\" wants step \(step) done by \(required) "
                    + "independently; evidence of \(accepted.count) of the \(required) was found.",
                expected: "links of step \(step) by \(required) different functionaries",
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
                cause: "A rule of the policy \"\(layout)\" is broken: \(violation).",
                remedy: "Whoever did the step can explain the files, or do it again.",
                next: Refusal.tellPublisher)
        case .inspectionRefused(let name, _):
            self.init(
                code: "E-INSPECTION", cause: "\(error).",
                remedy: "You can allow its command, or the policy's owners leave it out.",
                next: "carnet get --allow-inspection \(quoted(name)), if you trust the command")
        case .inspectionFailed:
            self.init(
                code: "E-INSPECTION", cause: "\(error).",
                remedy: "The publisher can look into what the inspection says.",
                next: Refusal.tellPublisher)
        default:
            self.init(
                code: "E-SUPPLY-CHAIN", kind: error.isAbsence ? .absence : .contradiction,
                cause: "The evidence does not meet the policy \"\(layout)\": \(error).",
                remedy: "The publisher can release the file with evidence that does.",
                next: Refusal.tellPublisher)
        }
    }
}
