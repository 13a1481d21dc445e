// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
package import RepositoryStorage
package import TUFClient
package import TUFMetadata

/// Why a mirror was not brought up to date, or could not be judged.
///
/// What the mirror served before it serves still.
package enum MirrorError: Error, Equatable, Sendable {
    /// The source's state, a role or a file was not taken.
    case update(UpdateError)
    case store(RepositoryStoreError)
    /// The destination holds another repository, or one whose roots do not lead to ours.
    case foreignDestination(place: String, file: String)
    /// The source's roots do not lead to the one that is trusted.
    case foreignSource(place: String)
    /// Nobody said which root is trusted, and the destination has none yet.
    case nothingTrusted(place: String)
    /// The store lets two writers replace one file at the same time.
    case unconditional(place: String)
    /// Without consistent snapshots files change in place, for which the store must have a lock.
    case notConsistent(place: String)
    /// The source shows another file than the one published here under the same name and version.
    case twoFiles(file: String)
    /// What is served is a state that the folder to be published never had.
    case diverged(place: String, snapshot: Int)
    /// A file of the mirror is not what its own metadata says.
    case damaged(file: String)
    /// Other processes changed the mirror each time before this one could.
    case contended(place: String)
    case tooManyRoles(maximum: Int)
    /// A role to be mirrored that the repository does not delegate to.
    case unknownRole(RoleName)
}

extension MirrorError {
    /// Whether it says that the state offered is older than it may be: replayed or frozen.
    package var isStale: Bool {
        if case .update(let error) = self { error.isStale } else { false }
    }

    /// Whether nothing was learned because somebody could not be reached.
    package var isUnreachable: Bool {
        switch self {
        case .update(let error): error.isUnreachable
        case .store(let error): error.isUnreachable
        default: false
        }
    }

    package var isCancelled: Bool {
        switch self {
        case .update(let error): error.isCancelled
        case .store(let error): error.reason == .cancelled
        default: false
        }
    }

    /// What to do about it, in one line; `nil` where the error says it all.
    package var hint: String? {
        switch self {
        case .update(let error): error.hint
        case .store: nil
        case .foreignDestination: "a mirror of another repository needs a place of its own"
        case .foreignSource: "ask the publisher for the address and the root again"
        case .nothingTrusted:
            "give the root with --root FILE or --fingerprint HEX, or the NAME of a trusted one"
        case .unconditional: "--only-writer, if no other process ever writes to it"
        case .notConsistent:
            "mirror into a folder, or ask the publisher to turn consistent snapshots on"
        case .twoFiles: "carnet mirror compare shows both; tell the publisher"
        case .diverged(let place, _):
            "carnet mirror sync \(place) DIR makes a folder of what is there, to make the change in "
                + "anew"
        case .damaged: "carnet mirror verify --source URL heals it"
        case .contended: "run it again when fewer do"
        case .tooManyRoles: "raise the limit with --limit listed-roles=NUMBER"
        case .unknownRole: "carnet list shows who vouches for what"
        }
    }
}

extension MirrorError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .update(let error): "\(error)"
        case .store(let error): "\(error)"
        case .foreignDestination(let place, let file):
            "\(place): holds another repository, by its \(file)"
        case .foreignSource(let place):
            "\(place): its roots do not lead to the root that is trusted"
        case .nothingTrusted(let place): "\(place): no root found there, and none given to trust"
        case .unconditional(let place): "\(place): conditional writes expected, it has none"
        case .notConsistent(let place):
            "\(place): a repository without consistent snapshots, which only a folder can mirror"
        case .twoFiles(let file):
            "\(file): two different files under one version, the source's and the one here"
        case .diverged(let place, let snapshot):
            "\(place): serves another snapshot \(snapshot) than the folder's, made apart from it"
        case .damaged(let file): "\(file): damaged in the mirror"
        case .contended(let place): "\(place): others changed it each time before this process"
        case .tooManyRoles(let maximum): "more than \(maximum) roles"
        case .unknownRole(let role): "\(role): no such role in the repository"
        }
    }
}

/// Turns the errors of stores into those of mirrors.
func storing<Result>(
    _ body: () async throws(RepositoryStoreError) -> Result
) async throws(MirrorError) -> Result {
    do throws(RepositoryStoreError) { return try await body() } catch { throw .store(error) }
}

/// The same for those of clients.
func updating<Result>(
    _ body: () async throws(UpdateError) -> Result
) async throws(MirrorError) -> Result {
    do throws(UpdateError) { return try await body() } catch { throw .update(error) }
}
