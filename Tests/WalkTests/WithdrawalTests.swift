// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("Released files that are withdrawn")
struct WithdrawalTests {
    private static let place = ["--repository", "repository"]

    @Test("a retired file is still verified, and whoever gets it is told why not to use it")
    func retired() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        try stage.succeed(
            ["release", "--retire", Fixture.file, "--reason", "superseded by 1.2"] + Self.place)
        let get = try stage.succeed(["get", "demo/\(Fixture.file)", "-o", "got.txt"], home: "user")
        #expect(get.output.hasPrefix("VERIFIED"), "\(get)")
        #expect(get.output.contains(": superseded by 1.2"), "\(get)")
        let list = try stage.succeed(["list"], home: "user")
        #expect(list.lines.filter { $0.contains("  retired since ") }.count == 1, "\(list)")
        try stage.succeed(["release", "--reinstate", Fixture.file] + Self.place)
        #expect(!(try stage.succeed(["list"], home: "user")).output.contains("retired"))
    }

    @Test("a removed file is offered no more; one that is not there changes nothing")
    func removed() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        let before = try Files.tree(stage.path("repository"))
        let failed = try stage.carnet(["release", "--remove", "demo/9/none.txt"] + Self.place)
        #expect(failed.status == 2, "\(failed)")
        #expect(failed.errors.contains("demo/9/none.txt: not found in role releases"))
        #expect(differences(before, try Files.tree(stage.path("repository"))).isEmpty)
        try stage.succeed(["release", "--remove", Fixture.file] + Self.place)
        #expect(!(try stage.succeed(["list"], home: "user")).output.contains(Fixture.file))
    }

    @Test("files need no evidence once the holders of targets say so")
    func unattested() throws {
        let stage = try Stage()
        try stage.succeed(["init", "repository", "--name", "demo", "--yes"])
        try Files.write("plain", to: stage.path("plain.txt"))
        let release = ["release", "plain.txt", "--as", "demo/1/plain.txt"] + Self.place
        #expect(try stage.carnet(release).status == 2)
        try stage.succeed(["role", "unattested", "--add", "demo/*/*", "--yes"] + Self.place)
        let released = try stage.succeed(release)
        #expect(released.output.hasPrefix("VERIFIED without evidence"), "\(released)")
    }
}
