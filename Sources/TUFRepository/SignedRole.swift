// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// A role's document with the signatures that it has so far.
public struct SignedRole: Sendable {
    public let role: RoleName
    public let version: Int
    private let document: RoleDocument
    /// Its canonical form, which signatures are over; empty once the role is finished.
    private var canonical: [UInt8]
    /// The file, once the role is finished: the canonical form is in it, and not there twice.
    private var file: [UInt8]?
    /// Each must be met.
    public let authorities: [Authority]
    /// Whether it is signed anew only because others' change took its keys away: it says what it
    /// said before.
    public let isDependent: Bool
    public private(set) var signatures: [Signature] = []
    /// Keys that signed, each once.
    private var materials: [KeyMaterial] = []
    /// Whether every authority is met.
    public private(set) var isComplete = false

    /// The document of a task with the signatures that it has already, if they verify and are of
    /// keys that count.
    ///
    /// - Parameter frame: that of the last document, and then of this one.
    init(_ task: SigningTask, _ frame: inout DocumentFrame?) {
        role = task.role
        document = task.document
        version = task.version
        canonical = document.canonicalBytes(&frame)
        authorities = task.authorities
        isDependent = task.isDependent
        for signature in task.signatures { add(signature, over: canonical) }
        isComplete = authorities.allSatisfy { count($0) >= $0.threshold }
    }

    /// The `signed` part, version and expiry included.
    public var signed: JSON { document.tree }

    /// The file as it will be published.
    public var bytes: [UInt8] {
        file ?? SignedFile.bytes(document.tree, canonical: canonical, signatures)
    }

    /// Makes the file of a role that is complete; it takes no more signatures.
    mutating func finish() {
        guard isComplete, file == nil else { return }
        file = bytes
        canonical = []
    }

    private mutating func add(_ signature: Signature, over message: [UInt8]) {
        guard let key = entry(signature.keyID)?.key, let material = key.material,
            !materials.contains(material),
            message.withUnsafeBytes({ key.verifies(signature.value, over: $0) })
        else { return }
        materials.append(material)
        signatures.append(signature)
    }

    /// Signs the document.
    ///
    /// - Throws: ``RepositoryError/key(name:_:)``.
    mutating func sign(with found: SignerLookup.Found) throws(RepositoryError) {
        precondition(file == nil, "a role that is finished takes no more signatures")
        let wereThere = materials.count
        for (entry, material, signer) in found.signers {
            let made: Signature
            do throws(SigningError) {
                // Whatever holds the key has checked it; a repository may have 65,536 bins.
                made = Signature(hexadecimal: try signer.sign(canonical), keyID: entry.ids[0])
            } catch {
                throw .key(name: RoleSigning.name(entry.key, entry.ids[0]), error)
            }
            if wereThere > 0, materials.contains(material) { continue }
            if wereThere > 0 { materials.append(material) }
            signatures.append(made)
        }
        // They are the same ones for all hash bins.
        if wereThere == 0 { materials = found.materials }
        isComplete = authorities.allSatisfy { count($0) >= $0.threshold }
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

    /// Keys whose signatures count and are not there, each once.
    public var unsigned: [Authority.Entry] {
        authorities.distinctEntries(without: Set(materials))
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
        if isComplete { return }
        for authority in authorities where count(authority) < authority.threshold {
            throw .keysMissing(
                role: role, required: authority.threshold, available: count(authority),
                missing: missing)
        }
    }
}
