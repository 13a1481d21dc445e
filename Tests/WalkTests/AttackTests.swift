// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

@Suite("Attacks on a release, as its user sees them")
struct AttackTests {
    @Test("evidence that is false or not there is refused", arguments: Attack.onEvidence)
    func evidence(attack: Attack) throws { try expectRefusal(attack) }

    @Test("a stolen online key cannot weaken the policy", arguments: Attack.onPolicy)
    func policy(attack: Attack) throws { try expectRefusal(attack) }

    @Test(
        "stolen keys cannot do with fewer signers, or move a file away",
        arguments: Attack.onLayouts)
    func layouts(attack: Attack) throws { try expectRefusal(attack) }

    @Test("what asks for nothing is never met", arguments: Attack.onNothing)
    func nothing(attack: Attack) throws { try expectRefusal(attack) }

    @Test("an empty policy is never met, whoever signs it", arguments: Attack.onPolicyItself)
    func emptyPolicy(attack: Attack) throws {
        try expectRefusal(attack, keeping: ["repository.json", "metadata/root.json"])
    }

    /// The user has seen the honest state; then comes the attack, under the running server.
    private func expectRefusal(
        _ attack: Attack,
        keeping files: [String] = [
            "repository.json", "metadata/root.json", "metadata/targets.json",
        ]
    ) throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try Files.makeFolder(stage.path("downloads"))
        try stage.succeed(["list"], home: "user")
        let before = try Files.tree(stage.path("user/repositories/demo"))
        var attacker = Attacker(stage)
        try attack.strike(stage, &attacker)

        let get = try stage.carnet(
            ["get", "demo/\(attack.file)"], in: "downloads", home: "user", passphrase: nil)
        expectOneCause(get, status: attack.status, attack.code, words: attack.words)
        #expect(try Files.names(in: stage.path("downloads")).isEmpty)
        let after = try Files.tree(stage.path("user/repositories/demo"))
        for file in files {
            #expect(after[file] == before[file], "\(file)")
        }
        let json = try stage.carnet(
            ["get", "demo/\(attack.file)", "--json"], in: "downloads", home: "user",
            passphrase: nil)
        try expectSameInJSON(json, attack)
        #expect(try Files.names(in: stage.path("downloads")).isEmpty)
    }

    private func expectSameInJSON(_ outcome: Outcome, _ attack: Attack) throws {
        let verdict = try JSONDocument(Array(outcome.output.utf8)).root.tree()
        #expect(outcome.status == attack.status)
        #expect(verdict["exit_code"]?.integer == Int(attack.status))
        #expect(verdict["verdict"]?.text == (attack.status == 3 ? "incomplete" : "refused"))
        #expect(verdict["reason"]?["code"]?.text == UTF8Text(attack.code))
        #expect(verdict["evidence"] == nil)
        #expect(verdict["artifact"]?["path"]?.text == UTF8Text(attack.file))
    }

    @Test("a file that was there before a refused download is as it was")
    func earlierFileStays() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try Files.write("mine", to: stage.path("downloads/demo-1.1.txt"))
        var attacker = Attacker(stage)
        try attacker.edit(Fixture.file, in: "releases") { $0.set("custom", nil) }
        try attacker.publish()
        let get = try stage.carnet(
            ["get", "demo/\(Fixture.file)", "-o", "downloads"], home: "user")
        #expect(get.status == 3)
        #expect(try Files.tree(stage.path("downloads")) == ["demo-1.1.txt": Array("mine".utf8)])
    }

    @Test("the previous timestamp, replayed, is refused, and nothing that was known is lost")
    func replay() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try Files.makeFolder(stage.path("downloads"))
        let honest = try stage.carnet(
            ["get", "demo/\(Fixture.file)", "-o", "downloads"], home: "user")
        #expect(honest.status == 0 && honest.output.hasPrefix("VERIFIED"), "\(honest)")
        let known = try Files.tree(stage.path("user"))
        let timestamp = "metadata/timestamp.json"
        let newest = try Files.read(stage.path("repository/\(timestamp)"))
        try Files.write(
            try Files.read(stage.path("earlier/timestamp.json")),
            to: stage.path("repository/\(timestamp)"))

        try Files.makeFolder(stage.path("again"))
        let get = try stage.carnet(
            ["get", "demo/\(Fixture.file)"], in: "again", home: "user", passphrase: nil)
        expectOneCause(get, status: 4, "E-ROLLBACK", words: ["timestamp.json", "version"])
        #expect(try Files.names(in: stage.path("again")).isEmpty)
        #expect(differences(known, try Files.tree(stage.path("user"))).isEmpty)
        let verify = try stage.carnet(["verify", "downloads/demo-1.1.txt"], home: "user")
        expectOneCause(verify, status: 4, "E-ROLLBACK")

        try Files.write(newest, to: stage.path("repository/\(timestamp)"))
        let later = try stage.carnet(["get", "demo/\(Fixture.file)"], in: "again", home: "user")
        #expect(later.status == 0, "\(later)")
    }
}

/// A refusal: REFUSED first, one cause, one remedy, and nowhere a word of its being verified.
func expectOneCause(
    _ outcome: Outcome, status: Int32, _ code: String, words: [String] = [],
    _ place: SourceLocation = #_sourceLocation
) {
    #expect(outcome.status == status, "\(outcome)", sourceLocation: place)
    expectPlain(outcome, place)
    let first = outcome.lines.first ?? ""
    #expect(first.hasPrefix("REFUSED"), "\(outcome)", sourceLocation: place)
    #expect(first.hasSuffix("[\(code)]"), "\(outcome)", sourceLocation: place)
    for once in ["REFUSED", "[E-", "  Remedy ", "  Next "] {
        #expect(
            outcome.output.ranges(of: once).count == 1, "\(once): \(outcome)",
            sourceLocation: place)
    }
    for word in words {
        #expect(outcome.output.contains(word), "\(word): \(outcome)", sourceLocation: place)
    }
    #expect(
        !(outcome.output + outcome.errors).uppercased().contains("VERIFIED"), "\(outcome)",
        sourceLocation: place)
    #expect(outcome.errors.isEmpty, "\(outcome)", sourceLocation: place)
}
