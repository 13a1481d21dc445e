// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning

/// What is known beforehand about a metadata file (TUF 1.0.34 §4.4): its version and, where
/// given, its length in bytes and its digests.
public struct MetaFile: Sendable, Equatable {
    public let version: Int
    public let length: Int?
    public let hashes: [DigestAlgorithm: String]

    init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        version = try object.required("version").integer(in: 1...countLimit)
        length = try object["length"]?.integer(in: 1...countLimit)
        if let listed = object["hashes"] {
            hashes = try TUFMetadata.hashes(listed)
        } else {
            hashes = [:]
        }
    }
}

/// The newest state of the repository: which snapshot is current (TUF 1.0.34 §4.6).
public struct Timestamp: Sendable {
    public let version: Int
    public let expires: Instant
    public let snapshot: MetaFile
    /// The whole `signed` part, unknown members included.
    public let value: JSONValue

    public init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        let common = try CommonFields(object, type: "timestamp")
        (version, expires) = (common.version, common.expires)
        let meta = try object.required("meta").object()
        snapshot = try MetaFile(try meta.required(RoleName.snapshot.metaName))
        self.value = value
    }
}
