// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import RepositoryStorage
public import TUFClient
public import TUFMetadata
public import TUFRepository

/// Why a repository was not taken over. Nothing is left of the attempt.
public enum ImportError: Error, Equatable, Sendable {
    /// No folder with `timestamp.json` and a root was found.
    case noMetadata(path: String)
    case severalFolders(path: String, [String])
    /// The folder of the target files was not found.
    case noTargets(path: String)
    /// A server's first root is trusted by nobody yet.
    case unpinned(url: String)
    case malformedFingerprint(String)
    /// No root of the source has this SHA-256.
    case noSuchRoot(sha256: String)
    case rootUnreadable(file: String)
    /// A root is missing between others: clients would stop before it.
    case gap(file: String, newest: Int)
    /// The place is taken.
    case occupied(path: String)
    case notEmpty(folder: String)
    /// What is there is not what a client would accept.
    case source(UpdateError)
    /// A target file in a role is not there or another one.
    case file(TargetPath, role: RoleName, UpdateError)
    /// The role's keys were rotated by files of their own (TAP 8).
    case rotations(RoleName)
    /// What was taken over cannot be gone on with.
    case repository(RepositoryError)
    case storage(StorageError)
}

extension ImportError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noMetadata(let path):
            "\(path): no repository found, expected a folder in it with timestamp.json and "
                + "1.root.json or a later root"
        case .severalFolders(let path, let folders):
            "\(path): several repositories found, expected one of them: "
                + folders.joined(separator: ", ")
        case .noTargets(let path):
            "\(path): no folder targets found, expected the one of the target files"
        case .unpinned(let url):
            "\(url): nobody vouches for its first root, expected the root itself or its fingerprint"
        case .malformedFingerprint(let text):
            "fingerprint \(quoted(text)): expected 64 hexadecimal digits"
        case .noSuchRoot(let sha256): "no root of the repository has the SHA-256 \(sha256)"
        case .rootUnreadable(let file): "\(file): no root found in it"
        case .gap(let file, let newest):
            "\(file): missing, though the roots go on to \(newest): no client would come by"
        case .occupied(let path): "\(path): there is a repository already"
        case .notEmpty(let folder):
            "\(folder): files found, expected none; an import that was killed may have left them"
        case .source(let error): "a client would not accept the repository: \(error)"
        case .file(_, let role, let error): "role \(role): \(error)"
        case .rotations(let role):
            "role \(role): its keys were rotated by files of their own (TAP 8), which an import "
                + "does not take over"
        case .repository(let error): "\(error)"
        case .storage(let error): "\(error)"
        }
    }
}

func importing<Result>(
    _ body: () throws(StorageError) -> Result
) throws(ImportError) -> Result {
    do throws(StorageError) { return try body() } catch { throw .storage(error) }
}
