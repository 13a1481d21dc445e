// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

@Suite("Values for a layout's parameters, given by the user")
struct ParameterTests {
    private let target = "demo/\(Fixture.file)"

    /// The release in a repository without a word of Carnet's: layout and keys in top-level
    /// targets, the version in a rule, nothing that says where it comes from.
    private func plain() throws -> Stage {
        let stage = try Stage.withRelease()
        var owner = Attacker(stage)
        let path = "in-toto-metadata/package.layout"
        let signed = try SignedFile(try owner.bytes(of: path, in: "layouts")).signed
        let text = String(decoding: signed.tree().compactBytes(), as: UTF8.self)
            .replacing("dist/*.txt", with: "dist/demo-{version}.txt")
        let people = try ["alice", "bob"].map { try stage.privateKey($0) }
        let layout = try SignedFile.bytes(
            signing: try JSONDocument(Array(text.utf8)).root.tree(),
            with: people.map { ($0.publicKey.keyID, $0) })
        let keys = people.map { "in-toto-pubkeys/\($0.publicKey.keyID).pub" }
        for (path, key) in zip(keys, people) {
            let pem = try needed(key.publicKey.pem, "key in PEM")
            try owner.put(Array(pem.utf8), at: path, in: "targets")
        }
        try owner.put(
            layout, at: path, in: "targets", custom: ["in-toto": .array(keys.map(JSON.text))])
        try owner.edit("targets") { $0.set("x-carnet", nil) }
        try owner.publish(stolen: ["targets": "targets"])
        try stage.trust(try stage.serve())
        try Files.makeFolder(stage.path("got"))
        return stage
    }

    @Test("a layout of a repository made by others is verified with them, and without them not")
    func plainRepository() throws {
        let stage = try plain()
        for words in [[], ["--param", "version=1.0"]] {
            let get = try stage.carnet(
                ["get", target] + words, in: "got", home: "user", passphrase: nil)
            expectOneCause(get, status: 1, "E-RULE")
            #expect(try Files.names(in: stage.path("got")).isEmpty)
        }
        let other = try stage.carnet(
            ["get", target, "--param", "name=demo"], in: "got", home: "user", passphrase: nil)
        expectOneCause(
            other, status: 1, "E-SUPPLY-CHAIN",
            words: ["version not given", "--param version=VALUE"])
        let get = try stage.succeed(
            ["get", target, "--param", "version=1.1", "unused=x"], in: "got", home: "user")
        #expect(get.lines.first == "VERIFIED   \(target)", "\(get)")
        let verify = try stage.succeed(
            ["verify", "got/demo-1.1.txt", "--param", "version=1.1", "--json"], home: "user")
        let verdict = try JSONDocument(Array(verify.output.utf8)).root.tree()
        let parameters = verdict["evidence"]?["policy"]?["parameters"]
        #expect(parameters == ["version": "1.1"], "\(verify)")
    }

    @Test("what the path gives by the layout's own word nobody else can give, not even the same")
    func ofPath() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try Files.makeFolder(stage.path("got"))
        for value in ["1.1", "1.0"] {
            let get = try stage.carnet(
                ["get", target, "--param", "version=\(value)"], in: "got", home: "user",
                passphrase: nil)
            expectOneCause(get, status: 2, "E-PARAMETER", words: ["version", "package"])
            #expect(try Files.names(in: stage.path("got")).isEmpty)
        }
    }

    @Test(
        "a word that is no value, or could be a pattern or a path, is refused before anything",
        arguments: [
            (["version"], "NAME=VALUE expected"), (["version="], "found"),
            (["version=*"], "letters, digits"), (["version=1/2"], "letters, digits"),
            (["a b=1"], "letters, digits"), (["=1"], "letters, digits"),
            (["version=1.0", "version=1.0"], "given 2 times"),
        ])
    func words(_ values: [String], _ words: String) throws {
        let stage = try Stage()
        try stage.expectFailure(["get", "demo/x", "--param"] + values, saying: [words])
    }
}
