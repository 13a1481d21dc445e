// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

@Suite("An old layout in the place of a new one")
struct ReplayedLayoutTests {
    @Test("a stolen online key cannot bring the previous layouts back to who has seen the new ones")
    func replay() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        let source = "repository/layouts/package.yaml"
        let old = Attacker(stage)
        let before = try old.version(of: "layouts")
        // The owners make it stricter: the file must have been tagged by Alice.
        try Files.write(
            LayoutSources.package.replacing(
                "by: [alice, bob]\n    threshold: 1", with: "by: [alice]\n    threshold: 1"),
            to: stage.path(source))
        for person in ["alice", "bob"] {
            try stage.succeed(["layout", "sign", source, "--key", person])
        }
        try stage.succeed(["layout", "add", source, "--repository", "repository"])
        try Files.makeFolder(stage.path("downloads"))
        try stage.succeed(["get", "demo/\(Fixture.file)", "-o", "downloads/"], home: "user")

        var attacker = Attacker(stage)
        #expect(try attacker.version(of: "layouts") == before + 1)
        try attacker.edit("snapshot") { json in
            var meta = try needed(json["meta"], "meta")
            meta.set("layouts.json", ["version": .integer(before)])
            json.set("meta", meta)
        }
        try attacker.publish()
        try Files.makeFolder(stage.path("again"))
        let get = try stage.carnet(
            ["get", "demo/\(Fixture.file)"], in: "again", home: "user", passphrase: nil)
        expectOneCause(
            get, status: 4, "E-ROLLBACK",
            words: ["layouts", "version \(before)", "version \(before + 1)"])
        #expect(try Files.names(in: stage.path("again")).isEmpty)
    }
}

extension Attacker {
    /// The version of a role in the newest state.
    fileprivate func version(of role: String) throws -> Int {
        try needed(self[role]["version"]?.integer, role)
    }
}
