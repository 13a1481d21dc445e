// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Testing

@Suite("carnet explain")
struct ExplainTests {
    private static let file = "work/dist/demo-1.1.txt"

    private func stage() throws -> Stage {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        return stage
    }

    @Test("a file at hand, one that is offered, and one for a repository of this command alone")
    func verified() throws {
        let stage = try stage()
        let verify = try stage.succeed(["verify", Self.file], home: "user")
        for words in [
            [Self.file], ["demo/\(Fixture.file)"], [Self.file, "--as", "demo/\(Fixture.file)"],
            [Self.file, "--repository", "demo"],
        ] {
            let explain = try stage.succeed(["explain"] + words, home: "user")
            #expect(explain.lines.first == verify.lines.first)
            #expect(
                explain.output.contains(
                    "MATCH * WITH PRODUCTS FROM tag  took 1 (src/main.txt), left 0"),
                "\(explain)")
            #expect(explain.output.contains("2 package: signed by alice and bob, 2 needed"))
            #expect(explain.lines.count < 40)
        }
        #expect(!Files.exists(stage.path("demo-1.1.txt")))
        let offline = try stage.carnet(
            ["explain", "demo/\(Fixture.file)", "--offline"], home: "nobody-else")
        #expect(offline.status == 6)
    }

    @Test("another file under the name is told from what the steps recorded")
    func otherBytes() throws {
        let stage = try stage()
        try Files.write("not demo\n", to: stage.path("other/demo-1.1.txt"))
        let explain = try stage.carnet(["explain", "other/demo-1.1.txt"], home: "user")
        #expect(explain.status == 1)
        #expect(explain.lines[0].hasSuffix("[E-BYTES]"), "\(explain)")
        let ours = DigestAlgorithm.sha256.hexDigest(of: try Files.read(stage.path(Self.file)))
        let theirs = DigestAlgorithm.sha256.hexDigest(of: Array("not demo\n".utf8))
        #expect(explain.output.contains("recorded by package as dist/demo-1.1.txt  sha256:\(ours)"))
        #expect(explain.output.contains("sha256:\(theirs)"))
        let verify = try stage.carnet(["verify", "other/demo-1.1.txt"], home: "user")
        #expect(verify.status == 1 && explain.output.hasPrefix(verify.output))
    }

    @Test("a layout and links without a repository, with the exit codes of verify")
    func local() throws {
        let stage = try stage()
        let layouts = try Files.tree(stage.path("repository/targets")).keys.filter {
            $0.hasSuffix(".package.layout")
        }
        let layout = try needed(layouts.first, "the layout")
        let words = [
            "explain", "--layout", "repository/targets/\(layout)", "--key", "home/keys/alice.pub",
            "home/keys/bob.pub", "--links", "links", "--param", "version=1.1",
        ]
        let product = ["--product", Self.file]
        let good = try stage.succeed(words + product)
        #expect(good.output.hasPrefix("VERIFIED   demo-1.1.txt\n"), "\(good)")
        #expect(good.output.contains("Not checked: whether the source code itself is harmless"))
        let json = try stage.succeed(words + product + ["--json"])
        #expect(json.output.contains("\"schema\": \"carnet/explanation/v1\""))
        let none = try stage.carnet(words)
        #expect(none.status == 3 && none.output.contains("E-NO-PRODUCT"), "\(none)")
        let stranger = try stage.carnet(words + product + ["--key", "home/keys/carol.pub"])
        #expect(stranger.status == 1, "\(stranger)")
        #expect(stranger.output.contains("E-LAYOUT-SIGNATURES"), "\(stranger)")
        let late = try stage.carnet(words + product + ["--as-of", "2099-01-01"])
        #expect(late.status == 4 && late.output.contains("E-LAYOUT-EXPIRED"), "\(late)")
        Files.remove(stage.path("links"))
        #expect(try stage.carnet(words + product).status == 2)
    }

    @Test("words that do not go together are refused")
    func usage() throws {
        let stage = try Stage()
        for words in [
            [], ["--layout", "a.layout"], ["file", "--layout", "a", "--key", "b", "--links", "c"],
            ["no-such-file"], ["any/no-such-file"],
        ] {
            let outcome = try stage.carnet(["explain"] + words)
            #expect([2, 6].contains(outcome.status), "\(words) \(outcome)")
        }
    }
}
