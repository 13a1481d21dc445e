// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
package import TUFMetadata

/// Which roles a new snapshot lists otherwise than the one that is mirrored completely.
package struct RoleChanges: Sendable {
    private let old: Snapshot?
    /// Delegated roles that are to be looked at and were not met yet.
    private(set) var left: Set<RoleName> = []

    /// - Parameter mirrored: the snapshot all of whose roles and files are there; `nil` if there
    ///   is none, and then every role counts as changed.
    package init(_ new: Snapshot, mirrored: Snapshot?) {
        old = mirrored
        guard let mirrored else { return }
        for (name, file) in new.files where name.utf8.suffix(5).elementsEqual(".json".utf8) {
            let role = RoleName(UTF8Text(String(Substring(name.utf8.dropLast(5)))))
            if role != .targets, mirrored[role] != file { left.insert(role) }
        }
    }

    /// Whether the role's file, as the new snapshot lists it, is mirrored with all that it lists.
    package func isMirrored(_ role: RoleName, _ file: MetaFile) -> Bool { old?[role] == file }

    /// The published version of a role.
    package func published(_ role: RoleName) -> MetaFile? { old?[role] }

    package mutating func meet(_ role: RoleName) { left.remove(role) }
}
