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
        let result = try sign(signed, as: role, [authority], with: ring)
        try result.expectComplete()
        return result.bytes
    }

    /// Adds the signatures of those keys of all authorities that are at hand.
    ///
    /// - Parameter keeping: signatures made before; the ones that do not verify are dropped.
    static func sign(
        _ signed: JSON, as role: RoleName, _ authorities: [Authority], with ring: any KeyRing,
        keeping: [Signature] = []
    ) throws(RepositoryError) -> SignedRole {
        var result = SignedRole(role: role, signed: signed, authorities: authorities)
        let message = result.canonical
        result.keep(keeping, over: message)
        let version = signed["version"]?.integer ?? 0
        for entry in result.unsigned {
            let purpose = SigningPurpose(
                role: role, version: version, holder: MetadataBuilder.holder(of: entry.key))
            guard let signer = try ring.signer(for: entry.key, purpose: purpose) else { continue }
            do throws(SigningError) {
                // Whatever holds the key has checked it; a repository may have 65,536 bins.
                result.add(
                    made: Signature(hexadecimal: try signer.sign(message), keyID: entry.ids[0]),
                    by: entry.key)
            } catch {
                throw .key(name: name(entry.key, entry.ids[0]), error)
            }
        }
        return result
    }

    /// A key in words: its holder's name and the beginning of its id.
    static func name(_ key: PublicKey, _ id: KeyID) -> String {
        guard let holder = MetadataBuilder.holder(of: key) else { return shown(id) }
        return "\(quoted(holder)) (\(shown(id)))"
    }
}

/// A role's document with the signatures that it has so far.
public struct SignedRole: Sendable {
    public let role: RoleName
    /// The `signed` part, version and expiry included.
    public let signed: JSON
    /// Its canonical form, which signatures are over.
    let canonical: [UInt8]
    /// Each must be met.
    public let authorities: [Authority]
    /// Whether it is signed anew only because others' change took its keys away: it says what it
    /// said before.
    public internal(set) var isDependent = false
    public private(set) var signatures: [Signature] = []
    /// Signed keys, by material.
    private var materials: Set<KeyMaterial> = []

    init(role: RoleName, signed: JSON, authorities: [Authority]) {
        self.role = role
        self.signed = signed
        canonical = signed.canonicalBytes()
        self.authorities = authorities
    }

    public var version: Int { signed["version"]?.integer ?? 0 }

    /// The file as it will be published.
    public var bytes: [UInt8] { SignedFile.bytes(signed, canonical: canonical, signatures) }

    /// Keeps those signatures that are of a key that counts, and verify.
    mutating func keep(_ others: [Signature], over message: [UInt8]) {
        for signature in others { add(signature, over: message) }
    }

    mutating func add(_ signature: Signature, over message: [UInt8]) {
        guard let key = entry(signature.keyID)?.key, let material = key.material,
            !materials.contains(material),
            message.withUnsafeBytes({ key.verifies(signature.value, over: $0) })
        else { return }
        materials.insert(material)
        signatures.append(signature)
    }

    fileprivate mutating func add(made signature: Signature, by key: PublicKey) {
        guard let material = key.material, materials.insert(material).inserted else { return }
        signatures.append(signature)
    }

    private func entry(_ id: KeyID) -> Authority.Entry? {
        for authority in authorities {
            if let entry = authority.entries.first(where: { $0.ids.contains(id) }) { return entry }
        }
        return nil
    }

    /// How many different keys of an authority signed.
    public func count(_ authority: Authority) -> Int {
        Set(authority.entries.compactMap(\.key.material)).intersection(materials).count
    }

    /// Whether every authority is met.
    public var isComplete: Bool { authorities.allSatisfy { count($0) >= $0.threshold } }

    /// Keys whose signatures count and are not there, each once.
    public var unsigned: [Authority.Entry] {
        var seen = materials
        return authorities.flatMap(\.entries).filter { entry in
            entry.key.material.map { seen.insert($0).inserted } ?? false
        }
    }

    /// Who has signed, in words.
    public var signers: [String] {
        signatures.compactMap { signature in
            entry(signature.keyID).map { RoleSigning.name($0.key, signature.keyID) }
        }
    }

    /// Who may still sign, in words; empty once it is complete.
    public var missing: [String] {
        isComplete ? [] : unsigned.map { RoleSigning.name($0.key, $0.ids[0]) }
    }

    func expectComplete() throws(RepositoryError) {
        for authority in authorities where count(authority) < authority.threshold {
            throw .keysMissing(
                role: role, required: authority.threshold, available: count(authority),
                missing: missing)
        }
    }
}
