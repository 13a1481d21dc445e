// SPDX-License-Identifier: Apache-2.0

/// A digest that a link may record of a file, by the name it has there.
///
/// Python's in-toto 3.1.0 and in-toto-golang record SHA-256 alone, and read any set; two files
/// are the same to them only if the whole sets are equal.
public enum ArtifactDigest: String, Sendable, CaseIterable {
    case sha256, sha384, sha512
    /// What Git calls a file by: SHA-1 over `blob`, its length and its content.
    case gitoidSHA1 = "gitoid:blob:sha1"
    /// The same with SHA-256, as in repositories of that kind.
    case gitoidSHA256 = "gitoid:blob:sha256"

    /// Length in bytes.
    var byteCount: Int {
        switch self {
        case .sha256, .gitoidSHA256: 32
        case .sha384: 48
        case .sha512: 64
        case .gitoidSHA1: 20
        }
    }

    /// Whether it is one of a file's content as it lies there, under a header with its length.
    var isGitoid: Bool { self == .gitoidSHA1 || self == .gitoidSHA256 }
}

/// The digests that are taken of each file, and where each lies in a row of bytes.
struct DigestSet: Sendable, Equatable {
    /// Sorted by name.
    let members: [ArtifactDigest]
    /// Length of all together.
    let byteCount: Int

    /// - Parameter wanted: SHA-256 is taken in any case.
    init(_ wanted: [ArtifactDigest]) {
        members = Set(wanted + [.sha256]).sorted {
            $0.rawValue.utf8.lexicographicallyPrecedes($1.rawValue.utf8)
        }
        byteCount = members.reduce(0) { $0 + $1.byteCount }
    }

    func contains(_ digest: ArtifactDigest) -> Bool { members.contains(digest) }

    /// Where a member lies in the row; it must be one.
    func range(of digest: ArtifactDigest) -> Range<Int> {
        let start = members.prefix { $0 != digest }.reduce(0) { $0 + $1.byteCount }
        return start..<start + digest.byteCount
    }
}
