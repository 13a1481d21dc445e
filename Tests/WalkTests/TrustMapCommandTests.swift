// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("carnet trust map: files on which repositories must agree")
struct TrustMapCommandTests {
    private func map(_ url: String, threshold: Int = 1) -> String {
        """
        {"repositories": {"demo": ["\(url)"]},
         "mapping": [{"paths": ["demo/*"], "repositories": ["demo"], "threshold": \(threshold),
                      "terminating": true}]}
        """
    }

    @Test("a map is installed, read out, used and removed")
    func walk() throws {
        let stage = try Stage.withRelease()
        let url = try stage.serve()
        try stage.succeed(
            ["trust", "add", "demo", url, "--fingerprint", try stage.fingerprint], home: "user")
        try Files.write(map(url), to: stage.path("map.json"))
        try stage.succeed(["trust", "map", "map.json"], home: "user")
        let shown = try stage.succeed(["trust", "map"], home: "user")
        #expect(shown.output.contains("demo"), "\(shown)")
        let got = try stage.succeed(
            ["get", "any/\(Fixture.file)", "-o", "got.txt"], home: "user")
        #expect(got.lines.first?.hasPrefix("VERIFIED   any/\(Fixture.file)") == true, "\(got)")
        #expect(got.output.contains("1 of 1"), "\(got)")
        let listed = try stage.succeed(["list", "any/demo/1.1/*"], home: "user")
        #expect(listed.output.contains(Fixture.file), "\(listed)")
        try stage.succeed(["verify", "got.txt", "--as", "any/\(Fixture.file)"], home: "user")
        let other = try stage.carnet(["get", "any/other/file", "-o", "no.txt"], home: "user")
        #expect(other.status != 0 && !Files.exists(stage.path("no.txt")), "\(other)")
        try stage.succeed(["trust", "map", "--remove"], home: "user")
        try stage.expectFailure(
            ["get", "any/\(Fixture.file)"], status: 6, home: "user", saying: ["map"])
    }

    @Test("a map that is no map, or names what is not trusted, changes nothing")
    func refused() throws {
        let stage = try Stage.withRelease()
        let url = try stage.serve()
        try Files.write(map(url), to: stage.path("map.json"))
        try stage.expectFailure(
            ["trust", "map", "map.json"], status: 6, home: "user", saying: ["demo"])
        try stage.succeed(
            ["trust", "add", "demo", url, "--fingerprint", try stage.fingerprint], home: "user")
        try Files.write(map(url, threshold: 2), to: stage.path("map.json"))
        try stage.expectFailure(["trust", "map", "map.json"], home: "user", saying: ["threshold"])
        try stage.expectFailure(["trust", "map", "none.json"], home: "user", saying: ["none.json"])
        let name = try stage.expectFailure(
            ["trust", "add", "any", url, "--fingerprint", try stage.fingerprint], home: "user")
        #expect(name.errors.contains("stands for the map"), "\(name)")
    }
}
