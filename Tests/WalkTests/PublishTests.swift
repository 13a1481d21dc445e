// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TestKit
import Testing

@Suite("publish: two folders that went on apart")
struct PublishApartTests {
    /// Two copies of a repository that release different files at one moment, and who trusts both.
    private func stage(further releases: Int = 0) throws -> Stage {
        let stage = try Stage()
        try stage.succeed([
            "init", "one", "--name", "demo", "--unattested", "demo/*/*", "--yes",
        ])
        try stage.succeed(["publish", "store", "--repository", "one"])
        try Files.copy(stage.path("one"), to: stage.path("other"))
        // So that even the clock cannot tell the two apart.
        let now = try stage.run(["date", "+%F %T"]).lines[0]
        for folder in ["one", "other"] {
            try release("content of \(folder)", "1", in: folder, stage, at: now)
        }
        for number in 0..<releases {
            try release("more", "\(number + 2)", in: "other", stage, at: now)
        }
        return stage
    }

    private func release(
        _ text: String, _ version: String, in folder: String, _ stage: Stage, at now: String
    ) throws {
        try Files.write(text, to: stage.path("file.txt"))
        let outcome = try stage.run([
            "faketime", "-f", now, Carnet.path, "release", "file.txt", "--as",
            "demo/\(version)/file.txt", "--repository", folder,
        ])
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(
        "the second is refused, one or many releases further; the store is as the first left it",
        arguments: [0, 3])
    func refused(further: Int) throws {
        let stage = try stage(further: further)
        try stage.succeed(["publish", "store", "--repository", "one"])
        let before = try Files.tree(stage.path("store"))
        let outcome = try stage.carnet(["publish", "store", "--repository", "other"])
        expectOneError(
            outcome, status: 1,
            saying: ["store: serves another snapshot 2 than the folder's, made apart from it"])
        #expect(differences(before, try Files.tree(stage.path("store"))).isEmpty)
        // As the hint says: the change is made anew in a folder of what is there.
        try stage.succeed([
            "mirror", "sync", "store", "anew", "--root", "one/metadata/1.root.json",
        ])
        try Files.write("content of other", to: stage.path("file.txt"))
        try stage.succeed([
            "release", "file.txt", "--as", "demo/other/file.txt", "--repository", "anew",
        ])
        try stage.succeed(["publish", "store", "--repository", "anew"])
        try stage.succeed([
            "trust", "add", "demo", "file://\(stage.path("store"))", "--root",
            "one/metadata/1.root.json",
        ])
        try stage.succeed(["get", "demo/demo/1/file.txt", "-o", "first.txt"])
        try stage.succeed(["get", "demo/demo/other/file.txt", "-o", "second.txt"])
        #expect(try Files.text(stage.path("first.txt")) == "content of one")
        #expect(try Files.text(stage.path("second.txt")) == "content of other")
    }

    @Test("without the nonce nobody could tell: all else is equal, and python-tuf reads it")
    func nonce() throws {
        let stage = try stage()
        var signed: [JSON] = []
        for folder in ["one", "other"] {
            let bytes = try Files.read(stage.path("\(folder)/metadata/2.snapshot.json"))
            var snapshot = try SignedFile(bytes).signed.tree()
            #expect(snapshot["x-carnet-nonce"]?.text?.string.utf8.count == 32)
            snapshot.set("x-carnet-nonce", nil)
            signed.append(snapshot)
            let reader = try stage.run([
                Python.interpreter, Python.script("python_reader.py"), folder,
                "demo/1/file.txt",
            ])
            #expect(reader.status == 0, "\(reader)")
        }
        #expect(signed[0].canonicalBytes() == signed[1].canonicalBytes())
    }
}

@Suite("publish into a registry", .serialized)
struct PublishToRegistryTests {
    /// curl alone, as somebody else would ask.
    private func manifest(_ tag: String, _ registry: DockerRegistry, _ stage: Stage) throws -> JSON
    {
        let accept = ["manifest", "index"].map { "application/vnd.oci.image.\($0).v1+json" }
        let answer = try stage.run([
            "curl", "-sS", "-f", "-H", "Accept: \(accept.joined(separator: ", "))",
            registry.httpURL("/v2/demo/manifests/\(tag)"),
        ])
        #expect(answer.status == 0, "\(tag): \(answer)")
        try Files.write(answer.output, to: stage.path("manifest-\(tag)"))
        return try JSONDocument(Array(answer.output.utf8)).root.tree()
    }

