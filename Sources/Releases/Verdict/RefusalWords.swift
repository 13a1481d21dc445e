// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import TUFClient
import TUFMetadata

extension UpdateError {
    /// What went wrong with the repository's state or a file of it, as a sentence.
    var sentence: String {
        switch self {
        case .noTrustedRoot: "There is no trusted root of this repository to begin with."
        case .untrustedRoot(let error): "The root that was to be trusted is not valid: \(error)."
        case .noMirror: "No address of the repository is known."
        case .fetch(let file, let error): "\(file) could not be had: \(error.reason)."
        case .missing(let file): "The server does not have \(file), which must be there."
        case .notCached(let role, let version):
            "Offline no server is asked, and \(role.shownFile)"
                + (version.map { ", version \($0)," } ?? "") + " was not fetched before."
        case .duplicateSignature: "The repository's state is not valid: \(self)."
        case .unsigned: "A file of the repository is not signed by enough keys: \(self)."
        case .notInSnapshot(let role):
            "The repository's state does not list role \(role), which is to speak for the file."
        case .tooManyRoots(let maximum):
            "The server has more than \(maximum) new versions of root, more than are followed."
        case .tooManyRoles(let maximum):
            "The file's role was not found among the first \(maximum) that were asked."
        case .revoked(let role):
            "Nobody speaks for role \(role) any more: its own keys have ended it."
        case .rotationMissing, .rotationReplaced, .tooManyRotations:
            "The keys of a role were changed in a way that is not followed: \(self)."
        case .notResumable: "The download could not go on from the part at hand: \(self)."
        case .sinkRefused, .store: "Something could not be kept on this machine: \(self)."
        default: "The repository's state is not valid: \(self)."
        }
    }
}

extension UpdateError {
    /// Where a file was asked for.
    var address: String? {
        guard case .fetch(_, let error) = self else { return nil }
        return error.url
    }
}

extension ArtifactRuleViolation {
    /// What the rule does not let pass.
    var sentence: String {
        let names = artifacts.map { $0.isPlain ? $0.string : quoted($0) }
        let more = count - names.count
        let files = more > 0 ? names.joined(separator: ", ") + " and \(more) more" : joined(names)
        let place = "the \(list.word) of \(item.isPlain ? item.string : quoted(item))"
        let rule = "rule \(quoted(self.rule.description))"
        switch kind {
        case .disallowed: return "Nothing allows \(files) among \(place) (\(rule))."
        case .required:
            return "\(files) is not among \(place), or an earlier rule took it (\(rule))."
        case .unmatchable:
            return "\(files) among \(place) cannot be compared, as its name does not survive "
                + "being taken apart (\(rule))."
        }
    }
}

extension UTF8Text {
    fileprivate var isPlain: Bool {
        count <= 200 && utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
    }
}
