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
        let task = SigningTask(role: role, document: RoleDocument(signed), [authority])
        let result = try sign([task], with: ring)[0]
        try result.expectComplete()
        return result.bytes
    }

    /// Adds the signatures of those keys of all authorities that are at hand: to each role those
    /// of its own.
    ///
    /// Documents are written and signed on all cores. Keys that are not in this process's memory
    /// are asked one after the other, in the order of the tasks.
    static func sign(
        _ tasks: [SigningTask], with ring: any KeyRing
    ) throws(RepositoryError) -> [SignedRole] {
        var lookup = SignerLookup(ring)
        var frame: DocumentFrame?
        var found: [SignerLookup.Found] = []
        found.reserveCapacity(tasks.count)
        /// Signed by keys that others hold, or before.
        var known: [Int: SignedRole] = [:]
        for (number, task) in tasks.enumerated() {
            var role = task.signatures.isEmpty ? nil : SignedRole(task, &frame)
            found.append(try lookup.signers(for: task, role))
            if !found[number].areInMemory {
                if role == nil { role = SignedRole(task, &frame) }
                try role?.sign(with: found[number])
            }
            if let role { known[number] = role }
        }
        let (signers, begun) = (found, known)
        return try listInParallel(tasks.count, runLength: runLength) {
            (run, add) throws(RepositoryError) in
            var frame: DocumentFrame?
            for number in run {
                var role = begun[number] ?? SignedRole(tasks[number], &frame)
                if signers[number].areInMemory { try role.sign(with: signers[number]) }
                role.finish()
                add(role)
            }
        }
    }

    /// Roles that a thread writes or signs at once.
    private static let runLength = 64

    /// A key in words: its holder's name and the beginning of its id.
    static func name(_ key: PublicKey, _ id: KeyID) -> String {
        guard let holder = MetadataBuilder.holder(of: key) else { return shown(id) }
        return "\(quoted(holder)) (\(shown(id)))"
    }
}