    @Test("layout, keys and links are referrers of the file that they vouch for")
    func evidence() throws {
        let stage = try Stage.withRelease()
        let registry = try DockerRegistry()
        let publish = ["publish", registry.url(), "--repository", "repository", "--only-writer"]
        try stage.succeed(publish)
        let digest = try digest(stage.path("work/dist/demo-1.1.txt"))
        let tag = "targets_-demo_-1.1_-\(digest).demo-1.1.txt"
        _ = try manifest(tag, registry, stage)
        // The registry has no referrers API: the index is under the tag that the digest makes.
        let subject = try self.digest(stage.path("manifest-\(tag)"))
        let index = try manifest("sha256-\(subject)", registry, stage)
        let referrers = try needed(index["manifests"]?.elements, "manifests")
        #expect(referrers.count == 1)
        #expect(
            referrers[0]["artifactType"]?.text
                == "application/vnd.carnet.in-toto.evidence.v1")
        let named = try needed(referrers[0]["digest"]?.text?.string, "digest")
        let evidence = try manifest(named, registry, stage)
        #expect(evidence["subject"]?["digest"]?.text == UTF8Text("sha256:\(subject)"))
        var titles: [String] = []
        for layer in evidence["layers"]?.elements ?? [] {
            let title = layer["annotations"]?["org.opencontainers.image.title"]?.text?.string
            titles.append(try needed(title, "title"))
            let bytes = try Files.read(stage.path("repository/\(titles[titles.count - 1])"))
            let found = DigestAlgorithm.sha256.hexDigest(of: bytes)
            #expect(layer["digest"]?.text == UTF8Text("sha256:\(found)"))
        }
        // One layout, the keys that may sign it, Alice's tag, and both packages of version 1.1.
        #expect(titles.filter { $0.hasSuffix(".layout") }.count == 1, "\(titles)")
        #expect(titles.filter { $0.hasSuffix(".pub") }.count == 3, "\(titles)")
        #expect(titles.filter { $0.hasSuffix(".link") }.count == 3, "\(titles)")
        #expect(titles == titles.sorted())
        let copied = try stage.run([
            "skopeo", "copy", "--src-tls-verify=false",
            "docker://\(registry.host)/demo@\(named)", "dir:out",
        ])
        #expect(copied.status == 0, "\(copied)")
        for title in titles {
            let bytes = try Files.read(stage.path("repository/\(title)"))
            let name = DigestAlgorithm.sha256.hexDigest(of: bytes)
            #expect(try Files.read(stage.path("out/\(name)")) == bytes)
        }
        // Nothing new is published twice, and what a client reads is what it read before.
        let again = try stage.succeed(publish)
        #expect(again.output.contains("is up to date"), "\(again)")
        #expect(try manifest("sha256-\(subject)", registry, stage) == index)
        try stage.succeed([
            "mirror", "sync", registry.url(), "copy", "--root",
            "repository/metadata/1.root.json",
        ])
        #expect(try stage.carnet(["check", "copy"]).status == 0)
    }

