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
                code: "E-NO-SUCH-FILE",
                cause: "No repository that was asked offers a file of this name.",
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
                found: count.accepted.isEmpty
                    ? "none" : "\(joined(count.accepted.map(names.name))) only",
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
        case .layoutCount(_, let found):
            self.init(
                code: "E-WRONG-POLICY",
                cause: "The file names \(found == 0 ? "no policy" : "\(found) policies") among its "
                    + "evidence, and must name one.",
                remedy: "The publisher can name the layout that governs the file.",
                next: Refusal.tellPublisher)
        case .ambiguousPath(_, let layout):
            self.init(
                code: "E-WRONG-POLICY",
                cause:
                    "The file's path fits those of the policy \"\(layout)\" in more than one way.",
                remedy: "The publisher can name the layout that governs the file.",
                next: Refusal.tellPublisher)
        case .parameterOfPath(let name, let layout):
            self.init(
                code: "E-PARAMETER", kind: .local,
                cause: "The policy \"\(layout)\" takes \(quoted(name)) from the file's path; "
                    + "a value for it was given besides.",
                remedy: "You can leave the value out.", next: "the same without that --param")
        case .evidenceTwice(let path):
            self.init(
                code: "E-MALFORMED-POLICY", cause: "The file names \(path) as evidence twice.",
                remedy: "The publisher can release the file anew.", next: Refusal.tellPublisher)
        case .malformedPolicy, .malformedLayout, .malformedLayoutKey, .tooMuchEvidence:
            self.init(
                code: "E-MALFORMED-POLICY", cause: "The policy cannot be used: \(error).",
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
                code: "E-STORAGE", kind: .local,
                cause: "Something could not be read or kept on this machine: \(error).",
                remedy: "You can make room or correct the permissions.", next: "then try again")
        }
    }

    static let tellPublisher = "tell the publisher; do not use the file"

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
        case .untrustedRoot:
            self.init(
                code: "E-SIGNATURES", cause: error.sentence,
                remedy: "The publisher can say where the right root file is.",
                next: Refusal.tellPublisher)
        case .unsigned, .duplicateSignature:
            self.init(
                code: "E-SIGNATURES", cause: error.sentence,
                remedy: "The publisher can sign it with the keys that the root names.",
                next: Refusal.tellPublisher)
        case .revoked, .rotationMissing, .rotationReplaced, .tooManyRotations:
            self.init(
                code: "E-SIGNATURES", cause: error.sentence,
                remedy: "The repository's owners can name new keys for the role.",
                next: Refusal.tellPublisher)
        case .notCached:
            self.init(
                code: "E-OFFLINE", kind: .unreachable, cause: error.sentence,
                remedy: "Once online, the same command fetches it.", next: "leave out --offline")
        case .noTrustedRoot:
            self.init(
                code: "E-NO-TRUST", kind: .untrusted, cause: error.sentence,
                remedy: "You can trust the root anew, by its fingerprint.",
                next: "carnet trust remove NAME, then carnet trust add NAME URL --fingerprint HEX")
        case .noMirror:
            self.init(
                code: "E-NO-TRUST", kind: .untrusted, cause: error.sentence,
                remedy: "You can say where the repository is.",
                next: "carnet trust mirrors NAME --add URL")
        case .noSuchTarget:
            self.init(
                code: "E-NO-SUCH-FILE", cause: "\(error)",
                remedy: "Check the path, or ask the publisher.",
                next: "carnet list shows what is offered")
        case .store, .sinkRefused:
            self.init(
                code: "E-STORAGE", kind: .local, cause: error.sentence,
                remedy: "You can make room or correct the permissions.", next: "then try again")
        case .fetch(let file, _) where error.isCancelled:
            self.init(
                code: "E-UNREACHABLE", kind: .unreachable,
                cause: "\(file) was not waited for: the work was ended.",
                remedy: "You can let it finish.", next: "the same command again")
        case .fetch where error.isUnreachable:
            self.init(
                code: "E-UNREACHABLE", kind: .unreachable, cause: error.sentence,
                found: error.address.map { "no answer that can be used from \($0)" },
                remedy: "You can check the network and the repository's address; if they are "
                    + "right, the server's operator can mend it.",
                next: "try again; carnet trust list shows where it should be")
        case .fetch:
            self.init(
                code: "E-REPOSITORY", cause: error.sentence,
                found: error.address.map { "that answer from \($0)" },
                remedy: "The server's operator can mend it, or the address has changed.",
                next: "carnet trust list shows the address; ask the publisher if it is right")
        case .notResumable:
            self.init(
                code: "E-REPOSITORY", cause: error.sentence,
                remedy: "You can begin the download anew.", next: "the same command again")
        default:
            self.init(
                code: "E-REPOSITORY", cause: error.sentence,
                remedy: "The publisher can sign and serve a valid state.",
                next: Refusal.tellPublisher)
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
}
