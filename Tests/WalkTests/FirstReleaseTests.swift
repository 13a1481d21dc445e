// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

@Suite("The walk of the README: a project of one")
struct FirstReleaseTests {
    /// A copy of what the walk made, served, and a stranger with an empty home who trusts it.
    private func published() throws -> (stage: Stage, file: String) {
        let walk = try Walk.shared.get()
        let stage = try Stage()
        try Files.copy(walk.folder, to: stage.folder)
        let url = try stage.serve()
        let words = walk.invitation.dropFirst().map { $0 == "URL" ? url : $0 }
        try stage.succeed(Array(words), home: "user")
        return (stage, "demo/demo/1.2.0/demo-1.2.0.tar.gz")
    }

    @Test("six commands lead from nothing to a release")
    func publishing() throws {
        let walk = try Walk.shared.get()
        #expect(Walk.commands.count <= 6)
        #expect(walk.release.output.hasPrefix("VERIFIED   demo/"), "\(walk.release)")
        #expect(walk.release.output.contains("done by alice"), "\(walk.release)")
        let root = try Files.read("\(walk.folder)/repository/metadata/1.root.json")
        #expect(walk.invitation.last == DigestAlgorithm.sha256.hexDigest(of: root))
        let keys = ["alice", "demo-layouts", "demo-online", "demo-root", "demo-targets"]
        #expect(
            try Files.names(in: "\(walk.folder)/home/keys")
                == keys.flatMap { ["\($0).pem", "\($0).pub"] })
        for key in keys {
            let pem = try Files.text("\(walk.folder)/home/keys/\(key).pem")
            #expect(pem.hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
        }
        let published = try Files.tree("\(walk.folder)/repository")
        #expect(!published.keys.contains { $0.hasSuffix(".pem") || $0.contains(".tmp") })
    }

    @Test("the file goes under its whole version")
    func version() throws {
        let first = try Walk.shared.get().release.lines.first
        #expect(first == "VERIFIED   demo/demo/1.2.0/demo-1.2.0.tar.gz")
    }

    @Test("a stranger with an empty home and one fingerprint gets the file, verified")
    func consuming() throws {
        let (stage, file) = try published()
        try Files.makeFolder(stage.path("downloads"))
        let get = try stage.carnet(["get", file], in: "downloads", home: "user", passphrase: nil)
        #expect(get.status == 0)
        #expect(get.lines.first == "VERIFIED   \(file)", "\(get)")
        for words in [
            "sha256", "build", "package", "done by alice, who made this file",
            "\"package\", signed by alice (1 of 1 needed)", "repository state",
            "Not checked: whether the source code itself is harmless.",
        ] {
            #expect(get.output.contains(words), "\(words): \(get)")
        }
        #expect(!get.output.contains("REFUSED"), "\(get)")
        #expect(get.errorLines == ["written to demo-1.2.0.tar.gz"], "\(get)")
        #expect(
            try Files.tree(stage.path("downloads")) == [
                "demo-1.2.0.tar.gz": try Files.read(stage.path("dist/demo-1.2.0.tar.gz"))
            ])
    }

    @Test("the verdict as JSON says the same, for programs")
    func json() throws {
        let (stage, file) = try published()
        let get = try stage.succeed(["get", file, "-o", "got.tar.gz", "--json"], home: "user")
        let bytes = try Files.read(stage.path("got.tar.gz"))
        #expect(bytes == (try Files.read(stage.path("dist/demo-1.2.0.tar.gz"))))
        let verdict = try JSONDocument(Array(get.output.utf8)).root.tree()
        #expect(verdict["verdict"]?.text == "verified")
        #expect(verdict["exit_code"]?.integer == 0)
        #expect(verdict["schema"]?.text != nil && verdict["as_of"]?.text != nil)
        let artifact = verdict["artifact"]
        #expect(artifact?["repository"]?.text == "demo")
        #expect(artifact?["path"]?.text == UTF8Text(String(file.dropFirst("demo/".count))))
        let digest = DigestAlgorithm.sha256.hexDigest(of: bytes)
        #expect(artifact?["sha256"]?.text == UTF8Text(digest))
        #expect(verdict["not_checked"]?.elements?.isEmpty == false)
        #expect(verdict["reason"] == nil)
        #expect(verdict["tuf"]?["root_version"]?.integer == 1)
        #expect(verdict["tuf"]?["snapshot_version"]?.integer == 3)
        #expect(verdict["tuf"]?["expires"]?.text != nil)
        let evidence = try needed(verdict["evidence"], "evidence")
        #expect(evidence["kind"]?.text == "supply-chain")
        #expect(evidence["product_of"]?.text == "package")
        let policy = try needed(evidence["policy"], "policy")
        #expect(policy["name"]?.text == "package" && policy["role"]?.text == "layouts")
        #expect(policy["required"]?.integer == 1 && policy["possible"]?.integer == 1)
        #expect(policy["signers"]?.elements?.map { $0["name"]?.text } == ["alice"])
        let steps = try needed(evidence["steps"]?.elements, "steps")
        #expect(steps.map { $0["name"]?.text } == ["build", "package"])
        for step in steps {
            #expect(step["accepted"]?.elements?.map { $0["name"]?.text } == ["alice"])
            #expect(step["rejected"]?.elements?.isEmpty == true)
        }
    }

    @Test("a file at hand is verified by its name and digest, or at the place that is named")
    func verifying() throws {
        let (stage, file) = try published()
        let atHand = "dist/demo-1.2.0.tar.gz"
        for words in [["verify", atHand], ["verify", atHand, "--as", file]] {
            let verify = try stage.succeed(words, home: "user")
            #expect(verify.lines.first == "VERIFIED   \(file)", "\(verify)")
        }
        try Files.write("changed", to: stage.path(atHand))
        for words in [["verify", atHand], ["verify", atHand, "--as", file]] {
            let verify = try stage.carnet(words, home: "user")
            expectOneCause(verify, status: 1, "E-BYTES", words: ["not the file"])
        }
    }

    @Test("list shows what is offered; its JSON gives length, digest and who vouches")
    func listing() throws {
        let (stage, file) = try published()
        let bytes = try Files.read(stage.path("dist/demo-1.2.0.tar.gz"))
        let text = try stage.succeed(["list"], home: "user")
        #expect(text.lines == ["\(file)  \(bytes.count) bytes  by releases  with evidence"])
        let output = try stage.succeed(["list", "demo", "--json"], home: "user").output
        let rows = try needed(
            try JSONDocument(Array(output.utf8)).root.tree().elements, "rows")
        #expect(rows.count == 1)
        #expect(rows[0]["length"]?.integer == bytes.count)
        let digest = DigestAlgorithm.sha256.hexDigest(of: bytes)
        #expect(rows[0]["sha256"]?.text == UTF8Text(digest))
        #expect(rows[0]["roles"]?.elements?.map(\.text) == ["targets", "releases"])
        #expect(rows[0]["evidence"] == .boolean(true))
        #expect(try stage.succeed(["list", "--all"], home: "user").lines.count == 5)
        #expect(try stage.succeed(["list", "demo/nothing/*"], home: "user").output.isEmpty)
    }
}
