// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// Why the repository's state, a role or a target file was not taken.
public enum UpdateError: Error, Equatable, Sendable {
    /// The pinned root is not signed by its own keys, or no root at all.
    case untrustedRoot(SigningError)
    /// A file could not be had.
    case fetch(file: String, FetchError)
    /// The server has no such metadata file.
    case missing(file: String)
    /// Not JSON, or not metadata of the role asked for.
    case malformed(file: String, JSONError)
    case duplicateSignature(file: String, KeyID)
    /// Fewer keys than its threshold signed the file, `by` being who appoints them.
    case unsigned(file: String, by: RoleName, SignatureCount)
    /// The file asked for by version says it is another one.
    case wrongVersion(file: String, found: Int, expected: Int)
    /// An older file than the trusted one (TUF 1.0.34 §5.4.3.1, §5.5.5, §5.6.3).
    case rollback(role: RoleName, offered: Int, trusted: Int)
    /// The snapshot no longer lists a role (TUF 1.0.34 §5.5.5).
    case vanished(role: RoleName)
    case expired(role: RoleName, since: Instant)
    /// Digest or length is not what the file that vouches for it says.
    case wrongDigest(file: String, found: String, expected: String)
    case wrongLength(file: String, found: Int, expected: Int)
    /// A delegated role that the snapshot does not list.
    case notInSnapshot(role: RoleName)
    case tooManyRoots(maximum: Int)
    case tooManyRoles(maximum: Int)
    /// No role that may speak for the path has it.
    case noSuchTarget(TargetPath)
    /// The receiver of a download ended it.
    case sinkRefused(file: String)
    case store(StoreError)
}

extension UpdateError {
    /// An error of ``MetadataSigning`` about a file.
    static func of(_ error: SigningError, file: String, by appointer: RoleName) -> UpdateError {
        switch error {
        case .malformed(let inner): .malformed(file: file, inner)
        case .duplicateSignature(let keyID): .duplicateSignature(file: file, keyID)
        case .threshold(let count): .unsigned(file: file, by: appointer, count)
        default: .malformed(file: file, .mismatch(path: file, found: "\(error)", expected: "TUF"))
        }
    }

    /// Whether it says that the state offered is older than it may be: replayed or frozen.
    public var isStale: Bool {
        switch self {
        case .rollback, .vanished, .expired: true
        default: false
        }
    }

    /// Whether nothing was learned because the repository could not be reached.
    public var isUnreachable: Bool {
        guard case .fetch(_, let error) = self else { return false }
        switch error.reason {
        case .unreachable, .timedOut, .tooSlow, .truncated: return true
        case .status(let code): return code >= 500 || code == 429
        default: return false
        }
    }
}

extension UpdateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .untrustedRoot(let error): "the root to trust is not valid: \(error)"
        case .fetch(let file, let error): "\(file): \(error.reason), at \(error.url)"
        case .missing(let file): "\(file): not on the server"
        case .malformed(let file, let error): "\(file): \(error)"
        case .duplicateSignature(let file, let keyID):
            "\(file): signature of key \(shown(keyID)) stands twice"
        case .unsigned(let file, let appointer, let count):
            "\(file): \(count) by \(appointer)\(words(count.rejected))"
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
        case .noSuchTarget(let path): "\(path): no role that may speak for it has it"
        case .sinkRefused(let file): "\(file): could not be written"
        case .store(let error): "\(error)"
        }
    }

    private func words(_ rejected: [SignatureCount.Rejection]) -> String {
        guard !rejected.isEmpty else { return "" }
        let list = rejected.prefix(3).map { rejection in
            switch rejection.reason {
            case .unknownKey: "\(shown(rejection.keyID)) has no say"
            case .unusableKey: "\(shown(rejection.keyID)) is of an unknown kind"
            case .wrong: "the signature of \(shown(rejection.keyID)) is wrong"
            }
        }
        return "; " + list.joined(separator: ", ")
    }
}
