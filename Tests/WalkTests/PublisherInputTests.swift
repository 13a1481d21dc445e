// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("Bad input of a publisher: one line, and the disk as before")
struct PublisherInputTests {
    private static let source = "repository/layouts/package.yaml"
    private static let release = [
        "release", "work/dist/demo-1.1.txt", "--repository", "repository", "--links", "links",
    ]

    /// Commands that need a private key.
    static let locked = [
        ["layout", "sign", source, "--key", "alice"],
        ["layout", "add", source, "--key", "alice", "--repository", "repository"],
        ["run", "-n", "tag", "--key", "alice", "-m", "work", "--", "touch", "ran"],
        ["record", "start", "-n", "tag", "--key", "alice", "-m", "work"],
        release,
        ["init", "second", "--name", "second", "--root", "root"],
    ]

    @Test("a wrong passphrase", arguments: locked)
    func wrongPassphrase(command: [String]) throws {
        let stage = try Stage.withRelease()
        try stage.expectFailure(command, passphrase: "guess", saying: ["key ", "wrong passphrase"])
    }

    @Test("no passphrase, and no terminal to ask at", arguments: locked)
    func noPassphrase(command: [String]) throws {
        let stage = try Stage.withRelease()
        // Of a session of its own, which has no terminal.
        let before = try Files.tree(stage.folder)
        let outcome = try stage.run(
            ["setsid", "--wait", Carnet.path] + command, passphrase: nil)
        expectOneError(outcome, status: 2, saying: ["passphrase"])
        #expect(differences(before, try Files.tree(stage.folder)).isEmpty)
    }

    @Test("a key that is not there")
    func missingKey() throws {
        let stage = try Stage.withRelease()
        for command in [
            ["layout", "sign", Self.source, "--key", "nobody"],
            ["layout", "add", Self.source, "--key", "nobody", "--repository", "repository"],
            ["run", "-n", "tag", "--key", "nobody", "-m", "work", "--", "touch", "ran"],
            ["key", "show", "nobody"],
        ] {
            try stage.expectFailure(command, saying: ["nobody.p", "no such key"])
        }
        try Files.makeFolder(stage.path("no-keys"))
        try stage.expectFailure(
            Self.release + ["--keys", "no-keys"], saying: ["private keys", "online"])
    }

    @Test("a key of somebody who may not sign the layout")
    func foreignKey() throws {
        let stage = try Stage.withRelease()
        for command in [
            ["layout", "sign", Self.source, "--key", "mallory"],
            ["layout", "add", Self.source, "--key", "mallory", "--repository", "repository"],
        ] {
            try stage.expectFailure(
                command, saying: ["key mallory: not among the signers", "alice, bob, carol"])
        }
    }

    @Test("a layout that too few have signed")
    func unsigned() throws {
        let stage = try Stage.withRelease()
        Files.remove(stage.path("repository/layouts/package.layout"))
        try stage.expectFailure(
            ["layout", "add", Self.source, "--key", "carol", "--repository", "repository"],
            saying: ["package.yaml", "missing alice, bob"])
    }

    @Test("a key file that is no key")
    func damagedKey() throws {
        let stage = try Stage.withRelease()
        try Files.write("nothing of a key", to: stage.path("home/keys/alice.pem"))
        try stage.expectFailure(
            ["layout", "sign", Self.source, "--key", "alice"], saying: ["alice.pem"])
    }

    @Test("a key whose name is taken stays as it is")
    func keyExists() throws {
        let stage = try Stage.withRelease()
        try stage.expectFailure(["key", "new", "alice"], saying: ["alice.pem", "already"])
    }

    @Test("a file that no layout covers, and a path outside the allowed ones")
    func uncovered() throws {
        let stage = try Stage.withRelease()
        let other = "work/dist/other.bin"
        let words = ["--repository", "repository", "--links", "links"]
        try Files.write("other", to: stage.path(other))
        try stage.expectFailure(
            ["release", other] + words, saying: [other, "no layout covers it"])
        for path in ["demo/1.1/other.txt", "other/1.1/demo-1.1.txt"] {
            try stage.expectFailure(
                Self.release + ["--as", path], saying: [path, "no layout covers it"])
        }
        for path in ["../demo-1.1.txt", "/demo-1.1.txt", "demo//demo-1.1.txt"] {
            try stage.expectFailure(Self.release + ["--as", path], saying: [path])
        }
        try Files.write("all", to: stage.path("work/dist/NOTES-1.1.txt"))
        try stage.expectFailure(
            ["release", "work/dist/NOTES-1.1.txt"] + words,
            saying: ["demo/1.1/NOTES-1.1.txt", "demo/notes-1.1/NOTES-1.1.txt", "--as"])
    }

