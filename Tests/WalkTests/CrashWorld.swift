// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// What the crash tests begin with, made once: folders to be copied for each disturbed run.
struct CrashWorld: Sendable {
    static let shared = Result { try CrashWorld() }

    static let old = "demo/1.0/demo-1.0.txt"
    static let notes = "demo/2.0/NOTES-2.0.txt"
    private let folder: String

    /// A consumer (`user`) that trusts nothing yet.
    var stranger: String { "\(folder)/stranger" }
    /// A consumer that trusts the repository and has seen nothing of it.
    var first: String { "\(folder)/first" }
    /// A consumer of an earlier state, before all roles got new versions and the online key was
    /// replaced; `out/demo.txt` is the earlier release.
    var later: String { "\(folder)/later" }
    /// A publisher's `repository`, with `keys` that need no passphrase, and `notes` to be
    /// released; and a consumer of it.
    var publisher: String { "\(folder)/publisher" }
    var url: String { "file://\(folder)/server" }
    let fingerprint: String

    private init() throws {
        let stage = try Stage.withRelease()
        fingerprint = try stage.fingerprint
        try CrashWorld.makePublisher(stage)
        let url = "file://\(stage.path("server"))"
        try Files.copy(stage.path("repository"), to: stage.path("server"))
        Files.remove(stage.path("server/metadata"))
        try Files.copy(stage.path("earlier"), to: stage.path("server/metadata"))
        for name in ["stranger", "first", "later"] {
            for folder in ["user", "out"] { try Files.makeFolder(stage.path("\(name)/\(folder)")) }
        }
        for name in ["first", "later"] { try stage.trust(url, home: "\(name)/user") }
        try stage.succeed(
            ["get", "demo/\(CrashWorld.old)", "-o", "later/out/demo.txt"], home: "later/user")
        Files.remove(stage.path("server/metadata"))
        try Files.copy(stage.path("repository/metadata"), to: stage.path("server/metadata"))
        var attacker = Attacker(stage, repository: "server")
        try attacker.edit("targets") { _ in }
        try attacker.publish(stolen: ["targets": "targets"])
        try stage.replaceOnlineKey(of: "server", by: "mallory")
        folder = try stage.keep()
    }

    private static func makePublisher(_ stage: Stage) throws {
        try Files.copy(stage.path("repository"), to: stage.path("publisher/repository"))
        try Files.makeFolder(stage.path("publisher/notes"))
        try stage.succeed(
            [
                "run", "-n", "write", "--key", "alice", "-p", "NOTES-2.0.txt", "--",
                "sh", "-c", "echo new in 2.0 > NOTES-2.0.txt",
            ], in: "publisher/notes")
        // The passphrase would cost most of the time of each run.
        try Files.copy(
            stage.path("home/keys/online.pub"), to: stage.path("publisher/keys/online.pub"))
        let open = try stage.run([
            "openssl", "pkey", "-in", "home/keys/online.pem", "-passin", "env:CARNET_PASSPHRASE",
            "-out", "publisher/keys/online.pem",
        ])
        guard open.status == 0 else { throw CommandFailed(words: ["openssl"], outcome: open) }
        try stage.trust(
            "file://\(stage.path("publisher/repository"))", home: "publisher/user")
        try stage.succeed(
            ["get", "demo/\(old)", "-o", "publisher/old.txt"], home: "publisher/user")
    }

    /// Lets the consumer in a copy of ``publisher`` look at the copy's repository.
    func moveRepository(_ place: CrashPlace) throws {
        let settings = place.path("user/repositories/demo/repository.json")
        let text = try Files.text(settings)
        try Files.write(text.replacing(publisher, with: place.folder), to: settings)
    }
}

extension Stage {
    /// Gives snapshot and timestamp to another key, by a new root, and signs both with it.
    fileprivate func replaceOnlineKey(of repository: String, by person: String) throws {
        let metadata = path("\(repository)/metadata")
        let key = try privateKey(person)
        let id = JSON.string(key.publicKey.keyID.text)
        func signed(_ name: String) throws -> JSON {
            try SignedFile(try Files.read("\(metadata)/\(name)")).signed.tree()
        }
        func write(_ json: JSON, as name: String, _ key: PrivateKey) throws {
            let bytes = try SignedFile.bytes(signing: json, with: [(key.publicKey.keyID, key)])
            try Files.write(bytes, to: "\(metadata)/\(name)")
        }
        var root = try signed("1.root.json")
        var keys = try needed(root["keys"], "keys")
        keys.set(key.publicKey.keyID.text, key.publicKey.json)
        root.set("keys", keys)
        var roles = try needed(root["roles"], "roles")
        for role in ["timestamp", "snapshot"] as [UTF8Text] {
            roles.set(role, ["keyids": [id], "threshold": 1])
        }
        root.set("roles", roles)
        root.set("version", 2)
        try write(root, as: "2.root.json", try privateKey("root"))
        var timestamp = try signed("timestamp.json")
        let version = try needed(
            timestamp["meta"]?["snapshot.json"]?["version"]?.integer, "snapshot")
        var snapshot = try signed("\(version).snapshot.json")
        snapshot.set("version", .integer(version + 1))
        try write(snapshot, as: "\(version + 1).snapshot.json", key)
        timestamp.set("meta", ["snapshot.json": ["version": .integer(version + 1)]])
        timestamp.set("version", .integer((timestamp["version"]?.integer ?? 0) + 1))
        try write(timestamp, as: "timestamp.json", key)
    }
}
