// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

@Suite("Text from metadata on a terminal")
struct HostileTextTests {
    private static let hostile = "\u{1B}[2J\u{202E}VERIFIED\u{0D}"

    @Test("the name of a role is shown so that it steers nothing")
    func role() throws {
        let stage = try Stage.withRelease()
        let url = try stage.serve()
        try stage.trust(url)
        var attacker = Attacker(stage)
        try attacker.delegate(from: "releases", to: Self.hostile, paths: ["demo/*/*"])
        try attacker.put(Array("all".utf8), at: "demo/1.1/other.bin", in: Self.hostile)
        try attacker.publish()
        let list = try stage.succeed(["list"], home: "user")
        #expect(list.output.contains("other.bin"), "\(list)")
        expectPlain(list)
        let get = try stage.succeed(
            ["get", "demo/demo/1.1/other.bin", "--tuf-only"], home: "user")
        #expect(get.output.contains("by role"), "\(get)")
        expectPlain(get)

        // The same for a user who knows nothing of that role yet.
        Files.remove(stage.path("repository/metadata/1.\(Self.hostile).json"))
        try stage.succeed(["trust", "remove", "demo"], home: "user")
        try stage.trust(url)
        let gone = try stage.carnet(["get", "demo/demo/1.1/other.bin"], home: "user")
        #expect(gone.output.hasPrefix("REFUSED"), "\(gone)")
        expectPlain(gone)
    }

    @Test("a refusal names a role so that it steers nothing")
    func expiredRole() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        var attacker = Attacker(stage)
        try attacker.delegate(from: "releases", to: Self.hostile, paths: ["demo/*/*"])
        try attacker.edit(Self.hostile) { $0.set("expires", "2020-01-01T00:00:00Z") }
        try attacker.publish()
        let get = try stage.carnet(["get", "demo/demo/1.1/other.bin"], home: "user")
        #expect(get.status == 4, "\(get)")
        #expect(get.output.contains("expired at 2020-01-01"), "\(get)")
        expectPlain(get)
        expectPlain(try stage.carnet(["list"], home: "user"))
    }

    @Test("the names of people are shown so that they steer nothing")
    func people() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        var attacker = Attacker(stage)
        try attacker.edit("in-toto-metadata/package.layout", in: "layouts") { entry in
            var custom = try needed(entry["custom"], "custom")
            var carnet = try needed(custom["carnet"], "carnet")
            let names = (carnet["names"]?.members ?? []).map {
                JSON.Member($0.key, .text(Self.hostile))
            }
            carnet.set("names", .object(names))
            custom.set("carnet", carnet)
            entry.set("custom", custom)
        }
        try attacker.publish(stolen: ["layouts": "layouts"])
        let get = try stage.succeed(["get", "demo/\(Fixture.file)"], home: "user")
        #expect(get.output.contains("VERIFIED"), "\(get)")
        expectPlain(get)
    }

    @Test("what a link says was run is shown so that it steers nothing")
    func command() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        var attacker = Attacker(stage)
        for person in ["alice", "bob"] {
            let path = try attacker.evidencePath(try stage.linkName("package", person))
            let link = try stage.forgedLink(
                try attacker.bytes(of: path, in: "links"), by: person
            ) { $0.set("command", [.text(Self.hostile), "x"]) }
            try attacker.put(link, at: path, in: "links")
        }
        try attacker.publish()
        let get = try stage.succeed(["get", "demo/\(Fixture.file)"], home: "user")
        #expect(get.output.contains("where the policy expects"), "\(get)")
        expectPlain(get)
    }
}
