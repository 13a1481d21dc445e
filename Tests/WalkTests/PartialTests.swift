// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("What cannot be had is told, after all that can, and never with exit code 0")
struct PartialTests {
    /// A stage where `user` trusts the served repository.
    private func trusting() throws -> (stage: Stage, url: String) {
        let stage = try Stage.withRelease()
        let url = try stage.serve()
        try stage.trust(url)
        return (stage, url)
    }

    /// Mallory signs the newest file of the role that lists the releases.
    private func breakReleases(_ stage: Stage) throws {
        var attacker = Attacker(stage)
        try attacker.edit("releases") { _ in }
        try attacker.publish(stolen: ["releases": "mallory"])
    }

    @Test("a list goes without a role that does not verify, says which and why, and ends with 1")
    func list() throws {
        let (stage, _) = try trusting()
        try breakReleases(stage)
        let outcome = try stage.carnet(["list", "demo", "--all"], home: "user")
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.lines.contains { $0.contains("in-toto-metadata/") }, "\(outcome)")
        #expect(!outcome.output.contains(Fixture.file), "\(outcome)")
        let lines = outcome.errorLines
        #expect(lines.count == 2, "\(outcome)")
        #expect(
            lines[0].hasPrefix(
                "carnet: error: demo: what releases lists is left out: releases.json: signed by 0 "),
            "\(outcome)")
        #expect(lines[1].hasPrefix("hint: "), "\(outcome)")
        let json = try stage.carnet(["list", "demo", "--all", "--json"], home: "user")
        #expect(json.status == 1 && json.output.hasPrefix("["), "\(json)")
    }

    @Test(
        "files of a pattern that can be had are had; the role that is missing gives the exit code")
    func getPattern() throws {
        let (stage, _) = try trusting()
        try breakReleases(stage)
        try Files.makeFolder(stage.path("out"))
        let outcome = try stage.carnet(
            ["get", "demo/in-toto-metadata/*", "-o", "out", "--tuf-only"], home: "user")
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.lines.contains { $0.hasPrefix("VERIFIED") }, "\(outcome)")
        #expect(outcome.errors.contains("carnet: error: demo: what releases lists is left out: "))
        #expect(try !Files.tree(stage.path("out")).isEmpty)
    }

    /// A map that takes files from demo, or from `down`, where nobody answers.
    private func useMap(_ stage: Stage, _ url: String) throws {
        let nobody = "http://127.0.0.1:1/"
        try stage.succeed(
            ["trust", "add", "down", nobody, "--root", "repository/metadata/1.root.json"],
            home: "user")
        let map = """
            {"repositories": {"demo": ["\(url)"], "down": ["\(nobody)"]},
             "mapping": [{"paths": ["*"], "repositories": ["demo", "down"], "threshold": 1,
                          "terminating": true}]}
            """
        try Files.write(map, to: stage.path("map.json"))
        try stage.succeed(["trust", "map", "map.json"], home: "user")
    }

    @Test("a repository of the map that is down is told after the others' files, with exit code 5")
    func mapPattern() throws {
        let (stage, url) = try trusting()
        try useMap(stage, url)
        try Files.makeFolder(stage.path("out"))
        let outcome = try stage.carnet(
            ["get", "any/demo/*/demo-*.txt", "-o", "out"], home: "user")
        #expect(outcome.status == 5, "\(outcome)")
        #expect(outcome.lines.filter { $0.hasPrefix("VERIFIED   any/demo/") }.count == 2)
        #expect(
            try Files.tree(stage.path("out")).keys.sorted() == ["demo-1.0.txt", "demo-1.1.txt"])
        #expect(
            outcome.errors.contains("carnet: error: down does not count: timestamp.json: ")
                || outcome.errors.contains("carnet: error: down does not count: 2.root.json: "),
            "\(outcome)")
        // A file that is named is found without it, as the map says.
        try stage.succeed(["get", "any/\(Fixture.file)", "-o", "got.txt"], home: "user")
        let nothing = try stage.carnet(["get", "any/none/*", "-o", "out"], home: "user")
        #expect(nothing.status == 5 && nothing.output.isEmpty, "\(nothing)")
        let listed = try stage.carnet(["list", "any"], home: "user")
        #expect(listed.status == 5 && listed.lines.count == 2, "\(listed)")
        #expect(listed.errors.contains("down does not count: "), "\(listed)")
    }

    @Test("a repository that the map names stays trusted until the map is another one")
    func removeMapped() throws {
        let (stage, url) = try trusting()
        try useMap(stage, url)
        try stage.expectFailure(
            ["trust", "remove", "down"], home: "user",
            saying: ["down: the map in use names this repository"])
        try stage.succeed(["trust", "map", "--remove"], home: "user")
        try stage.succeed(["trust", "remove", "down"], home: "user")
        // A map that nobody can use does not keep anybody trusted.
        try Files.write("{", to: stage.path("user/trust-map.json"))
        let removed = try stage.succeed(["trust", "remove", "demo"], home: "user")
        #expect(removed.lines == ["demo is no longer trusted"], "\(removed)")
        #expect(removed.errors.hasPrefix("note: "), "\(removed)")
    }

    @Test("one repository that knows a file to be wrong outvotes one that asks for no evidence")
    func outvoted() throws {
        let (stage, _) = try trusting()
        for name in ["aaa", "zzz"] {
            try stage.succeed([
                "init", name, "--name", "demo", "--unattested", "demo/*/*.txt",
            ])
            try Files.write("backdoor \(name)\n", to: stage.path("\(name)-dist/demo-1.1.txt"))
            try Files.write("other\n", to: stage.path("\(name)-dist/other.txt"))
            for file in ["demo-1.1.txt", "other.txt"] {
                try stage.succeed([
                    "release", "\(name)-dist/\(file)", "--repository", name, "--as",
                    "demo/1.1/\(file)",
                ])
            }
            try stage.succeed(
                [
                    "trust", "add", name, "file://\(stage.path(name))", "--root",
                    "\(name)/metadata/1.root.json",
                ], home: "user")
        }
        for name in ["aaa", "zzz"] {
            // Alone it is enough, wherever the name stands.
            let alone = try stage.succeed(
                ["verify", "\(name)-dist/demo-1.1.txt", "--as", "\(name)/demo/1.1/demo-1.1.txt"],
                home: "user")
            #expect(alone.output.hasPrefix("VERIFIED without evidence"), "\(alone)")
            let outcome = try stage.carnet(
                ["verify", "\(name)-dist/demo-1.1.txt"], home: "user")
            #expect(outcome.status == 1, "\(outcome)")
            #expect(outcome.output.hasPrefix("REFUSED — do not install"), "\(outcome)")
        }
        // What nobody else knows is theirs to judge, and what has evidence needs nobody's word.
        let other = try stage.succeed(["verify", "aaa-dist/other.txt"], home: "user")
        #expect(other.output.hasPrefix("VERIFIED without evidence"), "\(other)")
        try stage.succeed(["get", "demo/\(Fixture.file)", "-o", "demo-1.1.txt"], home: "user")
        let honest = try stage.succeed(["verify", "demo-1.1.txt"], home: "user")
        #expect(honest.output.hasPrefix("VERIFIED   demo/"), "\(honest)")
    }

    @Test("names and passwords of a mirror's address are in no message")
    func credentials() throws {
        let (stage, url) = try trusting()
        let secret = "http://horst:geheim@127.0.0.1:1/gone"
        try stage.succeed(["trust", "mirrors", "demo", "--prefer", secret], home: "user")
        for words in [
            ["get", "demo/\(Fixture.file)", "-o", "got.txt"], ["list", "demo"],
            ["trust", "mirrors", "demo"], ["trust", "list"], ["trust", "show", "demo"],
        ] {
            let outcome = try stage.succeed(words, home: "user")
            #expect(outcome.description.contains("127.0.0.1:1/gone"), "\(words): \(outcome)")
            #expect(!outcome.description.contains("geheim"), "\(words): \(outcome)")
            #expect(!outcome.description.contains("horst"), "\(words): \(outcome)")
        }
        try stage.succeed(["trust", "mirrors", "demo", "--remove", url], home: "user")
        for words in [
            ["get", "demo/\(Fixture.file)", "-o", "no.txt"], ["list", "demo"],
            ["get", "demo/\(Fixture.file)", "-o", "no.txt", "--json"],
        ] {
            let outcome = try stage.carnet(words, home: "user")
            #expect(outcome.status == 5, "\(words): \(outcome)")
            #expect(!outcome.description.contains("geheim"), "\(words): \(outcome)")
        }
    }

    @Test("a faked clock that stands does not stand in the way of waiting")
    func fakedClock() throws {
        let (stage, _) = try trusting()
        let lock = open(
            stage.path("user/repositories/demo/metadata/.lock"), O_RDWR | O_CREAT | O_CLOEXEC,
            0o600)
        defer { close(lock) }
        #expect(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
        let running = try stage.start(
            ["list", "demo"], home: "user", under: ["faketime", "-f", "2020-02-29 12:00:00"])
        #expect(running.errorLine() == "another carnet is refreshing demo, waiting for it")
        flock(lock, LOCK_UN)
        let outcome = running.end()
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.lines.count == 2, "\(outcome)")
    }
}