    @Test("a layout for paths that no role may publish, and one beside another")
    func unpublishable() throws {
        let stage = try Stage.withRelease()
        let source = LayoutSources.notes
        try Files.write(
            source.replacing("demo/{version}", with: "elsewhere/{version}"),
            to: stage.path("repository/layouts/other.yaml"))
        try stage.expectFailure(
            [
                "layout", "add", "repository/layouts/other.yaml", "--key", "alice",
                "--repository", "repository",
            ], saying: ["elsewhere/{version}/NOTES-{version}.txt", "outside"])
        try Files.write(
            source.replacing("name: notes", with: "name: twin"),
            to: stage.path("repository/layouts/twin.yaml"))
        let twin = [
            "layout", "add", "repository/layouts/twin.yaml", "--key", "alice",
            "--repository", "repository",
        ]
        try stage.expectFailure(twin, saying: ["governed by layout notes already"])
        try stage.succeed(twin + ["--also"])
    }

    @Test("other bytes under a path that is released already need --replace")
    func replacing() throws {
        let stage = try Stage.withRelease()
        let release = Self.release
        try stage.succeed(release)
        try Files.write("other bytes", to: stage.path("work/dist/demo-1.1.txt"))
        try stage.expectFailure(release, saying: ["released already with other bytes"])
    }

    @Test("files and folders that are not there")
    func absent() throws {
        let stage = try Stage.withRelease()
        try stage.expectFailure(
            ["release", "no.txt", "--repository", "repository"], saying: ["no.txt"])
        try stage.expectFailure(
            [
                "release", "work/dist/demo-1.1.txt", "--repository", "repository",
                "--links", "nowhere",
            ], saying: ["nowhere", "no such folder"])
        try Files.makeFolder(stage.path("empty"))
        try stage.expectFailure(
            [
                "release", "work/dist/demo-1.1.txt", "--repository", "repository",
                "--links", "empty",
            ], saying: ["no links", "package"])
        try stage.expectFailure(
            ["release", "work/dist/demo-1.1.txt", "--repository", "empty", "--links", "links"],
            saying: ["empty"])
        try stage.expectFailure(
            ["layout", "add", "no.yaml", "--repository", "repository"],
            saying: ["no.yaml: no such file"])
        try stage.expectFailure(["serve", "nowhere", "--port", "0"], saying: ["nowhere"])
    }

    @Test("init where there is a repository, and with thresholds that cannot be met")
    func initTwice() throws {
        let stage = try Stage.withRelease()
        try stage.expectFailure(
            ["init", "repository", "--name", "demo"], saying: ["there is a repository already"])
        for threshold in ["0", "3", "-1", "two"] {
            try stage.expectFailure(
                [
                    "init", "second", "--name", "second", "--root", "alice", "bob",
                    "--root-threshold=\(threshold)",
                ], saying: ["threshold"])
        }
    }

    @Test(
        "an init that cannot succeed leaves no keys behind",
        arguments: [
            ["init", "second", "--name", "second", "--targets-threshold", "2"],
            ["init", "second", "--name", "second", "--layouts-threshold", "0"],
            ["init", "fingerprint", "--name", "second"],
            ["init", "fingerprint/second", "--name", "second"],
        ])
    func initInVain(command: [String]) throws {
        try Stage.withRelease().expectFailure(command)
    }

    @Test("what consumers would refuse is shown and not published")
    func refused() throws {
        let stage = try Stage.withRelease()
        let bobs = try stage.linkName("package", "bob")
        Files.remove(stage.path("links/\(bobs)"))
        let before = try Files.tree(stage.folder)
        let release = try stage.carnet(Self.release)
        #expect(release.status == 3)
        #expect(release.lines.first?.hasSuffix("[E-STEP-THRESHOLD]") == true, "\(release)")
        #expect(release.errorLines.count == 1, "\(release)")
        #expect(release.errors.contains("nothing was published"), "\(release)")
        #expect(differences(before, try Files.tree(stage.folder)).isEmpty)
    }

    @Test(
        "a link that is no link is never published",
        arguments: ["garbage", "", "{}", "{\"signed\": {}, \"signatures\": []}", "[1, 2"])
    func noLink(text: String) throws {
        let stage = try Stage.withRelease()
        try Files.write(text, to: stage.path("links/\(try stage.linkName("package", "bob"))"))
        let before = try Files.tree(stage.folder)
        let release = try stage.carnet(Self.release)
        #expect(release.status == 1 || release.status == 3, "\(release)")
        #expect(release.lines.first?.hasPrefix("REFUSED") == true, "\(release)")
        #expect(!release.output.contains("VERIFIED"), "\(release)")
        #expect(differences(before, try Files.tree(stage.folder)).isEmpty)
    }
}
