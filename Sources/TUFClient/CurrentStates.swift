// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// The newest root, unexpired.
public struct CurrentRoot: Sendable {
    public let root: Verified<Root>
    /// The moment at which the refresh began; all expiry is judged by it (TUF 1.0.34 §5.1).
    public let now: Instant

    /// The client's own timestamp file, as base for what comes: its signatures must hold under
    /// the current root, its expiry does not matter. `nil` if it is of no use.
    public func base(timestamp bytes: [UInt8]?) -> Verified<Timestamp>? {
        bytes.flatMap { try? timestampFile($0) }
    }

    /// Takes a timestamp from the server (TUF 1.0.34 §5.4).
    ///
    /// - Parameter trusted: what ``base(timestamp:)`` gave.
    /// - Throws: ``UpdateError``: `.malformed`, `.duplicateSignature`, `.unsigned`, `.rollback`,
    ///   `.expired`.
    public func timestamp(
        _ bytes: [UInt8], after trusted: Verified<Timestamp>?
    ) throws(UpdateError) -> TimestampChange {
        // What is verified already need not be parsed again.
        if let trusted, trusted.bytes == bytes { return .unchanged(try concluded(trusted)) }
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
    ///
    /// - Throws: ``UpdateError/expired(role:since:)``.
    public func concluded(
        _ timestamp: Verified<Timestamp>
    ) throws(UpdateError) -> TimestampState {
        guard timestamp.document.expires > now else {
            throw .expired(role: .timestamp, since: timestamp.document.expires)
        }
        return TimestampState(current: self, timestamp: timestamp)
    }

    /// The client's own timestamp, whose refusal counts.
    func timestampFile(_ bytes: [UInt8]) throws(UpdateError) -> Verified<Timestamp> {
        let name = RoleName.timestamp.fileName()
        return try verified(
            parsed(bytes, name, root.document.value.document.limits), name,
            root.document.authority(of: .timestamp), by: .root, decoding: Timestamp.init)
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

    /// Takes a snapshot from the server (TUF 1.0.34 §5.5).
    ///
    /// - Parameter trusted: what ``base(snapshot:)`` gave.
    /// - Throws: ``UpdateError``: `.wrongLength`, `.wrongDigest`, `.malformed`,
    ///   `.duplicateSignature`, `.unsigned`, `.wrongVersion`, `.rollback`, `.vanished`,
    ///   `.expired`.
    public func snapshot(
        _ bytes: [UInt8], after trusted: Verified<Snapshot>?
    ) throws(UpdateError) -> SnapshotState {
        try expected.check(bytes, file: RoleName.snapshot.fileName())
        let new = try snapshotFile(bytes)
        try expectVersion(of: new.document)
        if let trusted { try new.document.refuseRollback(from: trusted.document) }
        return try concluded(new)
    }

    /// Goes on with the client's own snapshot, if it is the one that the timestamp names: it is
    /// verified already, so only its digest, its version and its expiry are looked at.
    public func snapshot(keeping own: Verified<Snapshot>) throws(UpdateError) -> SnapshotState {
        // The version first: it is the cheaper question, and the better answer.
        try expectVersion(of: own.document)
        try expected.check(own.bytes, file: RoleName.snapshot.fileName())
        return try concluded(own)
    }

    private func expectVersion(of snapshot: Snapshot) throws(UpdateError) {
        guard snapshot.version == expected.version else {
            throw .wrongVersion(
                file: RoleName.snapshot.fileName(), found: snapshot.version,
                expected: expected.version)
        }
    }

    private func concluded(_ snapshot: Verified<Snapshot>) throws(UpdateError) -> SnapshotState {
        guard snapshot.document.expires > current.now else {
            throw .expired(role: .snapshot, since: snapshot.document.expires)
        }
        return SnapshotState(previous: self, snapshot: snapshot)
    }

    /// A snapshot signed as the root says, current or not.
    func snapshotFile(_ bytes: [UInt8]) throws(UpdateError) -> Verified<Snapshot> {
        let name = RoleName.snapshot.fileName()
        return try verified(
            parsed(bytes, name, current.root.document.value.document.limits), name,
            current.root.document.authority(of: .snapshot), by: .root, decoding: Snapshot.init)
    }
}

extension Snapshot {
    /// Refuses to go on from `old` to this one if a file that was listed is no longer, or in a
    /// lower version (TUF 1.0.34 §5.5.5).
    func refuseRollback(from old: Snapshot) throws(UpdateError) {
        switch regression(from: old) {
        case nil: break
        case .vanished(let name)?: throw .vanished(role: RoleName(listedAs: name))
        case .lowered(let name, let offered, let trusted)?:
            throw .rollback(role: RoleName(listedAs: name), offered: offered, trusted: trusted)
        }
    }
}

extension RoleName {
    /// The role whose file an entry of `meta` is; an entry that is no role's goes by its whole
    /// name.
    fileprivate init(listedAs name: UTF8Text) {
        guard name.utf8.suffix(5).elementsEqual(".json".utf8) else {
            self.init(name)
            return
        }
        self.init(UTF8Text(String(Substring(name.utf8.dropLast(5)))))
    }
}
