// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// A change of a repository: drafts of root and of targets roles at any depth. Signing adds the
/// new snapshot and timestamp.
public struct RepositoryEdit: Sendable {
    public let state: PublishedState
    public let now: Instant
    var drafts: [RoleName: RoleDraft] = [:]

    /// Begins a change of the current state.
    public init(_ state: PublishedState, now: Instant) {
        self.state = state
        self.now = now
    }

    /// Whether a role was changed at all.
    public var isEmpty: Bool { drafts.isEmpty }

    /// The roles that were changed, sorted.
    public var changed: [RoleName] {
        let names = Array(drafts.keys)
        return numbersInByteOrder(names.map(\.text)).map { names[$0] }
    }

    // MARK: files

    /// Lists a target file in a role, in place of what it had under that path.
    ///
    /// - Throws: ``RepositoryError/outsideDelegation(_:role:patterns:)``, `.noRole`, `.invalid`.
    public mutating func set(
        _ entry: JSON, at path: TargetPath, in role: RoleName
    ) throws(RepositoryError) {
        var covers = role == .targets
        if !covers { covers = try tree.covers(path, by: role) }
        guard covers else {
            guard try tree.place(of: role) != nil else { throw .noRole(role) }
            throw .outsideDelegation(
                path, role: role, patterns: try tree.patterns(of: role).map(\.description))
        }
        try change(role) { $0.document.files.set(.entry(entry), at: path.text) }
    }

    /// Lists a target file no more.
    public mutating func remove(
        _ path: TargetPath, from role: RoleName
    ) throws(RepositoryError) {
        guard try entry(at: path, in: role) != nil else { throw .noFile(path, role: role) }
        try change(role) { $0.document.files.set(nil, at: path.text) }
    }

    /// The entry of a path as this change will leave it.
    public func entry(at path: TargetPath, in role: RoleName) throws(RepositoryError) -> JSON? {
        if let draft = drafts[role] {
            if let change = draft.document.files[path.text] { return change?.entry }
            if !draft.hasPublishedFiles { return draft.document.rest["targets"]?[path.text] }
        }
        return try published(role).files.entry(path)
    }

    // MARK: documents

    /// The `signed` part of root or of a targets role as the change has it so far; its version
    /// and expiry are set when it is signed.
    public func document(of role: RoleName) throws(RepositoryError) -> JSON {
        if let draft = drafts[role] {
            return draft.finished(version: nextVersion(of: role), now: now, days: days(of: role))
                .tree
        }
        switch role {
        case .root: return state.root.document.value.tree()
        case .snapshot: return state.snapshot.document.value.tree()
        case .timestamp: return state.timestamp.document.value.tree()
        default: return try published(role).value.tree()
        }
    }

    /// Changes the `signed` part of root or of a targets role.
    public mutating func edit(
        _ role: RoleName, _ body: (inout JSON) throws(RepositoryError) -> Void
    ) throws(RepositoryError) {
        try change(role) { (draft) throws(RepositoryError) in try body(&draft.document.rest) }
    }

    /// Signs a role anew, with a new expiry, without any other change.
    public mutating func renew(_ role: RoleName) throws(RepositoryError) {
        try change(role) { _ in }
    }

    /// Puts a whole document in a role's place; for a role that is new, its first.
    public mutating func replace(_ role: RoleName, _ document: JSON) {
        drafts[role] = RoleDraft(document)
    }

    mutating func change(
        _ role: RoleName, _ body: (inout RoleDraft) throws(RepositoryError) -> Void
    ) throws(RepositoryError) {
        // Taken out meanwhile, so that its files are changed in place.
        var draft: RoleDraft
        if let known = drafts.removeValue(forKey: role) {
            draft = known
        } else {
            draft = RoleDraft(try document(of: role))
            draft.hasPublishedFiles = true
        }
        defer { drafts[role] = draft }
        draft.reopen()
        try body(&draft)
    }

    private func published(_ role: RoleName) throws(RepositoryError) -> Targets {
        role == .targets
            ? state.targets.document : try state.delegated(role).targets.document
    }

