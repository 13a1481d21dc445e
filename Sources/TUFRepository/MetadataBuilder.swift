// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// Makes the `signed` parts of new metadata (TUF 1.0.34 §4).
public enum MetadataBuilder {
    /// The version of the specification that is written.
    public static let specVersion = "1.0.34"
    /// Member that holds how many days a role's signature is good for.
    public static let periodMember: UTF8Text = "x-carnet-expires-after-days"
    /// Member of a key that names who holds it.
    public static let holderMember: UTF8Text = "x-carnet-holder"

    /// How many days a role's signatures are good for, as its metadata says.
    static func period(_ document: JSONValue) -> Int? {
        guard let object = try? document.object(), let days = object[periodMember] else {
            return nil
        }
        return try? days.integer(in: 1...36500)
    }

    /// Who holds a key, as its object says; read from tuf-on-ci's member, too.
    public static func holder(of key: PublicKey) -> String? {
        let json = key.json
        return (json[holderMember] ?? json["x-tuf-on-ci-keyowner"])?.text?.string
    }

    /// Keys of a role, each with its holder's name, and how many must sign.
    public struct Keys: Sendable {
        public var holders: [(name: String, key: PublicKey)]
        public var threshold: Int

        public init(_ holders: [(name: String, key: PublicKey)], threshold: Int) {
            self.holders = holders
            self.threshold = threshold
        }

        /// Whose signatures count.
        public var authority: Authority {
            Authority(
                holders.map { Authority.Entry($0.key.keyID, $0.key) }, threshold: threshold)
        }

        var members: [JSON.Member] {
            [
                JSON.Member("keyids", .array(holders.map { .string($0.key.keyID.text) })),
                JSON.Member("threshold", .integer(threshold)),
            ]
        }
    }

    /// A root document.
    public static func root(
        _ roles: [(role: RoleName, keys: Keys)], days: Int, now: Instant
    ) -> JSON {
        var root = common("root", days: days, now: now)
        root.set("consistent_snapshot", true)
        root.set("keys", keyMap(roles.map(\.keys)))
        root.set(
            "roles",
            .object(roles.map { JSON.Member($0.role.text, .object($0.keys.members)) }))
        return root
    }

    /// A targets document without files and delegations.
    public static func targets(days: Int, now: Instant) -> JSON {
        var targets = common("targets", days: days, now: now)
        targets.set("targets", [:])
        return targets
    }

    /// A delegation to be.
    public struct NewDelegation: Sendable {
        public let role: RoleName
        public let keys: Keys
        public let patterns: [UTF8Text]
        public let isTerminating: Bool

        public init(role: RoleName, keys: Keys, patterns: [UTF8Text], isTerminating: Bool) {
            self.role = role
            self.keys = keys
            self.patterns = patterns
            self.isTerminating = isTerminating
        }
    }

    /// A `delegations` member.
    public static func delegations(_ delegations: [NewDelegation]) -> JSON {
        let roles = delegations.map { delegation -> JSON in
            .object(
                delegation.keys.members + [
                    JSON.Member("name", .string(delegation.role.text)),
                    JSON.Member("paths", .array(delegation.patterns.map(JSON.string))),
                    JSON.Member("terminating", .boolean(delegation.isTerminating)),
                ])
        }
        return ["keys": keyMap(delegations.map(\.keys)), "roles": .array(roles)]
    }

    /// A snapshot document that lists each role at version 1.
    public static func snapshot(_ roles: [RoleName], days: Int, now: Instant) -> JSON {
        var snapshot = common("snapshot", days: days, now: now)
        snapshot.set(
            "meta", .object(roles.map { JSON.Member($0.metaName, ["version": 1]) }))
        return snapshot
    }

    /// A timestamp document for a snapshot's file.
    public static func timestamp(days: Int, now: Instant) -> JSON {
        common("timestamp", days: days, now: now)
    }

    /// What timestamp says of the snapshot's file.
    static func meta(version: Int, bytes: [UInt8]) -> JSON {
        [
            "version": .integer(version), "length": .integer(bytes.count),
            "hashes": ["sha256": .text(DigestAlgorithm.sha256.hexDigest(of: bytes))],
        ]
    }

    /// An entry of `targets`.
    public static func targetFile(length: Int, sha256: String, custom: JSON?) -> JSON {
        var entry: JSON = ["length": .integer(length), "hashes": ["sha256": .text(sha256)]]
        entry.set("custom", custom)
        return entry
    }

    private static func common(_ type: String, days: Int, now: Instant) -> JSON {
        [
            "_type": .text(type), "spec_version": .text(specVersion), "version": 1,
            "expires": .text(now.adding(days: days).description),
            periodMember: .integer(days),
        ]
    }

    private static func keyMap(_ roles: [Keys]) -> JSON {
        var map: JSON = [:]
        for holder in roles.flatMap(\.holders) {
            var key = holder.key.json
            key.set(holderMember, .text(holder.name))
            map.set(holder.key.keyID.text, key)
        }
        return map
    }
}
