// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// Why a repository of one's own could not be read or changed.
public enum RepositoryError: Error, Equatable, Sendable {
    /// The folder holds no repository.
    case noRepository(path: String)
    case missing(file: String)
    /// Not JSON, not metadata of its role, or not signed by those who must.
    case invalid(file: String, SigningError)
    case noRole(RoleName)
    /// The path is not one that the role may speak for.
    case outsideDelegation(TargetPath, role: RoleName, patterns: [String])
    /// Too few of a role's private keys are at hand; `missing` names holders and key ids.
    case keysMissing(role: RoleName, required: Int, available: Int, missing: [String])
    case key(name: String, SigningError)
    /// The role does not list the file.
    case noFile(TargetPath, role: RoleName)
    /// Top-level targets delegates, but not this path.
    case notDelegated(TargetPath)
    /// Other bytes are offered under this path.
    case listedBefore(TargetPath, sha256: String)
    /// The change cannot be made as it was asked for; what was found and what is expected.
    case senseless(String)
    /// A signing event that cannot be used; what to do about it.
    case event(file: String, String)
    case storage(path: String, reason: String)
}

extension RepositoryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noRepository(let path):
            "\(path): no repository found, expected metadata/1.root.json in it"
        case .missing(let file): "\(file): missing in the repository"
        case .invalid(let file, let error): "\(file): \(error)"
        case .noRole(let role): "role \(role): not found in the repository"
        case .outsideDelegation(let path, let role, let patterns):
            "\(path): outside of what \(role) may sign, expected "
                + patterns.joined(separator: " or ")
        case .keysMissing(let role, let required, let available, let missing):
            "role \(role): \(available) of its private keys found, \(required) needed; not found: "
                + missing.joined(separator: ", ")
        case .key(let name, let error): "key \(name): \(error)"
        case .noFile(let path, let role): "\(path): not found in role \(role)"
        case .notDelegated(let path): "\(path): no role of this repository may publish it"
        case .listedBefore(let path, let sha256):
            "\(path): released already with other bytes, sha256 \(sha256)"
        case .senseless(let words): words
        case .event(let file, let words): "\(file): \(words)"
        case .storage(let path, let reason): "\(path): \(reason)"
        }
    }
}

/// Finds private keys by their public halves.
public protocol KeyRing: Sendable {
    /// What signs with `key`, or `nil` if its private half is not at hand.
    ///
    /// - Throws: ``RepositoryError/key(name:_:)``, as for a wrong passphrase.
    func signer(for key: PublicKey) throws(RepositoryError) -> (any Signer)?

    /// The same, told what is going to be signed, so that whoever is asked for a passphrase or a
    /// touch knows what for.
    func signer(
        for key: PublicKey, purpose: SigningPurpose
    ) throws(RepositoryError) -> (any Signer)?

    /// Whether ``signer(for:)`` would find the key; nobody is asked for a passphrase.
    func has(_ key: PublicKey) throws(RepositoryError) -> Bool
}

extension KeyRing {
    public func has(_ key: PublicKey) throws(RepositoryError) -> Bool {
        try signer(for: key) != nil
    }

    public func signer(
        for key: PublicKey, purpose: SigningPurpose
    ) throws(RepositoryError) -> (any Signer)? {
        try signer(for: key)
    }
}

/// What a key is asked to sign.
public struct SigningPurpose: Sendable, Equatable, CustomStringConvertible {
    public let role: RoleName
    public let version: Int
    /// Who holds the key, as metadata says.
    public let holder: String?

    public init(role: RoleName, version: Int, holder: String? = nil) {
        self.role = role
        self.version = version
        self.holder = holder
    }

    /// Such as `root version 4`.
    public var description: String { "\(role) version \(version)" }
}

/// Reads the metadata files of a repository.
public protocol MetadataReader: Sendable {
    /// The file's bytes, or `nil` if there is no such file.
    func read(metadata fileName: String) throws(RepositoryError) -> [UInt8]?

    /// Version of the root that the chain begins with: 1, unless the first roots are not there
    /// because the repository was taken over without them.
    func firstRootVersion() throws(RepositoryError) -> Int

    /// Highest version of a role whose file name somebody took who then published nothing; 0
    /// where that cannot happen.
    func takenVersion(of role: RoleName) -> Int
}

extension MetadataReader {
    public func firstRootVersion() throws(RepositoryError) -> Int { 1 }

    public func takenVersion(of role: RoleName) -> Int { 0 }
}
