// SPDX-License-Identifier: Apache-2.0
package import TUFMetadata

/// What an operator may want to know of a synchronization that goes on.
package enum MirrorNotice: Sendable, Equatable {
    /// The repository has no consistent snapshots: who reads during a synchronization may see files
    /// of two states, and refuses them.
    case notConsistent
    /// A delegated role that the snapshot does not list: nobody can ask for it.
    case notListed(role: RoleName, parent: RoleName)
    /// A role that its own keys ended.
    case ended(role: RoleName)
    /// The source has no roots before the one that is trusted.
    case rootsMissing(before: Int)
    /// Old and new state have no online keys in common: for the moment between two files a client
    /// may have to try again.
    case onlineKeysReplaced
    /// A file here was not what it should be, and was replaced.
    case replaced(file: String)
    /// A damaged file that no source has another one for, as it should be.
    case notHealed(file: String, reason: String)
    /// The snapshot that is served is not kept any more where the repository is made.
    case notCompared(snapshot: Int)
}

extension MirrorNotice: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notConsistent:
            "the repository has no consistent snapshots: a client that reads during a "
                + "synchronization may have to try again"
        case .notListed(let role, let parent):
            "\(role), to which \(parent) delegates, is not listed in the snapshot and left out"
        case .ended(let role): "\(role) was ended by its own keys and is left out"
        case .rootsMissing(let version):
            "the source has no roots before version \(version): clients that trust an earlier one "
                + "cannot use this mirror"
        case .onlineKeysReplaced:
            "all online keys changed: a client that reads between the new root and the new "
                + "timestamp may have to try again"
        case .replaced(let file): "\(file): was not the file it should be, and was replaced"
        case .notHealed(let file, let reason): "\(file) is left as it is: \(reason)"
        case .notCompared(let snapshot):
            "the snapshot \(snapshot) that is served there is not in the folder any more: it cannot "
                + "be told whether the folder goes on from it"
        }
    }
}