    /// Version that is published; 0 for a role that is new.
    func version(of role: RoleName) -> Int {
        switch role {
        case .root: state.root.document.version
        case .snapshot: state.snapshot.document.version
        case .timestamp: state.timestamp.document.version
        default: state.version(of: role)
        }
    }

    /// Version that the change gives a role: one more than is published, or than was taken for
    /// it where several publish at the same time.
    func nextVersion(of role: RoleName) -> Int {
        max(version(of: role), state.takenVersion(of: role)) + 1
    }

    /// Whether a role's signatures are good for so short a time that no person makes them.
    static func isOnline(_ document: JSON) -> Bool {
        (document[MetadataBuilder.periodMember]?.integer).map { $0 <= 90 } ?? false
    }

    /// How long a role's signature is good for where its metadata does not say.
    static func days(_ role: RoleName) -> Int {
        switch role {
        case .root, .targets: 365
        case .snapshot: 7
        case .timestamp: 1
        default: 30
        }
    }

    /// The same for a role of this repository: root may say so of snapshot and timestamp, as
    /// tuf-on-ci has it.
    func days(of role: RoleName) -> Int {
        guard role == .snapshot || role == .timestamp else { return RepositoryEdit.days(role) }
        let entry =
            drafts[.root]?.document.rest["roles"]?[role.text]
            ?? state.root.document.entry(of: role)?.tree()
        return entry.flatMap(MetadataBuilder.period) ?? RepositoryEdit.days(role)
    }

    // MARK: who delegates to whom

    /// Who delegates to whom once the change is made.
    public var tree: RoleTree {
        let (state, drafts) = (state, drafts)
        return RoleTree { (role) throws(RepositoryError) in
            if let draft = drafts[role] { return try RepositoryEdit.delegations(draft, of: role) }
            if role == .targets { return state.targets.document.delegations }
            // A role that this change delegates to, and that nobody delegated to before.
            guard try state.tree.knows(role, in: state) else { return nil }
            return try state.delegated(role).targets.document.delegations
        }
    }

    private static func delegations(
        _ draft: RoleDraft, of role: RoleName
    ) throws(RepositoryError) -> Delegations? {
        guard let delegations = draft.document.rest["delegations"] else { return nil }
        do throws(JSONError) {
            return try Delegations(JSONDocument(delegations.compactBytes()).root)
        } catch {
            throw .invalid(file: role.shownFile, .malformed(error))
        }
    }

    /// Root as the change will leave it.
    func root() throws(RepositoryError) -> Root {
        guard drafts[.root] != nil else { return state.root.document }
        let document = try document(of: .root)
        do throws(JSONError) {
            return try Root(JSONDocument(document.compactBytes()).root)
        } catch {
            throw .invalid(file: RoleName.root.shownFile, .malformed(error))
        }
    }
}

extension RepositoryEdit {
    /// Whose signatures a role's new metadata needs: for root the keys of the current root as
    /// well as those of the new one (TUF 1.0.34 §6.1), for all others those of whoever delegates.
    ///
    /// - Parameter tree: who delegates to whom once the change is made.
    func authorities(
        of role: RoleName, _ tree: RoleTree
    ) throws(RepositoryError) -> [Authority] {
        if role == .root {
            let new = try root().authority(of: .root)
            let old = state.root.document.authority(of: .root)
            return old.hasSameKeys(as: new) ? [new] : [old, new]
        }
        if role.isTopLevel { return [try root().authority(of: role)] }
        guard let place = try tree.place(of: role) else { throw .noRole(role) }
        return [place.delegation.authority]
    }
}

extension Root {
    /// What the root says of a top-level role, unknown members included.
    func entry(of role: RoleName) -> JSONValue? {
        guard let roles = try? value.object()["roles"] else { return nil }
        return try? roles.object()[role.text]
    }
}

extension Authority {
    /// Whether the same signatures meet both.
    func hasSameKeys(as other: Authority) -> Bool {
        threshold == other.threshold
            && entries.count == other.entries.count
            && zip(entries, other.entries).allSatisfy {
                $0.ids == $1.ids && $0.key.material == $1.key.material
            }
    }
}
