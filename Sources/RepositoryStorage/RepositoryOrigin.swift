// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import TUFMetadata

/// Where a repository really is, whose folder on this machine holds only what was read of it.
package protocol RepositoryOrigin: AnyObject, Sendable {
    /// Notes that a file is needed that the folder does not hold.
    ///
    /// - Parameter name: below the repository, such as `metadata/4.snapshot.json`.
    func ask(for name: UTF8Text)

    /// Highest version of a role whose file name another publisher took; 0 if none did.
    func takenVersion(of role: RoleName) -> Int
}