    @Test("a registry of another machine, without TLS: with --allow-http alone")
    func plainHTTP() throws {
        let stage = try Stage.withRelease()
        let registry = try DockerRegistry()
        let before = try Files.tree(stage.path("repository"))
        let place = "oci+http://registry.test/demo"
        let publish = ["publish", place, "--repository", "repository", "--only-writer"]
        let sentence = "\(place): would send everything in the clear, https expected"
        // The registry answers as the proxy that leads to registry.test.
        func run(_ words: [String]) throws -> Outcome {
            try stage.run(["env", "http_proxy=http://\(registry.host)", Carnet.path] + words)
        }
        for words in [
            publish, ["mirror", "status", place], ["mirror", "verify", place],
            ["mirror", "sync", place, "copy", "--root", "repository/metadata/1.root.json"],
        ] {
            expectOneError(try run(words), status: 2, saying: [sentence])
        }
        #expect(try Files.tree(stage.path("repository")) == before)
        #expect(!Files.exists(stage.path("copy")))
        let published = try run(publish + ["--allow-http"])
        #expect(published.status == 0, "\(published)")
        #expect(published.output.hasPrefix("\(place) now serves"), "\(published)")
        let status = try run(["mirror", "status", place, "--allow-http"])
        #expect(status.status == 0, "\(status)")
        // What is there is there by its usual place, too.
        let local = try stage.carnet(["mirror", "verify", registry.url()])
        #expect(local.status == 0, "\(local)")
        // Without the scheme that says so nobody goes there without TLS.
        let secure = try run([
            "mirror", "status", "oci://registry.test/demo", "--allow-http", "--limit",
            "retries=0",
        ])
        #expect(secure.status == 5, "\(secure)")
    }

    private func digest(_ path: String) throws -> String {
        DigestAlgorithm.sha256.hexDigest(of: try Files.read(path))
    }
}

@Suite("mirror verify: everything is healed, from any of several sources")
struct MirrorHealingCommandTests {
    @Test("a repository trusted by name is asked at all of its mirrors, also for timestamp.json")
    func named() throws {
        let stage = try Stage.withRelease()
        for copy in ["first", "second"] {
            try Files.copy(stage.path("repository"), to: stage.path(copy))
        }
        try stage.succeed([
            "trust", "add", "demo", "file://\(stage.path("first"))", "--mirror",
            "file://\(stage.path("second"))", "--root", "repository/metadata/1.root.json",
        ])
        try stage.succeed(["mirror", "sync", "demo", "mirror"])
        let before = try Files.tree(stage.path("mirror"))
        // The first source has lost what the mirror will need.
        Files.remove(stage.path("first/targets"))
        Files.remove(stage.path("first/metadata/timestamp.json"))
        let product = try needed(
            before.keys.first { $0.hasSuffix(".demo-1.1.txt") }, "the product")
        for name in [product, "metadata/timestamp.json"] {
            var bytes = try needed(before[name], name)
            bytes[bytes.count / 2] ^= 1
            try Files.write(bytes, to: stage.path("mirror/\(name)"))
        }
        let told = try stage.carnet(["mirror", "verify", "mirror"])
        #expect(told.status == 1, "\(told)")
        let healed = try stage.carnet(["mirror", "verify", "mirror", "--source", "demo"])
        #expect(healed.status == 0, "\(healed)")
        #expect(healed.output.contains("metadata/timestamp.json   damaged, healed"), "\(healed)")
        #expect(healed.output.contains("\(product)   damaged, healed"), "\(healed)")
        #expect(differences(before, try Files.tree(stage.path("mirror"))).isEmpty)
    }

    @Test("what no source can heal is left, with the reason, and exit 1")
    func left() throws {
        let stage = try Stage.withRelease()
        try stage.succeed([
            "mirror", "sync", "repository", "mirror", "--root",
            "repository/metadata/1.root.json",
        ])
        try Files.copy(stage.path("repository"), to: stage.path("old"))
        Files.remove(stage.path("old/metadata"))
        try Files.copy(stage.path("earlier"), to: stage.path("old/metadata"))
        try Files.write("{}", to: stage.path("mirror/metadata/timestamp.json"))
        let before = try Files.tree(stage.path("mirror"))
        let outcome = try stage.carnet(["mirror", "verify", "mirror", "--source", "old"])
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.output.contains("metadata/timestamp.json   damaged\n"), "\(outcome)")
        #expect(
            outcome.errors.contains(
                "metadata/timestamp.json is left as it is: timestamp.json: version"),
            "\(outcome)")
        #expect(differences(before, try Files.tree(stage.path("mirror"))).isEmpty)
        // Nor does the next synchronization go back.
        let sync = try stage.carnet(["mirror", "sync", "old", "mirror"])
        expectOneError(sync, status: 4, saying: ["keeps its last good state"])
    }
}
