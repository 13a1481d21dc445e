// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning

/// The root of trust: which keys sign the top-level roles (TUF 1.0.34 §4.3).
public struct Root: Sendable {
    public let version: Int
    public let expires: Instant
    public let specVersion: UTF8Text
    /// Whether file names carry versions and digests (TUF 1.0.34 §6.2).
    public let consistentSnapshot: Bool
    public let keys: [KeyID: PublicKey]
    /// The four top-level roles, each present.
    public let roles: [RoleName: RoleKeys]
    /// The whole `signed` part, unknown members included.
    public let value: JSONValue

    public init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        let common = try CommonFields(object, type: "root")
        (version, expires, specVersion) = (common.version, common.expires, common.specVersion)
        consistentSnapshot = try object["consistent_snapshot"]?.boolean() ?? false
        keys = try TUFMetadata.keys(try object.required("keys"))
        let members = try object.required("roles").object()
        var roles: [RoleName: RoleKeys] = [:]
        for role in [RoleName.root, .timestamp, .snapshot, .targets] {
            roles[role] = try RoleKeys(try members.required(role.text).object())
        }
        self.roles = roles
        self.value = value
    }

    /// Whose signatures count for a top-level role.
    public func authority(of role: RoleName) -> Authority {
        roles[role]?.authority(keys) ?? Authority([], threshold: Int.max)
    }
}
