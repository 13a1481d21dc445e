// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// A change, signed with the keys at hand: what can be published, or what waits for whom.
public struct SignedChange: Sendable {
    /// Root and targets roles that the change touches, each with the signatures it has.
    public let roles: [SignedRole]
    /// New snapshot and timestamp; `nil` while a role waits for signatures.
    public let online: [SignedRole]?

    /// What is not signed by enough.
    public var waiting: [SignedRole] {
        roles.filter { !$0.isComplete } + (online ?? []).filter { !$0.isComplete }
    }

    /// What people signed or must sign: the change without what follows from it.
    public var own: [SignedRole] { roles.filter { !$0.isDependent } }

    /// Whether the change can be published.
    public var isComplete: Bool {
        guard let online else { return false }
        return roles.allSatisfy(\.isComplete) && online.allSatisfy(\.isComplete)
    }

    /// All new metadata files by name.
    ///
    /// - Throws: ``RepositoryError/keysMissing(role:required:available:missing:)`` if it is not
    ///   complete.
    public func files() throws(RepositoryError) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        files.reserveCapacity(roles.count + 2)
        for list in [roles, online ?? []] {
            for role in list {
                try role.expectComplete()
                let version = role.role == .timestamp ? nil : role.version
                files[role.role.fileName(version: version)] = role.bytes
            }
        }
        return files
    }
}

extension RepositoryEdit {
    /// New files by name: each changed role, snapshot, timestamp, each signed.
    ///
    /// - Parameter nonce: of the new snapshot, drawn for it alone.
    /// - Throws: ``RepositoryError/keysMissing(role:required:available:missing:)`` if a key is not
    ///   at hand.
    public func sign(
        with ring: any KeyRing, nonce: SnapshotNonce
    ) throws(RepositoryError) -> [String: [UInt8]] {
        try signed(with: ring, nonce: nonce).files()
    }

    /// Signs what the keys at hand can sign; the rest waits.
    ///
    /// - Parameter nonce: of the new snapshot, drawn for it alone.
    public func signed(
        with ring: any KeyRing, nonce: SnapshotNonce
    ) throws(RepositoryError) -> SignedChange {
        var edit = self
        try edit.expectConsistentSnapshots()
        try edit.renewDependents()
        let roles = try RoleSigning.sign(edit.tasks(changed: drafts), with: ring)
        guard roles.allSatisfy(\.isComplete) else {
            return SignedChange(roles: roles, online: nil)
        }
        return SignedChange(roles: roles, online: try edit.online(roles, with: ring, nonce))
    }

    /// The documents of root and of targets roles that are to be signed.
    ///
    /// - Parameter own: what people changed, without what follows from it.
    private func tasks(
        changed own: [RoleName: RoleDraft]
    ) throws(RepositoryError) -> [SigningTask] {
        let tree = tree.remembering
        var finisher = DraftFinisher(now: now)
        var last: (delegator: RoleName, authorities: [Authority])?
        var tasks: [SigningTask] = []
        tasks.reserveCapacity(drafts.count)
        for role in changed where role != .snapshot && role != .timestamp {
            guard let draft = drafts[role] else { continue }
            let document = finisher.finish(
                draft, version: nextVersion(of: role), days: days(of: role))
            let authorities: [Authority]
            if !role.isTopLevel, let place = try tree.binPlace(of: role) {
                // All bins of a role have the same keys; they share one list of them.
                if let last, last.delegator == place.delegator {
                    authorities = last.authorities
                } else {
                    authorities = [place.delegation.authority]
                    last = (place.delegator, authorities)
                }
            } else {
                authorities = try self.authorities(of: role, tree)
            }
            var task = SigningTask(role: role, document: document, authorities)
            task.signatures = draft.signatures
            // What people sign waits with the change; what is signed online is made when it ends.
            task.isDependent = own[role] == nil && RepositoryEdit.isOnline(document.rest)
            tasks.append(task)
        }
        return tasks
    }

