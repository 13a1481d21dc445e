// SPDX-License-Identifier: Apache-2.0

/// What a request does with a repository, as the scopes of tokens tell it apart.
enum RegistryAccess: Hashable, Sendable {
    case read, write, delete

    /// The actions of a scope (distribution's token specification).
    var actions: String {
        switch self {
        case .read: "pull"
        case .write: "pull,push"
        case .delete: "pull,push,delete"
        }
    }
}
