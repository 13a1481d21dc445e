// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

extension UpdateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noTrustedRoot: "root.json: no trusted root is there to begin with"
        case .untrustedRoot(let error): "the root to trust is not valid: \(error)"
        case .noMirror: "no address of the repository is known"
        case .fetch(let file, let error): "\(file): \(error.reason), at \(error.url)"
        case .missing(let file): "\(file): not on the server"
        case .notCached(let role, let version?):
            "\(role.shownFile): version \(version) is not in the cache"
        case .notCached(let role, nil): "\(role.shownFile): not in the cache"
        case .malformed(let file, let error): "\(file): \(error)"
        case .duplicateSignature(let file, let keyID):
            "\(file): signature of key \(shown(keyID)) stands twice"
        case .unsigned(let file, let appointer, let count, let missing):
            "\(file): \(count) by \(appointer)\(signatures(count, missing))"
        case .wrongVersion(let file, let found, let expected):
            "\(file): version \(found) found, version \(expected) expected"
        case .rollback(let role, let offered, let trusted):
            "\(role.shownFile): version \(offered) offered, version \(trusted) already trusted"
        case .vanished(let role): "snapshot.json: \(role) missing, it was listed before"
        case .expired(let role, let since): "\(role.shownFile): expired since \(since)"
        case .wrongDigest(let file, let found, let expected):
            "\(file): digest \(found) found, \(expected) expected"
        case .wrongLength(let file, let found, let expected):
            "\(file): \(found) bytes found, \(expected) expected"
        case .notInSnapshot(let role): "\(role.shownFile): not listed in the snapshot"
        case .tooManyRoots(let maximum): "more than \(maximum) new root versions on the server"
        case .tooManyRoles(let maximum): "more than \(maximum) roles to search"
        case .revoked(let role): "\(role.shownFile): the role was ended by its own keys"
        case .rotationMissing(let file): "\(file): not listed in the snapshot, but its successor"
        case .rotationReplaced(let file):
            "\(file): another rotation of keys than the one followed before"
        case .tooManyRotations(let role, let maximum):
            "\(role.shownFile): keys rotated more than \(maximum) times"
        case .noSuchTarget(let path): "\(path): no role that may speak for it has it"
        case .notResumable(let file, let failure): "\(file): cannot be continued, \(failure)"
        case .sinkRefused(let file): "\(file): could not be written"
        case .store(let error): "\(error)"
        }
    }

    /// Who signed, whose signature did not count and why, and who did not sign.
    private func signatures(_ count: SignatureCount, _ missing: [KeyID]) -> String {
        var words = ""
        if !count.accepted.isEmpty && !missing.isEmpty {
            words += " (\(list(count.accepted.map(shown))))"
        }
        if !count.rejected.isEmpty { words += "; \(list(count.rejected.map(rejection)))" }
        let wrong = Set(count.rejected.map(\.keyID))
        let silent = missing.filter { !wrong.contains($0) }
        if !silent.isEmpty { words += "; \(list(silent.map(shown))) did not sign" }
        return words
    }

    private func rejection(_ rejection: SignatureCount.Rejection) -> String {
        switch rejection.reason {
        case .unknownKey: "\(shown(rejection.keyID)) has no say"
        case .unusableKey: "\(shown(rejection.keyID)) is of an unknown kind"
        case .wrong: "the signature of \(shown(rejection.keyID)) is wrong"
        case .ended(let end): "\(shown(rejection.keyID)) \(end)"
        }
    }

    /// The first three, for a file may name any number.
    private func list(_ words: [String]) -> String {
        let rest = words.count - 3
        return words.prefix(3).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    /// What to do about it, in one line.
    public var hint: String {
        switch self {
        case .noTrustedRoot, .untrustedRoot:
            "trust the repository by a root that its publisher gives you by another way"
        case .noMirror: "give the address at which the repository is served"
        case .fetch where isCancelled: "run it again when you like; what was verified is kept"
        case .fetch(_, let error): hint(error.reason)
        case .missing: "the address may be wrong, or the mirror incomplete: try another one"
        case .notCached: "run it once with a network, so that the cache gets what is missing"
        case .malformed, .wrongVersion, .wrongDigest, .wrongLength:
            "the server does not have the signed file: try another mirror, or tell its operator"
        case .duplicateSignature, .unsigned:
            "do not use the repository until its publisher has the file signed by enough keys"
        case .rollback, .vanished:
            "try another mirror, or later; if it stays so, tell the publisher: it may be an attack"
        case .expired:
            "check this machine's clock, then try another mirror; only the publisher can renew it"
        case .notInSnapshot, .rotationMissing, .rotationReplaced:
            "tell the publisher: the repository's files do not fit together"
        case .tooManyRoots: "run it again: what was verified is kept, the next run goes on there"
        case .tooManyRoles, .tooManyRotations:
            "raise the limit if you expect so many, or tell the publisher"
        case .revoked: "ask the publisher who speaks for these files now"
        case .noSuchTarget: "check the path, or list what the repository offers"
        case .notResumable: "discard what was downloaded before and begin anew"
        case .sinkRefused, .store: "make room or correct the permissions, then try again"
        }
    }

    private func hint(_ reason: FetchError.Reason) -> String {
        switch reason {
        case .tooLarge: "raise the limit if you expect such a file, or try another mirror"
        case .redirectRefused, .schemeRefused:
            "give the address that the server redirects to, if you trust it"
        case .status(401), .status(403), .status(407):
            "the server wants credentials, or does not allow this address"
        default: "check the network and the address, then try again or at another mirror"
        }
    }
}

extension ResumeFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .rangeRefused(let words): "the server gives no part of it: \(words)"
        case .wrongDigest(let found, let expected):
            "digest \(found) found, \(expected) expected"
        case .wrongLength(let found, let expected):
            "\(found) bytes found, \(expected) expected"
        }
    }
}
