// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Why an ssh-agent gives no signature.
package enum AgentFault: Error, Equatable, Sendable {
    /// SSH_AUTH_SOCK is not set.
    case none
    case unreachable(path: String, SystemReason)
    /// The socket's path is longer than the system takes.
    case longPath(String)
    case silent(Duration)
    /// It closed the connection before its answer was complete.
    case closed
    case tooLong(bytes: Int, maximum: Int)
    /// More to sign than an agent takes.
    case longMessage(bytes: Int, maximum: Int)
    /// A message that breaks off, goes on too long, or has something else in this place.
    case malformed(String)
    /// An answer of another type than asked for.
    case unexpected(type: UInt8)
    /// An agent that is locked lists no keys, as one that has none.
    case noKeys
    case missing(SSHFingerprint, has: [String])
    case refused(KeyUse)
    case forwarded(path: String)
    /// A key of a type whose signatures cannot be used.
    case unsupported(type: String)
    /// A public key that is no sound one.
    case unsound(SSHFingerprint)
}

extension AgentFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .none: "SSH_AUTH_SOCK is not set: no agent runs in this session"
        case .unreachable(let path, let reason): "socket \(quoted(path)): \(reason)"
        case .longPath(let path):
            "socket \(quoted(path)): \(path.utf8.count) bytes of path found, at most 107 expected"
        case .silent(let duration): "no answer within \(duration.words)"
        case .closed: "connection closed in the middle of an answer"
        case .tooLong(let bytes, let maximum):
            "answer of \(bytes) bytes announced, at most \(maximum) expected"
        case .longMessage(let bytes, let maximum):
            "\(bytes) bytes to sign, an agent takes \(maximum); expected another kind of key, or "
                + "targets in more bins"
        case .malformed(let what): "malformed answer: \(what)"
        case .unexpected(let type): "answer of type \(type) found, another expected"
        case .noKeys:
            "no keys found: it is locked (ssh-add -X unlocks it) or has none (ssh-add adds one)"
        case .missing(let fingerprint, let has):
            "key \(fingerprint) not found, it has \(has.joined(separator: ", "))"
        case .refused(let use):
            "signature refused with \(use): not confirmed, no touch in time, or a key "
                + "restricted to logins"
        case .forwarded(let path):
            "socket \(quoted(path)) is forwarded from another machine, where the one you are "
                + "logged in to could sign whatever it likes; sign on the machine that has the "
                + "key, or allow a forwarded agent"
        case .unsupported(let type): "key of type \(quoted(type)): \(AgentFault.reason(type))"
        case .unsound(let fingerprint): "key \(fingerprint) is no sound public key"
        }
    }

    private static func reason(_ type: String) -> String {
        if type.utf8.starts(with: "sk-".utf8) {
            return "a FIDO key signs a message of its own around the data, which TUF has no "
                + "scheme for; the same token may do PIV (pkcs11:)"
        }
        if UTF8Text(type) == "ssh-rsa" {
            return "agents sign with PKCS#1 v1.5 and RSA keys are listed with PSS here; "
                + "expected ed25519, P-256 or P-384, or the key as file: or pkcs11:"
        }
        return "expected ssh-ed25519 or ecdsa-sha2-nistp256, -nistp384 or -nistp521"
    }
}
