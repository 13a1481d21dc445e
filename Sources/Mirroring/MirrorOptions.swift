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
    /// Whether a metadata file that nothing refers to and that is another one than the source's
    /// may be replaced: what a crash left. Not where others publish, whose new file it may be.
    package var mayReplaceMetadata = true
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
