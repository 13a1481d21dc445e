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

    /// tuf-on-ci's members for the same, and for how many days before the end a role is due.
    ///
    /// They stand in the role's own metadata; those of snapshot and timestamp stand in root, where
    /// it lists their keys.
    static let foreignPeriodMember: UTF8Text = "x-tuf-on-ci-expiry-period"
    static let foreignDueMember: UTF8Text = "x-tuf-on-ci-signing-period"

    /// How many days a role's signatures are good for, as its metadata says.
    static func period(_ document: JSONValue) -> Int? {
        days(document, periodMember) ?? days(document, foreignPeriodMember)
    }

    /// The same of a document that is being made.
    static func period(_ document: JSON) -> Int? {
        for member in [periodMember, foreignPeriodMember] {
            if let days = document[member]?.integer, (1...36500).contains(days) { return days }
        }
        return nil
    }

    /// A number of days in a document; `nil` if there is none, or none that can be meant.
    static func days(_ document: JSONValue, _ member: UTF8Text) -> Int? {
        guard let object = try? document.object(), let days = object[member] else { return nil }
        return try? days.integer(in: 1...36500)
    }

    /// Who holds a key, as its object says; read from the members of tuf-on-ci and RSTUF, too.
    public static func holder(of key: PublicKey) -> String? {
        let json = key.json
        return (json[holderMember] ?? json["x-tuf-on-ci-keyowner"] ?? json["x-rstuf-key-name"])?
            .text?.string
    }

    /// Where an online key is, as its object says in the members of tuf-on-ci and RSTUF.
    public static func place(of key: PublicKey) -> String? {
        let json = key.json
        return (json["x-tuf-on-ci-online-uri"] ?? json["x-rstuf-online-key-uri"])?.text?.string
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
    public static func snapshot(
        _ roles: [RoleName], days: Int, now: Instant, nonce: SnapshotNonce
    ) -> JSON {
        var snapshot = common("snapshot", days: days, now: now)
        snapshot.set(SnapshotNonce.member, .string(nonce.text))
        snapshot.set(
            "meta", .object(roles.map { JSON.Member($0.metaName, ["version": 1]) }))
        return snapshot
    }

    /// A timestamp document for a snapshot's file.
    public static func timestamp(days: Int, now: Instant) -> JSON {
        common("timestamp", days: days, now: now)
    }

    /// What timestamp says of the snapshot's file.
    ///
    /// - Parameter old: what it said before: what is unknown in it stays.
    static func meta(version: Int, bytes: [UInt8], replacing old: JSON = [:]) -> JSON {
        var entry = old
        entry.set("version", .integer(version))
        entry.set("length", .integer(bytes.count))
        entry.set("hashes", hashes(old["hashes"], of: bytes))
        return entry
    }

    /// What snapshot says of a targets file: length and digests only where it gave them before.
    static func listed(_ role: SignedRole, replacing old: JSON) -> JSON {
        var entry = old
        entry.set("version", .integer(role.version))
        guard old["length"] != nil || old["hashes"] != nil else { return entry }
        let bytes = role.bytes
        if old["length"] != nil { entry.set("length", .integer(bytes.count)) }
        if let listed = old["hashes"] { entry.set("hashes", hashes(listed, of: bytes)) }
        return entry
    }

    /// Digests by the algorithms of `old` that are known, or else by SHA-256.
    private static func hashes(_ old: JSON?, of bytes: [UInt8]) -> JSON {
        var algorithms = (old?.members ?? []).compactMap {
            DigestAlgorithm(rawValue: $0.key.string)
        }
        if algorithms.isEmpty { algorithms = [.sha256] }
        return .object(
            algorithms.map {
                JSON.Member(UTF8Text($0.rawValue), .text($0.hexDigest(of: bytes)))
            })
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
