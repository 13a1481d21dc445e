// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import RepositoryStorage
public import TUFClient

/// Why a repository is not, or not yet, trusted.
public enum TrustError: Error, Equatable, Sendable {
    case name(String)
    case noURL(String)
    case alreadyTrusted(name: String)
    case notTrusted(name: String, known: [String])
    case fingerprint(found: String, expected: String)
    case malformedFingerprint(String)
    case root(UpdateError)
    case noRoot(file: String)
    case damaged(file: String, JSONError)
    case storage(StorageError)
}

extension TrustError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .name(let name) where name.utf8.elementsEqual(TrustMap.reservedName.utf8):
            "name \(quoted(name)) found, which stands for the map of repositories"
        case .name(let name):
            "name \(quoted(name)) found, letters, digits and . _ + - expected"
        case .noURL(let text):
            "URL \(quoted(FetchError.withoutCredentials(text))) found, expected such as https://example.org/x"
        case .alreadyTrusted(let name):
            "\(name): trusted already; carnet trust remove \(name) first"
        case .notTrusted(let name, let known) where name.isEmpty && known.isEmpty:
            "no repository is trusted yet"
        case .notTrusted(let name, let known):
            "\(quoted(name)): no repository of this name is trusted"
                + (known.isEmpty ? "" : ", only \(known.joined(separator: ", "))")
        case .fingerprint(let found, let expected):
            "fingerprint \(found) found, \(expected) expected: this is not the repository you were "
                + "told of"
        case .malformedFingerprint(let text):
            "fingerprint \(quoted(text)) found, 64 hexadecimal digits expected"
        case .root(let error): "\(error)"
        case .noRoot(let file): "\(file): no such file"
        case .damaged(let file, let error): "\(file): \(error)"
        case .storage(let error): "\(error)"
        }
    }
}
