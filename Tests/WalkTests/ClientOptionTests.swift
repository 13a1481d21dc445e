// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("A consumer's options: several files, offline, another moment, another place for state")
struct ClientOptionTests {
    private static let file = Fixture.file
    private static let old = "demo/1.0/demo-1.0.txt"

    /// A stage where `user` trusts the served repository.
    private func trusting() throws -> (stage: Stage, url: String) {
        let stage = try Stage.withRelease()
        let url = try stage.serve()
        try stage.succeed(
            ["trust", "add", "demo", url, "--fingerprint", try stage.fingerprint], home: "user")
        return (stage, url)
    }

    private func pinned(_ url: String) -> [String] {
        ["--root", "repository/metadata/1.root.json", "--from", url]
    }

    @Test("several files and a pattern, each with its own verdict, in one folder")
    func several() throws {
        let (stage, _) = try trusting()
        try Files.makeFolder(stage.path("out"))
        let both = try stage.succeed(
            ["get", "demo/\(Self.old)", "demo/\(Self.file)", "-o", "out"], home: "user")
        #expect(both.lines.filter { $0.hasPrefix("VERIFIED   demo/") }.count == 2, "\(both)")
        #expect(
            try Files.tree(stage.path("out")).keys.sorted() == ["demo-1.0.txt", "demo-1.1.txt"])
        Files.remove(stage.path("out"))
        try Files.makeFolder(stage.path("out"))
        let pattern = try stage.succeed(
            ["get", "demo/demo/*/demo-*.txt", "-o", "out", "--json"], home: "user")
        #expect(pattern.output.hasPrefix("["), "\(pattern)")
        #expect(try Files.tree(stage.path("out")).count == 2)
    }

    @Test("one that is refused does not keep the others back, and gives the exit code")
    func oneRefused() throws {
        let (stage, _) = try trusting()
        try Files.makeFolder(stage.path("out"))
        let outcome = try stage.carnet(
            ["get", "demo/demo/9.9/none.txt", "demo/\(Self.file)", "-o", "out"], home: "user")
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.lines.first?.hasPrefix("REFUSED") == true, "\(outcome)")
        #expect(try Files.tree(stage.path("out")).keys.sorted() == ["demo-1.1.txt"])
    }

    @Test("two files of one name, a file for several, a pattern that matches nothing")
    func clashes() throws {
        let (stage, url) = try trusting()
        try Files.makeFolder(stage.path("out"))
        try stage.succeed(
            ["trust", "add", "twin", url, "--fingerprint", try stage.fingerprint], home: "user")
        let twins = try stage.carnet(
            ["get", "demo/\(Self.file)", "twin/\(Self.file)", "-o", "out"], home: "user")
        expectOneError(twins, status: 2)
        #expect(twins.errors.contains("would both be written"), "\(twins)")
        let words = ["get", "demo/\(Self.file)", "-o", "out/one.txt", "demo/\(Self.old)"]
        try stage.expectFailure(words, home: "user", saying: ["a folder expected"])
        let nothing = try stage.carnet(
            ["get", "demo/demo/*/nothing-*", "-o", "out"], home: "user")
        expectOneError(nothing, status: 2)
        #expect(nothing.errors.contains("no file matches"), "\(nothing)")
        #expect(try Files.tree(stage.path("out")).isEmpty)
    }

    /// attack: tough CVE-2026-6968: a link in place of a folder above an artifact
    @Test("files go into the folder under their own names alone: a link in it leads nowhere")
    func linkedFolder() throws {
        let (stage, _) = try trusting()
        try Files.makeFolder(stage.path("out"))
        try Files.makeFolder(stage.path("victim"))
        guard symlink(stage.path("victim"), stage.path("out/demo")) == 0 else {
            throw SystemFailure("symlink")
        }
        try stage.succeed(
            ["get", "demo/\(Self.file)", "demo/\(Self.old)", "-o", "out"], home: "user")
        #expect(try Files.tree(stage.path("victim")).isEmpty)
        #expect(access(stage.path("out/demo-1.1.txt"), F_OK) == 0)
    }

    @Test("offline a file is judged by what was seen, and the first line says so")
    func offline() throws {
        let (stage, _) = try trusting()
        try stage.succeed(["get", "demo/\(Self.file)", "-o", "got.txt"], home: "user")
        stage.stopServing()
        let verdict = try stage.succeed(
            ["verify", "got.txt", "--as", "demo/\(Self.file)", "--offline"], home: "user")
        #expect(verdict.lines.first?.hasPrefix("VERIFIED offline   demo/") == true, "\(verdict)")
        #expect(verdict.lines.last?.contains("since it was last asked") == true, "\(verdict)")
        let listed = try stage.succeed(["list", "demo", "--offline"], home: "user")
        #expect(listed.output.contains(Self.file), "\(listed)")
        let other = try stage.carnet(
            ["get", "demo/\(Self.old)", "--offline", "-o", "no.txt"], home: "user")
        #expect(other.status == 5 && other.output.contains("[E-OFFLINE]"), "\(other)")
        #expect(access(stage.path("no.txt"), F_OK) != 0)
    }

    @Test("offline without anything seen is no trust in nothing: it is said what is missing")
    func offlineAtFirst() throws {
        let (stage, _) = try trusting()
        let outcome = try stage.carnet(
            ["get", "demo/\(Self.file)", "--offline", "-o", "no.txt"], home: "user")
        #expect(outcome.status == 5 && outcome.output.contains("timestamp"), "\(outcome)")
    }

    @Test("a state that has expired is refused offline, too")
    func offlineExpired() throws {
        let (stage, _) = try trusting()
        try stage.succeed(["get", "demo/\(Self.file)", "-o", "got.txt"], home: "user")
        stage.stopServing()
        let outcome = try stage.carnet(
            [
                "verify", "got.txt", "--as", "demo/\(Self.file)", "--offline", "--as-of",
                "2100-01-01",
            ], home: "user")
        #expect(outcome.status == 4 && outcome.output.contains("expired"), "\(outcome)")
    }

    @Test("as of another moment nothing is kept, and the first line says which")
    func asOf() throws {
        let (stage, _) = try trusting()
        let before = try Files.tree(stage.path("user"))
        let verdict = try stage.succeed(
            ["get", "demo/\(Self.file)", "-o", "got.txt", "--as-of", "2020-02-29T12:00:00Z"],
            home: "user")
        #expect(
            verdict.lines.first?.hasPrefix("VERIFIED as of 2020-02-29T12:00:00Z   demo/") == true,
            "\(verdict)")
        #expect(try Files.tree(stage.path("user")).filter { !$0.key.hasSuffix(".lock") } == before)
        let later = try stage.carnet(
            ["get", "demo/\(Self.file)", "-o", "no.txt", "--as-of", "2100-01-01"], home: "user")
        #expect(later.status == 4, "\(later)")
    }

    @Test("a root for one command: nothing of a home is needed or made")
    func pinnedRoot() throws {
        let (stage, url) = try trusting()
        let outcome = try stage.succeed(
            ["get", Self.file, "-o", "got.txt"] + pinned(url), home: "nobody-at-home")
        #expect(outcome.lines.first?.hasPrefix("VERIFIED   127.0.0.1") == true, "\(outcome)")
        #expect(access(stage.path("nobody-at-home"), F_OK) != 0)
        let listed = try stage.succeed(["list", "demo/1.1/*"] + pinned(url), home: "none")
        #expect(listed.output.contains(Self.file), "\(listed)")
        let fingerprint = try stage.fingerprint
        try stage.succeed(
            ["verify", "got.txt", "--as", Self.file, "--fingerprint", fingerprint, "--from", url])
        try stage.expectFailure(
            ["get", Self.file, "--from", url], home: "none", saying: ["--root FILE"])
        try stage.expectFailure(
            ["get", Self.file, "--from", url, "--fingerprint", fingerprint, "--offline"],
            home: "none", saying: ["which --offline forbids"])
    }

    @Test("a cache folder keeps what was seen: a replayed old state is noticed")
    func cache() throws {
        let (stage, url) = try trusting()
        let words = ["get", Self.file, "-o", "got.txt", "--cache", "cache"] + pinned(url)
        try stage.succeed(words, home: "none")
        stage.stopServing()
        for name in ["timestamp.json"] {
            try Files.copy(
                stage.path("earlier/\(name)"), to: stage.path("repository/metadata/\(name)"))
        }
        let served = try stage.serve()
        let old = ["get", Self.old, "-o", "old.txt"] + pinned(served)
        let fresh = try stage.carnet(old, home: "none")
        #expect(fresh.status == 0, "without a state the old one cannot be told: \(fresh)")
        let cached = try stage.carnet(old + ["--cache", "cache"], home: "none")
        #expect(cached.status == 4 && cached.output.contains("[E-ROLLBACK]"), "\(cached)")
    }

    @Test("a mirror takes over, and the person is told")
    func mirrors() throws {
        let (stage, url) = try trusting()
        try stage.succeed(
            ["trust", "mirrors", "demo", "--prefer", "http://127.0.0.1:1/gone"], home: "user")
        let shown = try stage.succeed(["trust", "mirrors", "demo"], home: "user")
        #expect(shown.lines == ["http://127.0.0.1:1/gone/", url], "\(shown)")
        let outcome = try stage.succeed(
            ["get", "demo/\(Self.file)", "-o", "got.txt"], home: "user")
        #expect(outcome.errors.contains("mirror http://127.0.0.1:1/gone/metadata/"), "\(outcome)")
        try stage.succeed(
            ["trust", "mirrors", "demo", "--remove", "http://127.0.0.1:1/gone"], home: "user")
        try stage.expectFailure(
            ["trust", "mirrors", "demo", "--remove", url], home: "user",
            saying: ["the last place cannot be removed"])
    }

    @Test("what asks no server does not load libcurl")
    func library() throws {
        let (stage, url) = try trusting()
        let words = ["env", "LD_DEBUG=files", Carnet.path]
        let online = try stage.run(
            words + ["list", "--root", "repository/metadata/1.root.json", "--from", url])
        #expect(online.status == 0 && online.errors.contains("libcurl.so.4"), "\(online.output)")
        let files = "file://" + stage.path("repository")
        for command in [
            ["list", "--root", "repository/metadata/1.root.json", "--from", files],
            ["trust", "list"], ["--version"],
        ] {
            let outcome = try stage.run(words + command)
            #expect(outcome.status == 0, "\(command)")
            #expect(outcome.errors.contains("libcrypto") && !outcome.errors.contains("libcurl"))
        }
    }

    @Test("a bound can be changed, and an unknown one is named")
    func limits() throws {
        let (stage, _) = try trusting()
        let bounds = try stage.succeed(["limits"])
        #expect(bounds.lines.contains { $0.hasPrefix("root-bytes ") }, "\(bounds)")
        let outcome = try stage.carnet(
            ["get", "demo/\(Self.file)", "--limit", "timestamp-bytes=10"], home: "user")
        #expect(outcome.status == 1 && outcome.output.contains("10 bytes"), "\(outcome)")
        for wrong in ["timestamp=10", "timestamp-bytes", "timestamp-bytes=-1", "roles=many"] {
            try stage.expectFailure(
                ["get", "demo/\(Self.file)", "--limit", wrong], home: "user",
                saying: ["NAME=NUMBER"])
        }
    }
}
