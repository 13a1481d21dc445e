// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning

/// Version of every targets file at one moment (TUF 1.0.34 §4.4).
public struct Snapshot: Sendable {
    public let version: Int
    public let expires: Instant
    /// The whole `signed` part, unknown members included.
    public let value: JSONValue
    let meta: MemberIndex

    public init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        let common = try CommonFields(object, type: "snapshot")
        (version, expires) = (common.version, common.expires)
        let listed = try object.required("meta").object()
        // Each entry is checked now, and read again only where it is needed.
        meta = try MemberIndex(listed) { (_, entry) throws(JSONError) in
            if Shape.isPlainMetaFile(entry) { return }
            _ = try MetaFile(JSONValue(entry, of: value.document))
        }
        if meta[RoleName.targets.metaName] == nil {
            _ = try listed.required(RoleName.targets.metaName)
        }
        self.value = value
    }

    /// The entry of a role, or `nil` if the snapshot does not list it.
    public subscript(role: RoleName) -> MetaFile? {
        meta[role.metaName].flatMap { try? MetaFile($0) }
    }

    /// All entries: file name as listed (`releases.json`) and what is known of the file.
    public var files: [(name: UTF8Text, file: MetaFile)] {
        meta.object.compactMap { member in
            (try? MetaFile(member.value)).map { (member.key, $0) }
        }
    }
}
