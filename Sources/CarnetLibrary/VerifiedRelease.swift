// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import TUFClient
import TUFMetadata

/// A file that was verified, and what vouches for it.
public struct VerifiedRelease: Sendable {
    /// Path in the repository.
    public let path: String
    /// SHA-256 in hexadecimal digits, if the repository lists it.
    public let sha256: String?
    /// Who did what, in words, several lines; the first begins with `VERIFIED`.
    public let report: String
    /// The same for programs: JSON of the form `carnet/verdict/v1`.
    public let json: [UInt8]

    /// - Throws: ``ReleasesError/refused(_:)`` unless the verdict is that the file is verified.
    static func of(_ verdict: Verdict) throws(ReleasesError) -> VerifiedRelease {
        guard verdict.isVerified else { throw .refused(ReleaseRefusal(verdict)) }
        return VerifiedRelease(
            path: verdict.path, sha256: verdict.sha256, report: verdict.text,
            json: verdict.json.compactBytes())
    }
}

/// Why a file is not to be used.
public struct ReleaseRefusal: Sendable {
    /// What kind of refusal it is.
    public enum Kind: Sendable {
        /// Something is there that must not be so: an attack or a serious mistake.
        case contradiction
        /// Evidence is not there, or not yet.
        case absence
        /// The repository's state is older than what is known, or expired.
        case stale
        /// Nothing could be learned.
        case unreachable
    }

    public let kind: Kind
    /// Stable name of the cause, such as `E-ROLLBACK`.
    public let code: String
    /// One sentence.
    public let cause: String
    /// Who can mend it, and how.
    public let remedy: String
    /// All of it in words, several lines.
    public let report: String
    /// The same for programs: JSON of the form `carnet/verdict/v1`.
    public let json: [UInt8]

    init(_ verdict: Verdict) {
        let refusal = verdict.refusal
        switch refusal?.kind {
        case .absence: kind = .absence
        case .stale: kind = .stale
        case .unreachable, .local: kind = .unreachable
        case .contradiction, .untrusted, nil: kind = .contradiction
        }
        code = refusal?.code ?? "E-NO-ANSWER"
        cause = refusal?.cause ?? "Nothing was found that vouches for the file."
        remedy = refusal?.remedy ?? ""
        report = verdict.text
        json = verdict.json.compactBytes()
    }
}

/// A file that a repository offers.
public struct OfferedRelease: Sendable, Equatable {
    public let path: String
    /// Bytes.
    public let length: Int
    public let sha256: String?
    /// The roles that vouch for it, from top-level targets down.
    public let roles: [String]

    init(_ found: FoundTarget) {
        path = found.file.path.string
        length = found.file.length
        sha256 = found.file.hashes[.sha256]
        roles = found.chain.map(\.text.string)
    }
}

/// Why there is no verified file.
public enum ReleasesError: Error, Sendable {
    /// The file, or the repository's state, is not verified.
    case refused(ReleaseRefusal)
    /// The root, a place or a path is not one.
    case invalid(String)
    /// A file of this machine could not be read or written.
    case storage(String)

    init(_ error: TrustError) {
        switch error {
        case .storage(let inner): self = .storage("\(inner)")
        default: self = .invalid("\(error)")
        }
    }
}

extension ReleasesError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .refused(let refusal): "\(refusal.code): \(refusal.cause)"
        case .invalid(let words), .storage(let words): words
        }
    }
}
