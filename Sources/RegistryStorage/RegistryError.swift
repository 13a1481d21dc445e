// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Why something is not a place in a registry, or not what a registry holds.
package enum RegistryError: Error, Equatable, Sendable {
    /// The place as written, if nothing in it is secret, and what is wrong with it.
    case notAPlace(String, String)
    /// A registry of another machine, without TLS, where that was not asked for.
    case inTheClear(String)
    /// A manifest, an index, a list or an answer about a token; what is wrong with it.
    case malformed(String)
    /// A manifest of another kind than a file's.
    case otherArtifact(found: String)
    /// The manifest under a file's tag is about this other one.
    case otherFile(found: String)
    /// A file with credentials: its path, and what is wrong with it.
    case credentials(path: String, String)
    /// A program that keeps credentials: its name, and why it gave none.
    case credentialHelper(String, String)
    /// Where a token is to be had: not over a connection that others can read.
    case realmRefused(String)
}

extension RegistryError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notAPlace(let place, let words): "\(place): \(words)"
        case .inTheClear(let place):
            "\(place): would send everything in the clear, https expected"
        case .malformed(let words): words
        case .otherArtifact(let found):
            "a manifest of type \(quoted(found)) found, one of a repository's file expected"
        case .otherFile(let found): "the manifest of \(quoted(found)) found under this file's tag"
        case .credentials(let path, let words): "\(quoted(path)): \(words)"
        case .credentialHelper(let name, let words): "\(quoted(name)): \(words)"
        case .realmRefused(let realm):
            "asks to get a token from \(quoted(realm)), an https URL expected"
        }
    }
}
