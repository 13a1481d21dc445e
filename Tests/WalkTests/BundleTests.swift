// SPDX-License-Identifier: Apache-2.0
import Testing

/// A stage on which a consumer has made a bundle and the servers are gone.
private struct AirGap {
    let stage: Stage
    static let path = "demo/\(Fixture.file)"

    init() throws {
        stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try stage.succeed(["bundle", "make", AirGap.path, "-o", "demo.bundle"], home: "user")
        stage.stopServing()
        try Files.makeFolder(stage.path("in"))
        try stage.succeed(
            [
                "trust", "add", "demo", "file:///nowhere", "--root",
                "repository/metadata/1.root.json",
            ], home: "apart")
    }

    func verify(_ bundle: String = "demo.bundle", _ words: String...) throws -> Outcome {
        try stage.carnet(["bundle", "verify", bundle] + words, home: "apart")
    }

    func bundle(_ name: String, _ paths: String...) throws {
        try stage.succeed(
            ["bundle", "make", "--folder", "repository"] + paths + ["-o", name])
    }
}

@Suite("Bundles: from a machine with a network to one without")
struct BundleTests {
    @Test("a file with its evidence is verified and unpacked by the root alone")
    func walk() throws {
        let gap = try AirGap()
        let outcome = try gap.verify("demo.bundle", "-o", "in")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.lines.first == "VERIFIED offline   \(AirGap.path)")
        #expect(outcome.output.contains("alice and bob got the same result independently"))
        #expect(outcome.output.contains("\nBundle of demo, made from timestamp "))
        #expect(outcome.output.contains("What the repository said later is not known here."))
        #expect(outcome.errorLines == ["written to in/demo-1.1.txt"])
        #expect(
            try Files.read(gap.stage.path("in/demo-1.1.txt"))
                == Files.read(gap.stage.path("work/dist/demo-1.1.txt")))
        #expect(try Files.names(in: gap.stage.path("in")) == ["demo-1.1.txt"])
        let json = try gap.verify("demo.bundle", "--json")
        #expect(json.output.contains("\"schema\": \"carnet/bundle-verdict/v1\""))
        #expect(json.output.contains("\"offline\": true"))
    }

    @Test("the verdict is to be had as a page, which says how old the bundle is")
    func page() throws {
        let gap = try AirGap()
        let outcome = try gap.verify("demo.bundle", "--html", "why.html")
        #expect(outcome.status == 0, "\(outcome)")
        let page = try String(decoding: Files.read(gap.stage.path("why.html")), as: UTF8.self)
        #expect(page.contains("VERIFIED offline"))
        #expect(page.contains("Bundle of demo, made from timestamp "))
        #expect(page.contains("<svg"))
        try Files.write("new\n", to: gap.stage.path("work/README-2.txt"))
        try gap.stage.succeed([
            "release", "work/README-2.txt", "--as", "demo/2/README-2.txt", "--repository",
            "repository",
        ])
        try gap.bundle("two.bundle", "demo/2/README-2.txt", Fixture.file)
        let two = try gap.verify("two.bundle", "--html", "two.html", "-o", "in")
        #expect(two.status == 2, "\(two)")
        #expect(two.output.isEmpty)
        #expect(two.errorLines.first?.contains("goes with one file, and the bundle has 2") == true)
        #expect(try Files.names(in: gap.stage.path("in")).isEmpty)
    }

    @Test("a machine without a home needs a root file or its fingerprint")
    func pinned() throws {
        let gap = try AirGap()
        let stage = gap.stage
        for words in [
            ["--root", "repository/metadata/1.root.json"],
            ["--fingerprint", try stage.fingerprint],
        ] {
            let outcome = try stage.carnet(
                ["bundle", "verify", "demo.bundle"] + words, home: "nobody-at-all")
            #expect(outcome.status == 0, "\(outcome)")
        }
        #expect(!Files.exists(stage.path("nobody-at-all")))
        let none = try stage.carnet(["bundle", "verify", "demo.bundle"], home: "nobody-at-all")
        #expect(none.status == 6)
        #expect(
            none.errorLines == [
                "carnet: error: demo.bundle: made from \"demo\", whose root follows from none "
                    + "trusted here", "hint: --root FILE gives the root that you trust",
            ])
    }

    @Test("any machine makes the same bundle of the same state, and tar reads it")
    func deterministic() throws {
        let gap = try AirGap()
        let stage = gap.stage
        try gap.bundle("other.bundle", Fixture.file)
        try gap.bundle("pattern.bundle", "demo/1.1/*.txt")
        let bytes = try Files.read(stage.path("demo.bundle"))
        #expect(try Files.read(stage.path("other.bundle")) == bytes)
        #expect(try Files.read(stage.path("pattern.bundle")) == bytes)
        let python = try stage.run([
            "python3", "-c",
            """
            import hashlib, json, tarfile
            with tarfile.open("demo.bundle", "r:") as tar:
                members = tar.getmembers()
                assert all(m.isreg() and m.mode == 0o644 and m.mtime == m.uid == 0 for m in members)
                manifest = json.load(tar.extractfile(members[0]))
                assert [m.name for m in members[1:]] == list(manifest["members"])
                for m in members[1:]:
                    body = tar.extractfile(m).read()
                    said = manifest["members"][m.name]
                    assert said == {"length": len(body), "sha256": hashlib.sha256(body).hexdigest()}
                print(len(members))
            """,
        ])
        #expect(python.status == 0, "\(python)")
        // Unpacked it is a mirror like any other.
        try Files.makeFolder(stage.path("unpacked"))
        let tar = try stage.run(["tar", "-xf", "../demo.bundle"], in: "unpacked")
        #expect(tar.status == 0, "\(tar)")
        try stage.succeed([
            "get", "--root", "repository/metadata/1.root.json", "--from",
            "file://\(stage.path("unpacked"))", Fixture.file, "-o", "in",
        ])
    }

    @Test("long and foreign names are held by extended headers")
    func longNames() throws {
        let stage = try Stage.withRelease()
        let name = "README-" + String(repeating: "é", count: 80) + ".txt"
        try Files.write("a long story\n", to: stage.path("work/\(name)"))
        try stage.succeed([
            "release", "work/\(name)", "--as", "demo/1.1/\(name)", "--repository", "repository",
        ])
        try stage.succeed([
            "bundle", "make", "--folder", "repository", "demo/1.1/\(name)", "-o", "long.bundle",
        ])
        let outcome = try stage.carnet(
            ["bundle", "verify", "long.bundle", "--root", "repository/metadata/1.root.json"])
        #expect(outcome.status == 0, "\(outcome)")
        let tar = try stage.run(["tar", "-tf", "long.bundle"])
        #expect(tar.status == 0, "\(tar)")
        let python = try stage.run([
            "python3", "-c",
            """
            import tarfile
            names = tarfile.open("long.bundle", "r:").getnames()
            assert any(name.endswith("é.txt") and name.startswith("targets/demo/1.1/") for name in names)
            """,
        ])
        #expect(python.status == 0, "\(python)")
    }

    @Test("after a newer bundle an older one is refused, whoever brings it")
    func rollback() throws {
        let gap = try AirGap()
        try Files.write("new\n", to: gap.stage.path("work/README-2.txt"))
        try gap.stage.succeed([
            "release", "work/README-2.txt", "--as", "demo/2/README-2.txt", "--repository",
            "repository",
        ])
        try gap.bundle("new.bundle", "demo/2/README-2.txt", Fixture.file)
        #expect(try gap.verify().status == 0)
        let newer = try gap.verify("new.bundle", "-o", "in")
        #expect(newer.status == 0, "\(newer)")
        #expect(try Files.names(in: gap.stage.path("in")) == ["README-2.txt", "demo-1.1.txt"])
        let before = try Files.tree(gap.stage.path("apart"))
        let older = try gap.verify("demo.bundle", "-o", "in")
        #expect(older.status == 4, "\(older)")
        #expect(older.lines.first?.hasPrefix("REFUSED — do not install   \(AirGap.path)") == true)
        #expect(older.errors.contains("hint: this bundle is older than what was seen here before"))
        #expect(try Files.tree(gap.stage.path("apart")) == before)
        // By itself, as of a day, it can still be looked at.
        let audit = try gap.verify(
            "demo.bundle", "--root", "repository/metadata/1.root.json", "--no-cache")
        #expect(audit.status == 0, "\(audit)")
    }

    @Test("an expired bundle is refused, unless a day is named at which it was not")
    func expired() throws {
        let gap = try AirGap()
        let late = try gap.verify("demo.bundle", "-o", "in", "--as-of", "2040-01-01")
        #expect(late.status == 4, "\(late)")
        #expect(late.output.contains("[E-STALE]"))
        #expect(late.errors.contains("asks what this one was worth then"))
        #expect(try Files.names(in: gap.stage.path("in")).isEmpty)
        #expect(!Files.exists(gap.stage.path("apart/repositories/demo/metadata/timestamp.json")))
    }

    @Test("a state judged as of a day before it was signed is said to be none of that day")
    func beforeSigning() throws {
        let gap = try AirGap()
        let early = try gap.verify("demo.bundle", "--as-of", "2020-01-01")
        #expect(early.lines.first?.hasPrefix("VERIFIED as of 2020-01-01T00:00:00Z offline") == true)
        #expect(
            early.errors.contains(", nobody could have seen it at 2020-01-01T00:00:00Z; "),
            "\(early)")
        let now = try gap.verify("demo.bundle")
        #expect(!now.errors.contains("nobody could have seen it"))
    }

    @Test("the roots of a rotation are in the bundle, and an older root leads to the newest")
    func rotatedRoot() throws {
        let gap = try AirGap()
        let stage = gap.stage
        try stage.succeed(["key", "new", "second"])
        try stage.succeed([
            "role", "keys", "root", "--add", "second", "--repository", "repository", "--yes",
        ])
        try gap.bundle("rotated.bundle", Fixture.file)
        let outcome = try gap.verify("rotated.bundle")
        #expect(outcome.status == 0, "\(outcome)")
        let list = try stage.run(["tar", "-tf", "rotated.bundle"])
        #expect(list.output.contains("metadata/1.root.json\n"))
        #expect(list.output.contains("metadata/2.root.json\n"))
        let after = try stage.carnet([
            "bundle", "verify", "rotated.bundle", "--root", "repository/metadata/2.root.json",
        ])
        #expect(after.status == 0, "\(after)")
        // The home has the second root now; a bundle from before it is older.
        #expect(try gap.verify().status == 4)
    }

    @Test("damage, a foreign root and bad words end in one line, and nothing changes")
    func badInput() throws {
        let gap = try AirGap()
        let stage = gap.stage
        let bytes = try Files.read(stage.path("demo.bundle"))
        let before = try Files.tree(stage.path("apart"))
        func refused(_ bytes: [UInt8], _ words: String, code: Int32 = 2) throws {
            try Files.write(bytes, to: stage.path("bad.bundle"))
            let outcome = try gap.verify("bad.bundle", "-o", "in")
            #expect(outcome.status == code, "\(outcome)")
            #expect(outcome.output.isEmpty)
            #expect(outcome.errorLines.first == "carnet: error: bad.bundle: \(words)")
            #expect(outcome.errorLines.count <= 2)
            #expect(try Files.names(in: stage.path("in")).isEmpty)
            #expect(try Files.tree(stage.path("apart")) == before)
        }
        try refused(
            Array(bytes[..<5000]), "truncated: 5000 bytes found, \(bytes.count) expected")
        try refused(bytes + [0], "1 bytes after its end")
        try refused(Array("hello".utf8), "truncated: only 5 bytes found")
        try refused([UInt8](repeating: 0x1F, count: 600), "not a bundle: no tar archive")
        let stranger = try stage.carnet(
            ["init", "stranger", "--name", "stranger"], home: "stranger")
        #expect(stranger.status == 0, "\(stranger)")
        let foreign = try gap.stage.carnet([
            "bundle", "verify", "demo.bundle", "--root", "stranger/metadata/1.root.json",
        ])
        #expect(foreign.status == 1)
        #expect(
            foreign.errorLines == [
                "carnet: error: demo.bundle: root 1 of another repository found, one that "
                    + "follows from the root of demo expected"
            ])
        for words in [
            ["bundle", "make", "demo/x", "-o", "x", "--offline"],
            ["bundle", "make", "demo/x", "other/y", "-o", "x"],
            ["bundle", "make", "--folder", "nowhere", "x", "-o", "x"],
            ["bundle", "verify", "nowhere.bundle"],
            ["bundle", "verify", "demo.bundle", "--root", "a", "--fingerprint", "b"],
            ["bundle", "verify", "demo.bundle", "--as-of", "yesterday"],
            ["bundle", "verify", "demo.bundle", "-o", "demo.bundle"],
        ] {
            let outcome = try stage.carnet(words, home: "apart")
            #expect(outcome.status == 2, "\(words) \(outcome)")
            #expect(outcome.errorLines.first?.hasPrefix("carnet: error: ") == true)
        }
    }

    @Test("no bundle is made of what a consumer would refuse")
    func refusedToMake() throws {
        let stage = try Stage.withRelease()
        let evidence = stage.path("repository/targets/in-toto-metadata")
        // The folders are those of links; layouts lie beside them.
        for name in try Files.names(in: evidence) where Files.isFolder("\(evidence)/\(name)") {
            Files.remove("\(evidence)/\(name)")
        }
        let before = try Files.names(in: stage.folder)
        let outcome = try stage.carnet([
            "bundle", "make", "--folder", "repository", Fixture.file, "-o", "demo.bundle",
        ])
        #expect(outcome.status != 0)
        #expect(outcome.lines.first?.hasPrefix("REFUSED — do not install") == true)
        #expect(outcome.errorLines.last == "demo.bundle is not written")
        #expect(try Files.names(in: stage.folder) == before)
    }
}
