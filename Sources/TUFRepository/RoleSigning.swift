// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// Signs a role's document with those of its keys that are at hand.
public enum RoleSigning {
    /// The signed file.
    ///
    /// - Throws: ``RepositoryError/keysMissing(role:required:available:missing:)`` if fewer
    ///   than the threshold are at hand; ``RepositoryError/key(name:_:)``.
    public static func sign(
        _ signed: JSON, as role: RoleName, _ authority: Authority, with ring: any KeyRing
    ) throws(RepositoryError) -> [UInt8] {
        var signers: [(id: KeyID, signer: any Signer)] = []
        var missing: [String] = []
        for entry in authority.entries {
            let id = entry.ids[0]
            if let signer = try ring.signer(for: entry.key) {
                signers.append((id, signer))
            } else {
                missing.append(name(entry.key, id))
            }
        }
        guard signers.count >= authority.threshold else {
            throw .keysMissing(
                role: role, required: authority.threshold, available: signers.count,
                missing: missing)
        }
        do throws(SigningError) {
            return try SignedFile.bytes(signing: signed, with: signers)
        } catch {
            throw .key(name: role.description, error)
        }
    }

    private static func name(_ key: PublicKey, _ id: KeyID) -> String {
        guard let holder = key.json[MetadataBuilder.holderMember]?.text else { return shown(id) }
        return "\(quoted(holder)) (\(shown(id)))"
    }
}
