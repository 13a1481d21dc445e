// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

@Suite("A functionary leaves, or the key is stolen")
struct RevokeTests {
    private static let place = ["--repository", "repository"]

    private func expectRevoked(
        _ stage: Stage, _ file: String, _ words: [String],
        at place: SourceLocation = #_sourceLocation
    ) throws {
        let get = try stage.carnet(["get", "demo/\(file)"], in: "again", home: "user")
        expectOneCause(get, status: 1, "E-REVOKED", words: words, place)
        #expect(try Files.names(in: stage.path("again")).isEmpty, sourceLocation: place)
    }

    @Test("impact says what would fall, before anything is done")
    func impact() throws {
        let stage = try Stage.withRelease()
        let before = try Files.tree(stage.path("repository"))
        let told = try stage.carnet(["impact", "bob"] + Self.place, passphrase: nil)
        #expect(told.status == 0 && told.errors.isEmpty, "\(told)")
        for words in [
            "bob  ed25519", "Policies", "would be refused", "E-REVOKED", "carnet revoke bob",
        ] {
            #expect(told.output.contains(words), "\(words): \(told)")
        }
        expectPlain(told)
        let json = try stage.succeed(["impact", "bob", "--json"] + Self.place)
        let report = try JSONDocument(Array(json.output.utf8)).root.tree()
        #expect(report["schema"]?.text == "carnet/impact/1")
        #expect(report["key"]?["names"]?.elements?.compactMap(\.text) == ["bob"])
        let nobody = try stage.carnet(["impact", "mallory"] + Self.place)
        #expect(nobody.status == 2 && nobody.lines.isEmpty, "\(nobody)")
        #expect(nobody.errors.contains("not known to the repository"), "\(nobody)")
        #expect(differences(before, try Files.tree(stage.path("repository"))).isEmpty)
    }

    @Test("compromised: the user is told who, when and why; a release that is vouched for stands")
    func compromised() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try Files.makeFolder(stage.path("again"))
        let unasked = try stage.carnet(["revoke", "bob", "--compromised"] + Self.place)
        #expect(unasked.status == 2 && unasked.errors.contains("--yes"), "\(unasked)")
        #expect(unasked.output.contains("would be refused"), "\(unasked)")
        let done = try stage.succeed(
            ["revoke", "bob", "--compromised", "--reason", "laptop stolen", "--yes"] + Self.place)
        #expect(done.output.contains("published in repository: layouts"), "\(done)")
        try expectRevoked(stage, Fixture.file, ["bob", "compromised", "laptop stolen"])
        try stage.succeed(
            ["revoke", "bob", "--compromised", "--keep", Fixture.file, "--yes"] + Self.place)
        let get = try stage.succeed(["get", "demo/\(Fixture.file)"], in: "again", home: "user")
        #expect(get.output.hasPrefix("VERIFIED"), "\(get)")
        try stage.succeed(["check", "repository", "--no-releases"])
    }

    @Test("retired: what is published stands; taken back, all is as before")
    func retired() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try Files.makeFolder(stage.path("again"))
        let done = try stage.succeed(["revoke", "bob", "--retired", "--yes"] + Self.place)
        #expect(done.output.contains("still would"), "\(done)")
        let get = try stage.succeed(["get", "demo/\(Fixture.file)"], in: "again", home: "user")
        #expect(get.output.hasPrefix("VERIFIED"), "\(get)")
        let told = try stage.succeed(["impact", "bob"] + Self.place)
        #expect(told.output.contains("was retired on"), "\(told)")
        try stage.succeed(["revoke", "bob", "--reinstate", "--yes"] + Self.place)
        let again = try stage.carnet(["revoke", "bob", "--reinstate", "--yes"] + Self.place)
        #expect(again.status == 2 && again.errors.contains("not revoked"), "\(again)")
    }

    @Test(
        "senseless calls: one line, nothing changed",
        arguments: [
            [], ["--retired", "--compromised"], ["--retired", "--keep", "x"],
            ["--reinstate", "--reason", "x"], ["--retired", "--reason", "a\nb"],
            ["--compromised", "--keep", "../x"], ["--compromised", "--keep", "demo/9/none.txt"],
        ])
    func senseless(arguments: [String]) throws {
        let stage = try Stage.withRelease()
        let before = try Files.tree(stage.path("repository"))
        let outcome = try stage.carnet(["revoke", "bob"] + arguments + ["--yes"] + Self.place)
        #expect(outcome.status == 2 && outcome.output.isEmpty, "\(outcome)")
        expectPlain(outcome)
        #expect(differences(before, try Files.tree(stage.path("repository"))).isEmpty)
    }
}
