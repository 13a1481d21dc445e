// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
import Synchronization
public import TUFMetadata

/// The current state of a repository of one's own: what its next change starts from.
///
/// Signatures are checked from the first root on, as a client does. Expiry is not: an expired
/// repository can be signed anew.
public struct PublishedState: Sendable {
    public let root: Verified<Root>
    /// Version of the root that the chain begins with, mostly 1.
    public let firstRootVersion: Int
    public let timestamp: Verified<Timestamp>
    public let snapshot: Verified<Snapshot>
    public let targets: Verified<Targets>
    private let reader: any MetadataReader
    private let cache = RoleCache()

    /// Reads the current state.
    ///
    /// - Throws: ``RepositoryError``.
    public init(reading reader: any MetadataReader) throws(RepositoryError) {
        self.reader = reader
        firstRootVersion = try reader.firstRootVersion()
        root = try PublishedState.newestRoot(reader, from: firstRootVersion)
        let authority = root.document.authority
        timestamp = try verified(
            reader, RoleName.timestamp.fileName(), authority(.timestamp), Timestamp.init)
        let version = timestamp.document.snapshot.version
        snapshot = try verified(
            reader, PublishedState.fileName(.snapshot, version, root), authority(.snapshot),
            Snapshot.init)
        try PublishedState.expect(snapshot.document.version, version, "snapshot.json")
        guard let listed = snapshot.document[.targets] else {
            throw .missing(file: "targets.json")
        }
        targets = try verified(
            reader, PublishedState.fileName(.targets, listed.version, root), authority(.targets),
            Targets.init)
        try PublishedState.expect(targets.document.version, listed.version, "targets.json")
    }

    /// A file under another's number would take the repository a step back.
    private static func expect(
        _ found: Int, _ expected: Int, _ file: String
    ) throws(RepositoryError) {
        guard found == expected else {
            throw .invalid(
                file: file,
                .malformed(
                    .mismatch(
                        path: "signed.version", found: "\(found)", expected: "\(expected)")))
        }
    }

    private static func newestRoot(
        _ reader: any MetadataReader, from firstVersion: Int
    ) throws(RepositoryError) -> Verified<Root> {
        let first = RoleName.root.fileName(version: firstVersion)
        guard let bytes = try reader.read(metadata: first) else { throw .missing(file: first) }
        var claimed: Root
        do throws(SigningError) {
            let file = try SignedFile(bytes)
            do throws(JSONError) { claimed = try Root(file.signed) } catch {
                throw .malformed(error)
            }
        } catch {
            throw .invalid(file: first, error)
        }
        var root = try verified(reader, first, claimed.authority(of: .root), Root.init)
        // The next file is looked for by this number.
        try expect(root.document.version, firstVersion, first)
        while true {
            let name = RoleName.root.fileName(version: root.document.version + 1)
            guard try reader.read(metadata: name) != nil else { return root }
            let old = root.document.authority(of: .root)
            claimed = try verified(reader, name, old, Root.init).document
            try expect(claimed.version, root.document.version + 1, name)
            root = try verified(reader, name, claimed.authority(of: .root), Root.init)
        }
    }

    private static func fileName(_ role: RoleName, _ version: Int, _ root: Verified<Root>) -> String
    {
        role.fileName(version: root.document.consistentSnapshot ? version : nil)
    }

    /// Who delegates to whom.
    public var tree: RoleTree {
        RoleTree { (role) throws(RepositoryError) in
            role == .targets
                ? self.targets.document.delegations
                : try self.delegated(role).targets.document.delegations
        }
    }

    /// A delegated role, at any depth, and its delegation.
    ///
    /// - Throws: ``RepositoryError/noRole(_:)`` if nobody delegates to it, or it was never signed.
    public func delegated(
        _ name: RoleName
    ) throws(RepositoryError) -> (delegation: Delegation, targets: Verified<Targets>) {
        if let known = cache[name] { return known }
        guard version(of: name) > 0 else { throw .noRole(name) }
        var delegation = targets.document.delegations?.delegation(to: name)
        if delegation == nil { delegation = try tree.place(of: name)?.delegation }
        guard let delegation, let found = try listed(name, by: delegation.authority) else {
            throw .noRole(name)
        }
        cache[name] = (delegation, found)
        return (delegation, found)
    }

    /// The current file of a role, with the signatures that `authority` wants.
    ///
    /// - Returns: `nil` if the snapshot does not list the role.
    func listed(
        _ name: RoleName, by authority: Authority
    ) throws(RepositoryError) -> Verified<Targets>? {
        guard let listed = snapshot.document[name] else { return nil }
        let found = try verified(
            reader, PublishedState.fileName(name, listed.version, root), authority, Targets.init)
        try PublishedState.expect(found.document.version, listed.version, name.shownFile)
        return found
    }

    /// Version of a targets role in the snapshot; 0 if it was never listed.
    public func version(of role: RoleName) -> Int { snapshot.document[role]?.version ?? 0 }

    /// Highest version of a role that may not be given again, although nothing refers to it.
    func takenVersion(of role: RoleName) -> Int { reader.takenVersion(of: role) }

    /// The patterns that a role is given; empty for a role by hash.
    public func patterns(of name: RoleName) throws(RepositoryError) -> [PathPattern] {
        try tree.patterns(of: name)
    }
}

/// Roles that were read and verified already: a change asks for the same ones many times.
private final class RoleCache: Sendable {
    typealias Entry = (delegation: Delegation, targets: Verified<Targets>)

    private let entries = Mutex<[RoleName: Entry]>([:])

    subscript(role: RoleName) -> Entry? {
        get { entries.withLock { $0[role] } }
        set { entries.withLock { $0[role] = newValue } }
    }
}

private func verified<Document: Sendable>(
    _ reader: any MetadataReader, _ name: String, _ authority: Authority,
    _ decode: (JSONValue) throws(JSONError) -> Document
) throws(RepositoryError) -> Verified<Document> {
    guard let bytes = try reader.read(metadata: name) else { throw .missing(file: name) }
    do throws(SigningError) {
        return try SignedFile(bytes).verified(by: authority, decoding: decode)
    } catch {
        throw .invalid(file: name, error)
    }
}
