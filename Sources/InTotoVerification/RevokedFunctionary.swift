// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning

/// A functionary whose links count no more, but for those that are named.
///
/// Links carry no time that anybody could trust, so what a key signed while it was good cannot be
/// told from what it signed after; what still counts is named by its bytes.
public struct RevokedFunctionary: Sendable, Equatable {
    /// One id of the key; every key of the layout with the same material is meant.
    public let keyID: KeyID
    /// SHA-256 in hexadecimal digits of the link files that still count.
    public let links: Set<UTF8Text>
    /// What is said of a link that does not, after "is by a key that": `left on 2026-11-23`.
    public let words: String

    public init(keyID: KeyID, links: Set<UTF8Text>, words: String) {
        self.keyID = keyID
        self.links = links
        self.words = words
    }
}

/// The revoked among the functionaries of one layout.
struct RevokedKeys {
    private let revoked: [(entry: RevokedFunctionary, materials: Set<KeyMaterial>)]

    /// - Parameter keys: those of the layout, by the ids it lists them under.
    init(_ revoked: [RevokedFunctionary], keys: [KeyID: PublicKey]) {
        self.revoked = revoked.map { entry in
            let same = keys.filter { RevokedKeys.isNamed(entry.keyID, $0.key, $0.value) }
            return (entry, Set(same.compactMap(\.value.material)))
        }
    }

    private static func isNamed(_ revoked: KeyID, _ id: KeyID, _ key: PublicKey) -> Bool {
        revoked == id || key.ids.contains(revoked) || key.subkeyIDs.contains(revoked)
    }

    /// Why a file by this key, listed under `id`, does not count; `nil` if it does.
    func reason(
        against bytes: [UInt8], of key: PublicKey, _ id: KeyID
    ) -> RejectedLink.Reason? {
        let entries = revoked.filter { entry, materials in
            RevokedKeys.isNamed(entry.keyID, id, key)
                || key.material.map(materials.contains) ?? false
        }
        guard !entries.isEmpty else { return nil }
        let digest = UTF8Text(DigestAlgorithm.sha256.hexDigest(of: bytes))
        return entries.first { !$0.entry.links.contains(digest) }.map { .revoked($0.entry.words) }
    }
}
