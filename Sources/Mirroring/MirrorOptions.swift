// SPDX-License-Identifier: Apache-2.0
package import TUFClient

/// How a mirror is brought up to date.
package struct MirrorOptions: Sendable {
    package var selection = MirrorSelection.everything
    /// Transfers at the same time.
    package var connections = 16
    /// Bytes a second, of all transfers together; `nil` for no limit.
    package var bytesPerSecond: Int?
    /// `rolesPerList` bounds the delegations that are followed.
    package var limits = ClientLimits()
    /// Asks for a new root also where `timestamp.json` is the one that the mirror has.
    package var alwaysAsksForRoot = false
    /// Nobody else writes to the mirror: then a store without conditional writes will do.
    package var isOnlyWriter = false
    /// Whether the source is where the repository is made, and no copy of it: then what is served
    /// must be a state that the source had. And a metadata file that nothing refers to is not
    /// replaced by another one, as what a crash left is: it may be new, and another publisher's.
    package var isOrigin = false
    package var progress: (@Sendable (MirrorProgress) -> Void)?
    /// Is told what is not as it should be, and no reason to end.
    package var notice: @Sendable (MirrorNotice) -> Void = { _ in }

    package init() {
        // Bins of PEP 458 and more; what a list for a person may have is far less.
        limits.rolesPerList = 1 << 18
    }
}

/// How far a synchronization is.
package struct MirrorProgress: Sendable, Equatable {
    /// Roles that were looked at.
    package var roles = 0
    /// Target files that were looked at.
    package var files = 0
    /// Target files that were received.
    package var received = 0
    /// Their bytes.
    package var bytes = 0
}