    /// Snapshot and timestamp for these roles.
    func online(
        _ roles: [SignedRole], with ring: any KeyRing, _ nonce: SnapshotNonce
    ) throws(RepositoryError) -> [SignedRole] {
        var snapshot = RoleDraft(try document(of: .snapshot))
        let listed = SnapshotListing(roles).members(
            replacing: snapshot.document.rest["meta"]?.members ?? [])
        snapshot.document.rest.set("meta", .object(listed))
        snapshot.document.rest.set(SnapshotNonce.member, .string(nonce.text))
        let signedSnapshot = try signed(snapshot, as: .snapshot, with: ring)
        var timestamp = RoleDraft(try document(of: .timestamp))
        var meta = timestamp.document.rest["meta"] ?? [:]
        let name = RoleName.snapshot.metaName
        meta.set(
            name,
            MetadataBuilder.meta(
                version: signedSnapshot.version, bytes: signedSnapshot.bytes,
                replacing: meta[name] ?? [:]))
        timestamp.document.rest.set("meta", meta)
        return [signedSnapshot, try signed(timestamp, as: .timestamp, with: ring)]
    }

    func signed(
        _ draft: RoleDraft, as role: RoleName, with ring: any KeyRing
    ) throws(RepositoryError) -> SignedRole {
        let document = draft.finished(
            version: nextVersion(of: role), now: now, days: days(of: role))
        let task = SigningTask(role: role, document: document, try authorities(of: role, tree))
        return try RoleSigning.sign([task], with: ring)[0]
    }

    /// Signs those roles anew whose published signatures the changed keys do not cover any more:
    /// to a client they would be unsigned.
    mutating func renewDependents() throws(RepositoryError) {
        if drafts[.root] != nil, drafts[.targets] == nil {
            let authority = try root().authority(of: .targets)
            if !state.root.document.authority(of: .targets).hasSameKeys(as: authority),
                !(try meets(state.targets.bytes, authority))
            {
                try renew(.targets)
            }
        }
        for delegator in changed where !delegator.isTopLevel || delegator == .targets {
            guard drafts[delegator]?.document.rest["delegations"] != nil,
                let delegations = try tree.delegations(of: delegator)
            else { continue }
            let before = try state.tree.delegations(of: delegator, ifKnown: state)
            for delegation in delegations.all(where: { drafts[$0] == nil }) {
                let old = before?.delegation(to: delegation.role)?.authority
                if old?.hasSameKeys(as: delegation.authority) == true { continue }
                try renewUnlessMet(delegation)
            }
        }
    }

    private mutating func renewUnlessMet(_ delegation: Delegation) throws(RepositoryError) {
        let role = delegation.role
        guard state.version(of: role) > 0 else {
            // Delegated to for the first time: a client that comes by finds it empty.
            let document = MetadataBuilder.targets(days: RepositoryEdit.days(role), now: now)
            return replace(role, document)
        }
        do throws(RepositoryError) {
            _ = try state.listed(role, by: delegation.authority)
        } catch {
            guard case .invalid(_, .threshold) = error else { throw error }
            replace(role, try lastDocument(of: role))
        }
    }

    /// What a role said last, whoever signed it: its delegator vouched for it then.
    private func lastDocument(of role: RoleName) throws(RepositoryError) -> JSON {
        if try state.tree.place(of: role) != nil {
            return try state.delegated(role).targets.document.value.tree()
        }
        // Nobody delegated to it any more: what it said then does not count now.
        return MetadataBuilder.targets(days: RepositoryEdit.days(role), now: now)
    }

    private func meets(_ bytes: [UInt8], _ authority: Authority) throws(RepositoryError) -> Bool {
        do throws(SigningError) {
            return try SignedFile(bytes).count(by: authority).isMet
        } catch {
            throw .invalid(file: RoleName.targets.shownFile, error)
        }
    }
}
