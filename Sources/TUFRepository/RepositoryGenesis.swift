// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

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
