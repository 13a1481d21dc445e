// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// Why the repository's state, a role or a target file was not taken.
public enum UpdateError: Error, Equatable, Sendable {
    /// The client has no root to begin with.
    case noTrustedRoot
    /// The pinned root is not signed by its own keys, or no root at all.
    case untrustedRoot(SigningError)
    /// The client knows no place to ask.
    case noMirror
    /// A file could not be had.
    case fetch(file: String, FetchError)
    /// The server has no such metadata file.
    case missing(file: String)
    /// The store alone was asked and does not hold what is needed; the version is known where
    /// another file names it.
    case notCached(role: RoleName, version: Int?)
    /// Not JSON, or not metadata of the role asked for.
    case malformed(file: String, JSONError)
    case duplicateSignature(file: String, KeyID)
    /// Fewer keys than its threshold signed the file, `by` being who appoints them.
    /// `missing`: one id for each different usable key that could have signed and did not.
    case unsigned(file: String, by: RoleName, SignatureCount, missing: [KeyID] = [])
    /// The file asked for by version says it is another one.
    case wrongVersion(file: String, found: Int, expected: Int)
    /// An older file than the trusted one (TUF 1.0.34 §5.4.3.1, §5.4.3.2, §5.5.5).
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
    /// The role's own keys declared that nobody speaks for it any more (TAP 20).
    case revoked(role: RoleName)
    /// A rotation of keys that must be followed is not listed (TAP 8).
    case rotationMissing(file: String)
    /// A rotation of keys is another one than the client followed before (TAP 8).
    case rotationReplaced(file: String)
    case tooManyRotations(role: RoleName, maximum: Int)
    /// No role that may speak for the path has it.
    case noSuchTarget(TargetPath)
    /// What was downloaded before is of no use: discard it and begin anew.
    case notResumable(file: String, ResumeFailure)
    /// The receiver of a download ended it.
    case sinkRefused(file: String)
    case store(StoreError)
}

/// Why a download cannot be continued from the bytes at hand.
public enum ResumeFailure: Error, Equatable, Sendable {
    /// No server gives a part of the file; its words.
    case rangeRefused(String)
    /// The bytes at hand and those that came after are not the file.
    case wrongDigest(found: String, expected: String)
    case wrongLength(found: Int, expected: Int)
}

extension UpdateError {
    /// An error of ``MetadataSigning`` about a file.
    ///
    /// - Parameter authority: whose signatures were counted.
    static func of(
        _ error: SigningError, file: String, by appointer: RoleName, _ authority: Authority?
    ) -> UpdateError {
        switch error {
        case .malformed(let inner): .malformed(file: file, inner)
        case .duplicateSignature(let keyID): .duplicateSignature(file: file, keyID)
        case .threshold(let count):
            .unsigned(
                file: file, by: appointer, count, missing: authority?.keys(missingIn: count) ?? [])
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

    /// Whether whoever asked gave up before the answer came.
    public var isCancelled: Bool {
        guard case .fetch(_, let error) = self else { return false }
        return error.reason == .cancelled
    }
}

extension Authority {
    /// One id for each different usable key that is not among those counted.
    fileprivate func keys(missingIn count: SignatureCount) -> [KeyID] {
        let accepted = Set(count.accepted)
        var seen = Set(
            entries.filter { !accepted.isDisjoint(with: $0.ids) }.compactMap(\.key.material))
        return entries.compactMap { entry in
            guard let material = entry.key.material, seen.insert(material).inserted else {
                return nil
            }
            return entry.ids.first
        }
    }
}
