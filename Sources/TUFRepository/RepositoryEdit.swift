// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// A change of a repository: edits of delegated roles, then new snapshot and timestamp.
public struct RepositoryEdit: Sendable {
    public let state: PublishedState
    private let now: Instant
    private var documents: [RoleName: JSON] = [:]
    private var authorities: [RoleName: Authority] = [:]

    public init(_ state: PublishedState, now: Instant) {
        self.state = state
        self.now = now
    }

    /// Whether a role was changed at all.
    public var isEmpty: Bool { documents.isEmpty }

    /// Lists a target file in a role, in place of what it had under that path.
    ///
    /// - Throws: ``RepositoryError/outsideDelegation(_:role:patterns:)``, `.noRole`, `.invalid`.
    public mutating func set(
        _ entry: JSON, at path: TargetPath, in role: RoleName
    ) throws(RepositoryError) {
        var document = try self.document(of: role)
        let patterns = state.patterns(of: role)
        guard patterns.contains(where: { $0.matches(path) }) else {
            throw .outsideDelegation(path, role: role, patterns: patterns.map(\.description))
        }
        var targets = document["targets"] ?? [:]
        targets.set(path.text, entry)
        document.set("targets", targets)
        documents[role] = document
    }

    /// The entry of a path as this change will leave it.
    public func entry(at path: TargetPath, in role: RoleName) throws(RepositoryError) -> JSON? {
        if let document = documents[role] { return document["targets"]?[path.text] }
        return try state.delegated(role).targets.document.value.tree()["targets"]?[path.text]
    }

    private mutating func document(of role: RoleName) throws(RepositoryError) -> JSON {
        if let document = documents[role] { return document }
        let (delegation, targets) = try state.delegated(role)
        authorities[role] = delegation.authority
        return targets.document.value.tree()
    }

    /// New files by name: each changed role, snapshot, timestamp, each signed.
    public func sign(with ring: any KeyRing) throws(RepositoryError) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        var snapshot = state.snapshot.document.value.tree()
        var meta = snapshot["meta"] ?? [:]
        for (role, document) in documents.sorted(by: { $0.key < $1.key }) {
            guard let authority = authorities[role] else { throw .noRole(role) }
            let (renewed, version) = renew(document, defaultDays: 30)
            files[role.fileName(version: version)] = try RoleSigning.sign(
                renewed, as: role, authority, with: ring)
            meta.set(role.metaName, ["version": .integer(version)])
        }
        snapshot.set("meta", meta)
        let root = state.root.document
        let (newSnapshot, version) = renew(snapshot, defaultDays: 7)
        let bytes = try RoleSigning.sign(
            newSnapshot, as: .snapshot, root.authority(of: .snapshot), with: ring)
        files[RoleName.snapshot.fileName(version: version)] = bytes
        var timestamp = state.timestamp.document.value.tree()
        timestamp.set(
            "meta",
            [RoleName.snapshot.metaName: MetadataBuilder.meta(version: version, bytes: bytes)])
        files[RoleName.timestamp.fileName()] = try RoleSigning.sign(
            renew(timestamp, defaultDays: 1).document, as: .timestamp,
            root.authority(of: .timestamp), with: ring)
        return files
    }

    /// The next version, with a new expiry.
    private func renew(
        _ document: JSON, defaultDays: Int
    ) -> (document: JSON, version: Int) {
        let version = (document["version"]?.integer ?? 0) + 1
        let stated = document[MetadataBuilder.periodMember]?.integer ?? defaultDays
        let days = (1...36500).contains(stated) ? stated : defaultDays
        var renewed = document
        renewed.set("version", .integer(version))
        renewed.set("expires", .text(now.adding(days: days).description))
        return (renewed, version)
    }
}

/// The first state of a new repository.
public struct RepositoryGenesis: Sendable {
    public let root: JSON
    public let rootAuthority: Authority
    /// Top-level targets and the delegated roles, each with who signs it.
    public let targets: [(role: RoleName, document: JSON, authority: Authority)]
    public let snapshot: (document: JSON, authority: Authority)
    public let timestamp: (document: JSON, authority: Authority)

    public init(
        root: JSON, rootAuthority: Authority,
        targets: [(role: RoleName, document: JSON, authority: Authority)],
        snapshot: (document: JSON, authority: Authority),
        timestamp: (document: JSON, authority: Authority)
    ) {
        self.root = root
        self.rootAuthority = rootAuthority
        self.targets = targets
        self.snapshot = snapshot
        self.timestamp = timestamp
    }

    /// All files by name, signed.
    public func sign(with ring: any KeyRing) throws(RepositoryError) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        files[RoleName.root.fileName(version: 1)] = try RoleSigning.sign(
            root, as: .root, rootAuthority, with: ring)
        for (role, document, authority) in targets {
            files[role.fileName(version: 1)] = try RoleSigning.sign(
                document, as: role, authority, with: ring)
        }
        let bytes = try RoleSigning.sign(
            snapshot.document, as: .snapshot, snapshot.authority, with: ring)
        files[RoleName.snapshot.fileName(version: 1)] = bytes
        var document = timestamp.document
        document.set(
            "meta", [RoleName.snapshot.metaName: MetadataBuilder.meta(version: 1, bytes: bytes)])
        files[RoleName.timestamp.fileName()] = try RoleSigning.sign(
            document, as: .timestamp, timestamp.authority, with: ring)
        return files
    }
}
