// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// A change as clients will meet it once everybody has signed it, to be looked at before anybody
/// does.
public struct ForeseenMetadata: Sendable {
    /// The root that a client which looks at it begins with. Nobody else ever trusts it.
    public let root: [UInt8]
    /// The changed metadata by file name, to be laid over what is published.
    public let files: [String: [UInt8]]
}

extension RepositoryEdit {
    /// Signs the change with a key made for this call alone, which a root for this call alone
    /// names.
    ///
    /// The real verification then runs on it, with no way round its signatures. What the change
    /// leaves alone keeps the signatures that it has.
    ///
    /// - Throws: ``RepositoryError`` as signing does, but that nobody's key is missing.
    public func foreseen() throws(RepositoryError) -> ForeseenMetadata {
        let ring = try OneKey()
        var edit = self
        try edit.expectConsistentSnapshots()
        try edit.renewDependents()
        try edit.open(to: ring.holder)
        let tree = edit.tree.remembering
        var tasks: [SigningTask] = []
        for role in edit.changed where !role.isTopLevel || role == .targets {
            guard let draft = edit.drafts[role] else { continue }
            let document = draft.finished(
                version: nextVersion(of: role), now: now, days: days(of: role))
            tasks.append(
                SigningTask(role: role, document: document, try edit.authorities(of: role, tree)))
        }
        let roles = try RoleSigning.sign(tasks, with: ring)
        var files: [String: [UInt8]] = [:]
        for role in roles + (try edit.online(roles, with: ring, .unpublished)) {
            try role.expectComplete()
            let version = role.role == .timestamp ? nil : role.version
            files[role.role.fileName(version: version)] = role.bytes
        }
        let root = try RoleSigning.sign(
            edit.document(of: .root), as: .root, edit.root().authority(of: .root), with: ring)
        return ForeseenMetadata(root: root, files: files)
    }

    /// Lets `holder` sign all that the change touches, and whatever delegates to that.
    private mutating func open(to holder: RoleKeySet.Holder) throws(RepositoryError) {
        var waiting = changed.filter { !$0.isTopLevel }
        // Hash bins share their keys; a prefix of bins may be the name of a role elsewhere.
        var opened: Set<[UTF8Text]> = []
        while let role = waiting.popLast() {
            guard let place = try tree.place(of: role) else { throw .noRole(role) }
            var shared = role.text
            if case .succinct(let bins)? = try tree.delegations(of: place.delegator)?.roles {
                shared = bins.namePrefix
            }
            guard opened.insert([place.delegator.text, shared]).inserted else { continue }
            try open(role, to: holder)
            if !place.delegator.isTopLevel { waiting.append(place.delegator) }
        }
        for role in [RoleName.targets, .snapshot, .timestamp, .root] { try open(role, to: holder) }
    }

    private mutating func open(
        _ role: RoleName, to holder: RoleKeySet.Holder
    ) throws(RepositoryError) {
        var keys = try keys(of: role)
        try keys.add(holder)
        keys.set(threshold: 1)
        try set(keys, of: role)
    }
}

/// A key that lives as long as this value, and signs whatever names it.
private struct OneKey: KeyRing {
    private let key: PrivateKey

    init() throws(RepositoryError) {
        do throws(SigningError) { key = try PrivateKey(generating: .ed25519) } catch {
            throw .key(name: "made for a look ahead", error)
        }
    }

    var holder: RoleKeySet.Holder { RoleKeySet.Holder(key.publicKey, name: "nobody") }

    func signer(for key: PublicKey) -> (any Signer)? {
        key.material == self.key.publicKey.material ? self.key : nil
    }
}
