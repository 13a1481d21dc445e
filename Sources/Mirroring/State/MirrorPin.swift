// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
package import RepositoryStorage
import TUFMetadata

/// Where a mirror's trust begins.
package enum MirrorPin: Sendable {
    /// This root file.
    case root([UInt8])
    /// The roots of the mirror itself, which an earlier synchronization verified.
    case destination

    /// The root of a mirror that has this SHA-256, in lower-case hexadecimal digits.
    ///
    /// - Returns: `nil` if the mirror has none such, or no root at all.
    package static func root(
        fingerprint: String, in store: any RepositoryStore
    ) async throws(MirrorError) -> [UInt8]? {
        var version = try await MirrorRecord.read(store).record?.firstRoot ?? 1
        while let bytes = try await DestinationState.root(version, store) {
            if DigestAlgorithm.sha256.hexDigest(of: bytes).utf8.elementsEqual(fingerprint.utf8) {
                return bytes
            }
            version += 1
        }
        return nil
    }
}
