// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// The newest root, unexpired.
public struct CurrentRoot: Sendable {
    public let root: Verified<Root>
    /// The moment at which the refresh began; all expiry is judged by it.
    public let now: Instant

    /// The client's own timestamp file, as base for what comes: its signatures must hold under
    /// the current root, its expiry does not matter. `nil` if it is of no use.
    public func base(timestamp bytes: [UInt8]?) -> Verified<Timestamp>? {
        bytes.flatMap { try? timestampFile($0) }
    }

    /// Takes a timestamp from the server (TUF 1.0.34 §5.4).
    ///
    /// - Parameter trusted: what ``base(timestamp:)`` gave.
    public func timestamp(
        _ bytes: [UInt8], after trusted: Verified<Timestamp>?
    ) throws(UpdateError) -> TimestampChange {
        let new = try timestampFile(bytes)
        if let trusted {
            let old = trusted.document
            if new.document.version < old.version {
                throw .rollback(
                    role: .timestamp, offered: new.document.version, trusted: old.version)
            }
            if new.document.version == old.version {
                return .unchanged(try concluded(trusted))
            }
            if new.document.snapshot.version < old.snapshot.version {
                throw .rollback(
                    role: .snapshot, offered: new.document.snapshot.version,
                    trusted: old.snapshot.version)
            }
        }
        return .newer(try concluded(new))
    }

    /// Goes on with the client's own timestamp, without asking the server.
    public func concluded(
        _ timestamp: Verified<Timestamp>
    ) throws(UpdateError) -> TimestampState {
        guard timestamp.document.expires > now else {
            throw .expired(role: .timestamp, since: timestamp.document.expires)
        }
        return TimestampState(current: self, timestamp: timestamp)
    }

    private func timestampFile(_ bytes: [UInt8]) throws(UpdateError) -> Verified<Timestamp> {
        try verified(
            bytes, RoleName.timestamp.fileName(), root.document.authority(of: .timestamp),
            by: .root, decoding: Timestamp.init)
    }
}

/// What the server's timestamp means for the client.
public enum TimestampChange: Sendable {
    /// To be saved.
    case newer(TimestampState)
    /// The version that the client has; what it has stays.
    case unchanged(TimestampState)
}

/// A current timestamp: it says which snapshot is the current one.
public struct TimestampState: Sendable {
    let current: CurrentRoot
    public let timestamp: Verified<Timestamp>

    public var expected: MetaFile { timestamp.document.snapshot }

    /// The client's own snapshot as base for the rollback check, current or not; `nil` if its
    /// signatures do not hold under the current root.
    public func base(snapshot bytes: [UInt8]?) -> Verified<Snapshot>? {
        bytes.flatMap { try? snapshotFile($0) }
    }

    /// Takes a snapshot (TUF 1.0.34 §5.5), from the server or the client's own.
    public func snapshot(
        _ bytes: [UInt8], after trusted: Verified<Snapshot>?
    ) throws(UpdateError) -> SnapshotState {
        let name = RoleName.snapshot.fileName()
        try expected.check(bytes, file: name)
        let new = try snapshotFile(bytes)
        guard new.document.version == expected.version else {
            throw .wrongVersion(
                file: name, found: new.document.version, expected: expected.version)
        }
        if let trusted { try refuseRollback(from: trusted.document, to: new.document) }
        guard new.document.expires > current.now else {
            throw .expired(role: .snapshot, since: new.document.expires)
        }
        return SnapshotState(previous: self, snapshot: new)
    }

    private func refuseRollback(from old: Snapshot, to new: Snapshot) throws(UpdateError) {
        let offered = Dictionary(new.files.map { ($0.name, $0.file) }) { first, _ in first }
        for (name, file) in old.files {
            guard let found = offered[name] else { throw .vanished(role: role(listedAs: name)) }
            guard found.version >= file.version else {
                throw .rollback(
                    role: role(listedAs: name), offered: found.version, trusted: file.version)
            }
        }
    }

    /// The role whose file an entry is; an entry that is no role's goes by its whole name.
    private func role(listedAs name: UTF8Text) -> RoleName {
        guard name.utf8.suffix(5).elementsEqual(".json".utf8) else { return RoleName(name) }
        return RoleName(UTF8Text(String(Substring(name.utf8.dropLast(5)))))
    }

    private func snapshotFile(_ bytes: [UInt8]) throws(UpdateError) -> Verified<Snapshot> {
        try verified(
            bytes, RoleName.snapshot.fileName(), current.root.document.authority(of: .snapshot),
            by: .root, decoding: Snapshot.init)
    }
}

/// A current snapshot: it says which version of each targets role is the current one.
public struct SnapshotState: Sendable {
    let previous: TimestampState
    public let snapshot: Verified<Snapshot>

    /// Takes the top-level targets file (TUF 1.0.34 §5.6).
    public func targets(_ bytes: [UInt8]) throws(UpdateError) -> RepositoryState {
        let authority = previous.current.root.document.authority(of: .targets)
        let targets = try targets(bytes, of: .targets, authority, by: .root)
        return RepositoryState(
            root: previous.current.root, timestamp: previous.timestamp, snapshot: snapshot,
            targets: targets, now: previous.current.now)
    }

    func targets(
        _ bytes: [UInt8], of role: RoleName, _ authority: Authority, by appointer: RoleName
    ) throws(UpdateError) -> Verified<Targets> {
        try snapshot.document.targets(
            bytes, of: role, authority, by: appointer, now: previous.current.now)
    }
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

    /// Takes the file of a delegated role, as the role that delegates to it vouches for it.
    func delegated(
        _ bytes: [UInt8], _ delegation: Delegation, by parent: RoleName
    ) throws(UpdateError) -> Verified<Targets> {
        try snapshot.document.targets(
            bytes, of: delegation.role, delegation.authority, by: parent, now: now)
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
        let new = try verified(bytes, name, authority, by: appointer, decoding: Targets.init)
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

extension MetaFile {
    /// Refuses a file of another length or digest, where these are given.
    func check(_ bytes: [UInt8], file: String) throws(UpdateError) {
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
}
