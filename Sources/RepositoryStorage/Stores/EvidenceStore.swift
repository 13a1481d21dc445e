// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON

/// A store that can tell other programs which files vouch for a file.
package protocol EvidenceStore: RepositoryStore {
    /// Makes known what vouches for a file, in place of what was known before.
    ///
    /// - Parameters:
    ///   - evidence: names of files that are there.
    ///   - name: of a file that is there.
    func attach(_ evidence: [UTF8Text], to name: UTF8Text) async throws(RepositoryStoreError)
}
