// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import TUFMetadata

/// Where a client keeps what it trusts about one repository, role by role.
///
/// A save replaces the file at once or not at all; what was saved survives a crash.
public protocol TrustedStore: Sendable {
    /// The file of a role as it was saved, or `nil`.
    func load(_ role: RoleName) throws(StoreError) -> [UInt8]?
    func save(_ bytes: [UInt8], as role: RoleName) throws(StoreError)
    func remove(_ role: RoleName) throws(StoreError)
}

/// Why a file of the client's own could not be read or written.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    public let path: String
    /// The system's words, such as `No space left on device`.
    public let reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path): \(reason)" }
}

/// Bounds on what a repository may send (TUF 1.0.34 leaves the numbers to the client).
public struct ClientLimits: Sendable {
    public var rootBytes = 512 << 10
    public var timestampBytes = 16 << 10
    /// Where the timestamp gives no length.
    public var snapshotBytes = 16 << 20
    /// Where the snapshot gives no length.
    public var targetsBytes = 32 << 20
    /// Even where a length is given.
    public var anyMetadataBytes = 256 << 20
    /// Depth and number of values of any metadata file.
    public var json = JSONLimits()
    /// New root versions in one refresh.
    public var rootVersions = 256
    /// Delegations followed in the search for one file.
    public var rolesPerSearch = 32
    /// Roles loaded to list a repository.
    public var rolesPerList = 4096
    /// Rotations of the keys of one role (TAP 8).
    public var rotationsPerRole = 32
    /// One rotation file, even where the snapshot gives a length.
    public var rotationBytes = 64 << 10

    public init() {}
}
