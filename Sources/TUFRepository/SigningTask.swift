// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// A role's document that is to be signed.
struct SigningTask: Sendable {
    let role: RoleName
    /// Version and expiry included.
    let document: RoleDocument
    /// Each must be met.
    let authorities: [Authority]
    /// Signatures made before; the ones that do not verify are dropped.
    var signatures: [Signature] = []
    /// Whether it is signed anew only because others' change took its keys away.
    var isDependent = false

    init(role: RoleName, document: RoleDocument, _ authorities: [Authority]) {
        self.role = role
        self.document = document
        self.authorities = authorities
    }

    var version: Int { document.rest["version"]?.integer ?? 0 }
}

extension [Authority] {
    /// Whether the same signatures meet both.
    func haveSameKeys(as other: [Authority]) -> Bool {
        // Hash bins have the same list, and that is looked at once.
        let areOne = withUnsafeBufferPointer { own in
            other.withUnsafeBufferPointer { own.baseAddress == $0.baseAddress }
        }
        return count == other.count
            && (areOne || zip(self, other).allSatisfy { $0.hasSameKeys(as: $1) })
    }

    /// The keys whose signatures count, each once, but for those of these materials.
    func distinctEntries(without signed: Set<KeyMaterial>) -> [Authority.Entry] {
        var seen = signed
        return flatMap(\.entries).filter { entry in
            entry.key.material.map { seen.insert($0).inserted } ?? false
        }
    }
}

/// Finds what signs a role. Hash bins have the same keys, so that keys in memory are looked for
/// once; any others are asked for each role, told what for.
struct SignerLookup {
    /// Keys at hand, each with its entry in the authority.
    struct Found: Sendable {
        private(set) var signers:
            [(entry: Authority.Entry, material: KeyMaterial, signer: any Signer)] = []
        /// The keys, each once.
        private(set) var materials: [KeyMaterial] = []
        /// Whether all of them can sign on several threads at once, without anybody noticing.
        private(set) var areInMemory = true

        mutating func add(_ signer: any Signer, for entry: Authority.Entry) {
            guard let material = entry.key.material, !materials.contains(material) else { return }
            materials.append(material)
            signers.append((entry, material, signer))
            areInMemory = areInMemory && signer is PrivateKey
        }
    }

    private let ring: any KeyRing
    private var last: (authorities: [Authority], found: Found)?

    init(_ ring: any KeyRing) { self.ring = ring }

    /// What signs for the keys whose signatures count and are not there.
    ///
    /// - Parameter role: the task with its signatures; `nil` if it has none yet.
    mutating func signers(
        for task: SigningTask, _ role: SignedRole?
    ) throws(RepositoryError) -> Found {
        if role == nil, let last, last.found.areInMemory,
            last.authorities.haveSameKeys(as: task.authorities)
        {
            return last.found
        }
        var found = Found()
        for entry in role?.unsigned ?? task.authorities.distinctEntries(without: []) {
            let purpose = SigningPurpose(
                role: task.role, version: task.version,
                holder: MetadataBuilder.holder(of: entry.key))
            guard let signer = try ring.signer(for: entry.key, purpose: purpose) else { continue }
            found.add(signer, for: entry)
        }
        if role == nil { last = (task.authorities, found) }
        return found
    }
}
