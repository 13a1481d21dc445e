// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// A role's document with the signatures that it has so far.
public struct SignedRole: Sendable {
    public let role: RoleName
    public let version: Int
    private let document: RoleDocument
    /// Its canonical form, which signatures are over.
    let canonical: [UInt8]
    /// Each must be met.
    public let authorities: [Authority]
    /// Whether it is signed anew only because others' change took its keys away: it says what it
    /// said before.
    public let isDependent: Bool
    public private(set) var signatures: [Signature] = []
    /// Signed keys, by material.
    private var materials: Set<KeyMaterial> = []

    /// The document of a task with the signatures that it has already, if they verify and are of
    /// keys that count.
    init(_ task: SigningTask) {
        role = task.role
        document = task.document
        version = task.version
        canonical = document.canonicalBytes()
        authorities = task.authorities
        isDependent = task.isDependent
        for signature in task.signatures { add(signature, over: canonical) }
    }

    /// The `signed` part, version and expiry included.
    public var signed: JSON { document.tree }

    /// The file as it will be published.
    public var bytes: [UInt8] { SignedFile.bytes(document.tree, canonical: canonical, signatures) }

    private mutating func add(_ signature: Signature, over message: [UInt8]) {
        guard let key = entry(signature.keyID)?.key, let material = key.material,
            !materials.contains(material),
            message.withUnsafeBytes({ key.verifies(signature.value, over: $0) })
        else { return }
        materials.insert(material)
        signatures.append(signature)
    }

    /// Signs the document.
    ///
    /// - Throws: ``RepositoryError/key(name:_:)``.
    mutating func sign(with found: SignerLookup.Found) throws(RepositoryError) {
        for (entry, signer) in found.signers {
            let made: Signature
            do throws(SigningError) {
                // Whatever holds the key has checked it; a repository may have 65,536 bins.
                made = Signature(hexadecimal: try signer.sign(canonical), keyID: entry.ids[0])
            } catch {
                throw .key(name: RoleSigning.name(entry.key, entry.ids[0]), error)
            }
            guard let material = entry.key.material, materials.insert(material).inserted else {
                continue
            }
            signatures.append(made)
        }
    }

    private func entry(_ id: KeyID) -> Authority.Entry? {
        for authority in authorities {
            if let entry = authority.entries.first(where: { $0.ids.contains(id) }) { return entry }
        }
        return nil
    }

    /// How many different keys of an authority signed.
    public func count(_ authority: Authority) -> Int {
        if authority.entries.count == 1 {
            return authority.entries[0].key.material.map(materials.contains) == true ? 1 : 0
        }
        return Set(authority.entries.compactMap(\.key.material)).intersection(materials).count
    }

    /// Whether every authority is met.
    public var isComplete: Bool { authorities.allSatisfy { count($0) >= $0.threshold } }

    /// Keys whose signatures count and are not there, each once.
    public var unsigned: [Authority.Entry] {
        authorities.distinctEntries(without: materials)
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
