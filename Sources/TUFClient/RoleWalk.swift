// SPDX-License-Identifier: Apache-2.0
package import MetadataSigning
package import TUFMetadata

/// Verifies the delegated roles of one state for who goes through all of them, one by one:
/// nothing of what was verified is kept here.
package struct RoleWalk: Sendable {
    /// A role as one other vouches for it.
    package struct Visit: Sendable {
        package let role: RoleName
        /// Who delegates to it.
        package let parent: RoleName
        package let expected: MetaFile
        let authority: Authority
    }

    package let state: RepositoryState
    private let source: RoleSource
    private let rotations: Rotations

    package init(_ state: RepositoryState, _ updater: Updater) {
        self.state = state
        source = RoleSource(updater, for: state.origin)
        rotations = Rotations(state.snapshot.document)
    }

    /// - Returns: `nil` if the snapshot does not list the role.
    package func visit(_ delegation: Delegation, by parent: RoleName) -> Visit? {
        state.snapshot.document[delegation.role].map {
            Visit(
                role: delegation.role, parent: parent, expected: $0,
                authority: delegation.authority)
        }
    }

    /// Takes a file that is at hand (TUF 1.0.34 §5.6.2 to §5.6.5).
    ///
    /// - Throws: ``UpdateError``, if it is not the one that the snapshot lists, signed by the keys
    ///   that count.
    package func verified(
        _ bytes: [UInt8], _ visit: Visit
    ) async throws(UpdateError) -> Verified<Targets> {
        try state.delegated(bytes, visit.role, try await keys(of: visit), by: visit.parent)
    }

    /// Fetches the file from the mirrors of the state, the one of the refresh first.
    package func fetched(_ visit: Visit) async throws(UpdateError) -> Verified<Targets> {
        let keys = try await keys(of: visit)
        let state = state
        return try await source.file(
            of: visit.role, visit.expected, source.updater.limits.targetsBytes,
            consistent: state.root.document.consistentSnapshot
        ) { bytes throws(UpdateError) in
            try state.delegated(bytes, visit.role, keys, by: visit.parent)
        }.result
    }

    private func keys(of visit: Visit) async throws(UpdateError) -> Authority {
        try await source.authority(
            of: visit.role, from: visit.authority, by: visit.parent, rotations)
    }
}
