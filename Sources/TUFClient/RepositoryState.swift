// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// A current snapshot: it says which version of each targets role is the current one.
public struct SnapshotState: Sendable {
    let previous: TimestampState
    public let snapshot: Verified<Snapshot>

    var now: Instant { previous.current.now }
    var root: Root { previous.current.root.document }

    /// Takes the top-level targets file (TUF 1.0.34 §5.6).
    ///
    /// - Throws: ``UpdateError``: `.notInSnapshot`, `.wrongLength`, `.wrongDigest`,
    ///   `.malformed`, `.duplicateSignature`, `.unsigned`, `.wrongVersion`, `.expired`; and
    ///   `.rotationMissing` if the role's keys were rotated, which takes more files to follow.
    public func targets(_ bytes: [UInt8]) throws(UpdateError) -> RepositoryState {
        let rotations = Rotations(snapshot.document)
        if let first = try rotations.entries(of: .targets, maximum: Int.max).first {
            throw .rotationMissing(file: first.file)
        }
        return try targets(bytes, root.authority(of: .targets), .mirror(0))
    }

    /// - Parameter authority: the keys of the role now, which are the root's unless rotated.
    func targets(
        _ bytes: [UInt8], _ authority: Authority, _ origin: StateOrigin
    ) throws(UpdateError) -> RepositoryState {
        let targets = try snapshot.document.targets(
            bytes, of: .targets, authority, by: .root, now: now)
        return RepositoryState(
            root: previous.current.root, timestamp: previous.timestamp, snapshot: snapshot,
            targets: targets, now: now, origin: origin)
    }
}

/// Where a state was read from.
public enum StateOrigin: Sendable, Equatable {
    /// From the client's own store alone; nothing was asked of a server.
    case store
    /// From the mirror at this place of the updater's list, from beginning to end.
    case mirror(Int)
}

/// A consistent state of the repository, verified from the root down.
public struct RepositoryState: Sendable {
    public let root: Verified<Root>
    public let timestamp: Verified<Timestamp>
    public let snapshot: Verified<Snapshot>
    /// The top-level targets role.
    public let targets: Verified<Targets>
    /// The moment at which the refresh began.
    public let now: Instant
    /// Where it was read from. It has no part in what is trusted.
    public let origin: StateOrigin
    /// Whether the snapshot is an earlier one than ``timestamp`` names: the one that was the
    /// newest at ``now``, as far as the repository's history tells.
    public internal(set) var isOfThePast = false

    /// Takes the file of a delegated role, as the role that delegates to it vouches for it.
    func delegated(
        _ bytes: [UInt8], _ role: RoleName, _ authority: Authority, by parent: RoleName
    ) throws(UpdateError) -> Verified<Targets> {
        try snapshot.document.targets(bytes, of: role, authority, by: parent, now: now)
    }
}

extension Snapshot {
    /// A targets file that is the one this snapshot lists (TUF 1.0.34 §5.6.2 to §5.6.5).
    func targets(
        _ bytes: [UInt8], of role: RoleName, _ authority: Authority, by appointer: RoleName,
        now: Instant
    ) throws(UpdateError) -> Verified<Targets> {
        let name = role.fileName()
        guard let expected = self[role] else { throw .notInSnapshot(role: role) }
        try expected.check(bytes, file: name)
        let new = try verified(
            parsed(bytes, name, value.document.limits), name, authority, by: appointer,
            decoding: Targets.init)
        guard new.document.version == expected.version else {
            throw .wrongVersion(
                file: name, found: new.document.version, expected: expected.version)
        }
        guard new.document.expires > now else {
            throw .expired(role: role, since: new.document.expires)
        }
        return new
    }
}

extension Verified<Targets> {
    /// The same file as somebody else vouches for it: its signatures are counted by other keys;
    /// all that does not depend on them was checked when this value was made.
    func verified(
        again authority: Authority, of role: RoleName, by appointer: RoleName
    ) throws(UpdateError) -> Verified<Targets> {
        let name = role.fileName()
        let signed: SignedFile
        do throws(SigningError) { signed = try SignedFile(document.value.document) } catch {
            throw .of(error, file: name, by: appointer, nil)
        }
        return try TUFClient.verified(signed, name, authority, by: appointer) { _ in document }
    }
}

extension MetaFile {
    /// Refuses a file of another length or digest, where these are given.
    func check(_ bytes: [UInt8], file: String) throws(UpdateError) {
        try TUFClient.check(bytes, length, hashes, file: file)
    }
}

/// Refuses a file of another length or digest, where these are given.
func check(
    _ bytes: [UInt8], _ length: Int?, _ hashes: [DigestAlgorithm: String], file: String
) throws(UpdateError) {
    if let length, bytes.count != length {
        throw .wrongLength(file: file, found: bytes.count, expected: length)
    }
    for (algorithm, expected) in hashes {
        let found = algorithm.hexDigest(of: bytes)
        guard found == expected else {
            throw .wrongDigest(file: file, found: found, expected: expected)
        }
    }
}
