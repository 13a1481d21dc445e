// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

@Suite("Releases of a publisher")
struct ReleaseTests {
    private static let release = [
        "release", "work/dist/demo-1.1.txt", "--repository", "repository", "--links", "links",
    ]

    @Test("a dry run shows the verdict and publishes nothing")
    func dryRun() throws {
        let stage = try Stage.withRelease()
        let before = try Files.tree(stage.folder)
        let release = try stage.succeed(Self.release + ["--dry-run"])
        #expect(release.output.hasPrefix("VERIFIED"), "\(release)")
        #expect(differences(before, try Files.tree(stage.folder)).isEmpty)
    }

    @Test("the verdicts as JSON, of what is published and of what is not")
    func json() throws {
        let stage = try Stage.withRelease()
        let published = try stage.succeed(Self.release + ["--json"])
        var verdicts = try JSONDocument(Array(published.output.utf8)).root.tree().elements
        #expect(verdicts?.map { $0["verdict"]?.text } == ["verified"])
        Files.remove(stage.path("links/\(try stage.linkName("tag", "alice"))"))
        let refused = try stage.carnet(Self.release + ["--json"])
        #expect(refused.status == 3, "\(refused)")
        verdicts = try JSONDocument(Array(refused.output.utf8)).root.tree().elements
        #expect(verdicts?.map { $0["verdict"]?.text } == ["incomplete"])
        #expect(verdicts?.first?["reason"]?["code"]?.text == "E-STEP-THRESHOLD")
    }

    @Test("one file that would be refused keeps back the others as well")
    func allOrNone() throws {
        let stage = try Stage.withRelease()
        try Files.write("not what was built", to: stage.path("work/dist/demo-1.0.txt"))
        let before = try Files.tree(stage.folder)
        var words = Self.release + ["--replace"]
        words.insert("work/dist/demo-1.0.txt", at: 1)
        let release = try stage.carnet(words)
        #expect(release.status == 1, "\(release)")
        #expect(release.errors.contains("nothing was published"), "\(release)")
        #expect(differences(before, try Files.tree(stage.folder)).isEmpty)
    }

    @Test("two releases at once wait for each other, and none is lost")
    func concurrent() throws {
        let stage = try Stage.withRelease()
        try stage.trust(try stage.serve())
        for version in ["2.0", "2.1"] {
            try Files.makeFolder(stage.path(version))
            try stage.succeed(
                [
                    "run", "-n", "write", "--key", "alice", "-p", "NOTES-\(version).txt", "--",
                    "touch", "NOTES-\(version).txt",
                ], in: version)
        }
        let one =
            "\"$0\" release $1/NOTES-$1.txt --repository repository --links $1 "
            + "--as demo/$1/NOTES-$1.txt"
        let script = "(\(one)) & first=$!; shift; \(one) && wait $first"
        let both = try stage.run(["sh", "-c", script, Carnet.path, "2.0", "2.1"])
        #expect(both.status == 0, "\(both)")
        let list = try stage.succeed(["list"], home: "user")
        #expect(
            list.lines.map { $0.split(separator: " ")[0] } == [
                "demo/demo/1.0/demo-1.0.txt", "demo/demo/1.1/demo-1.1.txt",
                "demo/demo/2.0/NOTES-2.0.txt", "demo/demo/2.1/NOTES-2.1.txt",
            ], "\(list)")
        let get = try stage.succeed(["get", "demo/demo/2.1/NOTES-2.1.txt"], home: "user")
        #expect(get.output.hasPrefix("VERIFIED"), "\(get)")
    }

    @Test("the next release works where a killed one left its files")
    func leftovers() throws {
        let stage = try Stage.withRelease()
        let metadata = stage.path("repository/metadata")
        let newest = try Files.read("\(metadata)/timestamp.json")
        try stage.succeed(Self.release)
        // As if the process had ended before its last step.
        try Files.write(newest, to: "\(metadata)/timestamp.json")
        try stage.trust(try stage.serve())
        try stage.succeed(["get", "demo/\(Fixture.file)", "-o", "before.txt"], home: "user")
        try stage.succeed(Self.release)
        try stage.succeed(["get", "demo/\(Fixture.file)", "-o", "after.txt"], home: "user")
    }
}
