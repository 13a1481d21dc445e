// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("Bad input of a consumer: one line, and the disk as before")
struct ConsumerInputTests {
    @Test("nothing is verified before a repository is trusted")
    func noTrust() throws {
        let stage = try Stage.withRelease()
        for command in [
            ["get", "demo/\(Fixture.file)"], ["verify", "work/dist/demo-1.1.txt"], ["list"],
            ["verify", "work/dist/demo-1.1.txt", "--as", "demo/\(Fixture.file)"],
            ["list", "demo"], ["trust", "show", "demo"], ["trust", "remove", "demo"],
        ] {
            try stage.expectFailure(command, status: 6, home: "user", saying: ["trusted"])
        }
    }

    @Test("the wrong fingerprint")
    func wrongFingerprint() throws {
        let stage = try Stage.withRelease()
        let url = try stage.serve()
        let found = try stage.fingerprint
        let told = String(repeating: "0", count: 64)
        try stage.expectFailure(
            ["trust", "add", "demo", url, "--fingerprint", told], status: 1, home: "user",
            saying: [found, told])
        for malformed in ["", "c0ffee", found + "00", found.dropLast() + "x"] {
            try stage.expectFailure(
                ["trust", "add", "demo", url, "--fingerprint", malformed], home: "user",
                saying: ["64 hexadecimal digits expected"])
        }
        try stage.expectFailure(
            ["trust", "add", "demo", url, "--fingerprint", found, "--root", "fingerprint"],
            home: "user")
        try stage.expectFailure(["trust", "add", "demo", url], home: "user", saying: ["--root"])
        for name in ["", ".", "..", "a/b", "../demo"] {
            try stage.expectFailure(
                ["trust", "add", name, url, "--fingerprint", found], home: "user",
                saying: ["name"])
        }
    }

    @Test("a root file that is not there, or is no root")
    func noRoot() throws {
        let stage = try Stage.withRelease()
        let words = ["trust", "add", "demo", "http://127.0.0.1:1/", "--root"]
        try stage.expectFailure(
            words + ["no.json"], home: "user", saying: ["no.json: no such file"])
        try Files.write("garbage", to: stage.path("garbage.json"))
        var tampered = try Files.text(stage.path("repository/metadata/1.root.json"))
        tampered = tampered.replacing("\"version\":1", with: "\"version\":2")
        try Files.write(tampered, to: stage.path("tampered.json"))
        for file in ["garbage.json", "repository/metadata/timestamp.json", "tampered.json"] {
            try stage.expectFailure(words + [file], status: 1, home: "user")
        }
    }

    @Test("a name that is trusted already")
    func trustedTwice() throws {
        let stage = try Stage.withRelease()
        let url = try stage.serve()
        try stage.trust(url)
        try stage.expectFailure(
            ["trust", "add", "demo", url, "--fingerprint", try stage.fingerprint], home: "user",
            saying: ["demo: trusted already"])
        try stage.succeed(["trust", "remove", "demo"], home: "user")
        #expect(try stage.carnet(["list"], home: "user").status == 6)
        try stage.trust(url)
    }

    @Test("one repository that cannot be reached does not hide the others")
    func listAll() throws {
        let stage = try Stage.withRelease()
        let url = try stage.serve()
        try stage.trust(url)
        try stage.succeed(
            [
                "trust", "add", "away", "http://127.0.0.1:9", "--root",
                "repository/metadata/1.root.json",
            ], home: "user")
        let list = try stage.carnet(["list"], home: "user")
        #expect(list.status == 5, "\(list)")
        #expect(list.lines.contains { $0.hasPrefix("demo/demo/1.0/demo-1.0.txt") }, "\(list)")
        #expect(list.errorLines.first?.hasPrefix("carnet: error: away: ") == true, "\(list)")
    }

    @Test("a server that is not there")
    func unreachable() throws {
        let stage = try Stage.withRelease()
        let url = try stage.serve()
        try stage.trust(url)
        try stage.succeed(["list"], home: "user")
        stage.stopServing()
        let before = try Files.tree(stage.folder)
        let get = try stage.carnet(["get", "demo/\(Fixture.file)"], home: "user")
        expectOneCause(get, status: 5, "E-UNREACHABLE")
        let verify = try stage.carnet(["verify", "work/dist/demo-1.1.txt"], home: "user")
        expectOneCause(verify, status: 5, "E-UNREACHABLE")
        try stage.expectFailure(["list"], status: 5, home: "user")
        try stage.expectFailure(
            ["trust", "add", "other", url, "--fingerprint", try stage.fingerprint], status: 5,
            home: "user")
        #expect(differences(before, try Files.tree(stage.folder)).isEmpty)
    }

    @Test("a file that the repository does not offer")
    func noSuchFile() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try stage.succeed(["list"], home: "user")
        let before = try Files.tree(stage.folder)
        for file in ["demo/9.9/demo-9.9.txt", "other/1.1/demo-1.1.txt", "demo-1.1.txt"] {
            let get = try stage.carnet(["get", "demo/\(file)"], home: "user")
            expectOneCause(get, status: 1, "E-NO-SUCH-FILE", words: [file])
        }
        for file in ["../secret", "demo//x", "/etc/passwd"] {
            try stage.expectFailure(["get", "demo/\(file)"], home: "user", saying: [file])
        }
        try stage.expectFailure(["get", "demo"], home: "user", saying: ["NAME/PATH"])
        try stage.expectFailure(["verify", "no.txt"], home: "user", saying: ["no.txt"])
        try stage.expectFailure(["verify", "work"], home: "user", saying: ["work"])
        #expect(differences(before, try Files.tree(stage.folder)).isEmpty)
    }

    @Test("a place that cannot be written to")
    func noPlace() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try stage.expectFailure(
            ["get", "demo/\(Fixture.file)", "-o", "nowhere/file.txt"], home: "user",
            saying: ["nowhere"])
        try stage.expectFailure(
            ["get", "demo/\(Fixture.file)", "-o", "fingerprint/file.txt"], home: "user",
            saying: ["fingerprint"])
    }

    @Test("the repository's word alone is taken only when it is asked for, and the verdict says so")
    func repositoryOnly() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        var attacker = Attacker(stage)
        try attacker.put(Array("all".utf8), at: "demo/1.1/other.bin", in: "releases")
        try attacker.put(Array("read".utf8), at: "demo/1.1/README-1.1.txt", in: "releases")
        try attacker.publish()
        let refused = try stage.carnet(["get", "demo/demo/1.1/other.bin"], home: "user")
        expectOneCause(refused, status: 3, "E-NO-POLICY")
        #expect(!Files.exists(stage.path("other.bin")))
        let taken = try stage.succeed(
            ["get", "demo/demo/1.1/other.bin", "--tuf-only"], home: "user")
        #expect(taken.output.contains("Not checked: how the file was made"), "\(taken)")
        let unattested = try stage.succeed(
            ["get", "demo/demo/1.1/README-1.1.txt"], home: "user")
        #expect(unattested.output.contains("ask for no evidence"), "\(unattested)")
    }
}
