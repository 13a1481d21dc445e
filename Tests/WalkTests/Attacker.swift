// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Somebody who owns the server, and has stolen keys: whatever is changed is signed again, so
/// that TUF alone has nothing to object to.
struct Attacker {
    private let stage: Stage
    private let repository: String
    private var edited: [String: JSON] = [:]

    init(_ stage: Stage, repository: String = "repository") {
        self.stage = stage
        self.repository = stage.path(repository)
    }

    /// A role of the newest state, with the edits made so far.
    subscript(role: String) -> JSON {
        get throws {
            if let edited = edited[role] { return edited }
            if role == "timestamp" { return try signed("timestamp.json") }
            let pinned = role == "snapshot" ? try self["timestamp"] : try self["snapshot"]
            return try signed("\(pinned.version(of: role)).\(role).json")
        }
    }

    mutating func edit(_ role: String, _ change: (inout JSON) throws -> Void) throws {
        var json = try self[role]
        try change(&json)
        edited[role] = json
    }

    /// Adds a role that a role of the attacker's delegates to, for these paths.
    mutating func delegate(from parent: String, to role: String, paths: [String]) throws {
        let key = try stage.privateKey("online").publicKey
        try edit(parent) { json in
            json.set(
                "delegations",
                [
                    "keys": .object([JSON.Member(key.keyID.text, key.json)]),
                    "roles": [
                        [
                            "name": .text(role), "keyids": [.string(key.keyID.text)],
                            "threshold": 1, "paths": .array(paths.map(JSON.text)),
                            "terminating": false,
                        ]
                    ],
                ])
        }
        var new = try self[parent]
        for member in ["delegations", "targets", "version"] as [UTF8Text] { new.set(member, nil) }
        new.set("targets", [:])
        edited[role] = new
    }

    /// Changes the entry of a target in the role that lists it.
    mutating func edit(
        _ path: String, in role: String, _ change: (inout JSON) throws -> Void
    ) throws {
        try edit(role) { json in
            var targets = try needed(json["targets"], "targets of \(role)")
            var entry = targets[UTF8Text(path)] ?? [:]
            try change(&entry)
            targets.set(UTF8Text(path), entry)
            json.set("targets", targets)
        }
    }

    /// Puts a target file on the server and lists it.
    mutating func put(
        _ bytes: [UInt8], at path: String, in role: String, custom: JSON? = nil
    ) throws {
        let digest = DigestAlgorithm.sha256.hexDigest(of: bytes)
        try edit(path, in: role) { entry in
            entry.set("length", .integer(bytes.count))
            entry.set("hashes", ["sha256": .text(digest)])
            if let custom { entry.set("custom", custom) }
        }
        try Files.write(bytes, to: "\(repository)/targets/\(Attacker.stored(path, digest))")
    }

    /// The bytes of a target file of the role.
    func bytes(of path: String, in role: String) throws -> [UInt8] {
        try Files.read(try stored(path, in: role))
    }

    /// Where a target file is stored.
    func stored(_ path: String, in role: String) throws -> String {
        let entry = try needed(self[role]["targets"]?[UTF8Text(path)], path)
        let digest = try needed(entry["hashes"]?["sha256"]?.text, "sha256 of \(path)")
        return "\(repository)/targets/\(Attacker.stored(path, digest.string))"
    }

    /// The evidence that a file names.
    func evidence(_ path: String) throws -> [String] {
        let entry = try needed(self["releases"]["targets"]?[UTF8Text(path)], path)
        return (entry["custom"]?["in-toto"]?.elements ?? []).compactMap { $0.text?.string }
    }

    mutating func setEvidence(_ path: String, _ evidence: [String]) throws {
        try edit(path, in: "releases") { entry in
            entry.set("custom", ["in-toto": .array(evidence.map(JSON.text))])
        }
    }

    /// Signs all edits with the stolen keys and makes them the newest state.
    mutating func publish(stolen: [String: String] = [:]) throws {
        let online = try stage.privateKey("online")
        let roles = edited.keys.filter { !["snapshot", "timestamp"].contains($0) }.sorted()
        for role in roles {
            let key = try stolen[role].map { try stage.privateKey($0) } ?? online
            try raiseVersion(role)
            try write(role, key, numbered: true)
            let version = try self[role]["version"]
            try edit("snapshot") { json in
                var meta = try needed(json["meta"], "meta")
                meta.set(UTF8Text("\(role).json"), ["version": version ?? 0])
                json.set("meta", meta)
            }
        }
        try raiseVersion("snapshot")
        try write("snapshot", online, numbered: true)
        let version = try self["snapshot"]["version"]
        try edit("timestamp") { json in
            json.set("meta", ["snapshot.json": ["version": version ?? 0]])
        }
        try raiseVersion("timestamp")
        try write("timestamp", online, numbered: false)
    }

    private mutating func raiseVersion(_ role: String) throws {
        try edit(role) { $0.set("version", .integer(($0["version"]?.integer ?? 0) + 1)) }
    }

    private func write(_ role: String, _ key: PrivateKey, numbered: Bool) throws {
        let signed = try self[role]
        let bytes = try SignedFile.bytes(signing: signed, with: [(key.publicKey.keyID, key)])
        let number = numbered ? "\(signed["version"]?.integer ?? 0)." : ""
        try Files.write(bytes, to: "\(repository)/metadata/\(number)\(role).json")
    }

    private func signed(_ name: String) throws -> JSON {
        try SignedFile(try Files.read("\(repository)/metadata/\(name)")).signed.tree()
    }

    private static func stored(_ path: String, _ digest: String) -> String {
        var segments = path.split(separator: "/").map(String.init)
        segments[segments.count - 1] = "\(digest).\(segments[segments.count - 1])"
        return segments.joined(separator: "/")
    }
}

/// Something that the attacker or the test counted on.
struct Absent: Error { let what: String }

func needed<Value>(_ value: Value?, _ what: String) throws -> Value {
    guard let value else { throw Absent(what: what) }
    return value
}

extension JSON {
    fileprivate func version(of role: String) throws -> Int {
        try needed(self["meta"]?[UTF8Text("\(role).json")]?["version"]?.integer, role)
    }
}

extension Stage {
    /// A link as its author would sign it, after a change of what it says.
    func forgedLink(
        _ bytes: [UInt8], by person: String, _ change: (inout JSON) -> Void = { _ in }
    ) throws -> [UInt8] {
        var signed = try SignedFile(bytes).signed.tree()
        change(&signed)
        let key = try privateKey(person)
        return try SignedFile.bytes(
            signing: signed,
            with: [(key.publicKey.keyID, key), (key.publicKey.legacyKeyID, key)])
    }
}
