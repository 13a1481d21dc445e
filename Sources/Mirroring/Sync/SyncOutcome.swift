// SPDX-License-Identifier: Apache-2.0

/// What a synchronization came to.
package struct SyncOutcome: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// The mirror had the source's state already.
        case unchanged
        case published
        /// Another synchronization has published this state or a later one meanwhile.
        case overtaken
    }

    package let kind: Kind
    /// Versions that the mirror has now.
    package let root: Int
    package let timestamp: Int
    package let snapshot: Int
    package let progress: MirrorProgress
}
