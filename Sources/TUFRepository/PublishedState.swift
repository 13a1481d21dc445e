// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// The current state of a repository of one's own: what its next change starts from.
///
/// Signatures are checked from the first root on, as a client does. Expiry is not: an expired
/// repository can be signed anew.
public struct PublishedState: Sendable {
    public let root: Verified<Root>
    public let timestamp: Verified<Timestamp>
    public let snapshot: Verified<Snapshot>
    public let targets: Verified<Targets>
    private let reader: any MetadataReader

    /// Reads the current state.
    ///
    /// - Throws: ``RepositoryError``.
    public init(reading reader: any MetadataReader) throws(RepositoryError) {
        self.reader = reader
        root = try PublishedState.newestRoot(reader)
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
        _ reader: any MetadataReader
    ) throws(RepositoryError) -> Verified<Root> {
        let first = RoleName.root.fileName(version: 1)
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
        while true {
            let name = RoleName.root.fileName(version: root.document.version + 1)
            guard try reader.read(metadata: name) != nil else { return root }
            let old = root.document.authority(of: .root)
            claimed = try verified(reader, name, old, Root.init).document
            let wanted = root.document.version + 1
            guard claimed.version == wanted else {
                throw .invalid(
                    file: name,
                    .malformed(
                        .mismatch(
                            path: "signed.version", found: "\(claimed.version)",
                            expected: "\(wanted)")))
            }
            root = try verified(reader, name, claimed.authority(of: .root), Root.init)
        }
    }

    private static func fileName(_ role: RoleName, _ version: Int, _ root: Verified<Root>) -> String
    {
        role.fileName(version: root.document.consistentSnapshot ? version : nil)
    }

    /// A role that top-level targets delegates to, and its delegation.
    ///
    /// - Throws: ``RepositoryError/noRole(_:)`` if there is no such delegation.
    public func delegated(
        _ name: RoleName
    ) throws(RepositoryError) -> (delegation: Delegation, targets: Verified<Targets>) {
        guard let delegation = targets.document.delegations?.delegation(to: name),
            let listed = snapshot.document[name]
        else { throw .noRole(name) }
        let targets = try verified(
            reader, PublishedState.fileName(name, listed.version, root), delegation.authority,
            Targets.init)
        try PublishedState.expect(targets.document.version, listed.version, name.shownFile)
        return (delegation, targets)
    }

    /// The patterns that top-level targets gives a role; empty for a role by hash.
    public func patterns(of name: RoleName) -> [PathPattern] {
        guard case .named(let roles)? = targets.document.delegations?.roles,
            case .paths(let patterns)? = roles.first(where: { $0.name == name })?.scope
        else { return [] }
        return patterns
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
