// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import TestKit
import Testing

@Suite("A repository in SeaweedFS, published to by many", .serialized)
struct StorePublishersTests {
    /// The cluster of the guide: each file is on two of three volume servers.
    @Test("8 publishers race, servers are killed: nothing that was acknowledged is lost")
    func race() throws {
        let stage = try Stage()
        try makeRepository(stage)
        let cluster = try SeaweedFS(.cluster(gateways: 2))
        try cluster.makeBucket("releases")
        try succeed(
            stage, cluster, ["publish", "s3://releases/demo", "--repository", "repository"])
        let web = "\(cluster.endpoint(0))/releases/demo"
        let script = try stage.start(
            program: [
                Python.interpreter, Python.script("store_publishers.py"), Carnet.path,
                "s3://releases/demo", web, stage.path("repository/metadata/1.root.json"),
                stage.path("home"), "8", "10",
            ], variables: cluster.environment(1))
        var lines: [String] = []
        while let line = script.errorLine() {
            lines.append(line)
            switch line {
            case "acknowledged 15": cluster.kill(.volume(1))
            case "acknowledged 30": try cluster.start(.volume(1))
            case "acknowledged 45":
                cluster.kill(.gateway(1))
                try cluster.start(.gateway(1))
            default: break
            }
        }
        let outcome = script.end()
        #expect(outcome.status == 0, "\(lines.suffix(5))")
        // For whoever reads the log: how many, how long, how often in vain.
        for line in lines where line.contains(" acknowledged in ") { print(line) }

        // What is there is a whole repository, of which a mirror can be made and looked through.
        try succeed(
            stage, cluster,
            [
                "mirror", "sync", "s3://releases/demo", "copy", "--root",
                "repository/metadata/1.root.json",
            ])
        let check = try stage.carnet(["check", "copy", "--json"])
        #expect(check.status == 0, "\(check)")
    }

    @Test("a folder that is behind the store is not published over it")
    func folderBehind() throws {
        let stage = try Stage()
        try makeRepository(stage)
        let cluster = try SeaweedFS()
        try cluster.makeBucket("releases")
        let publish = ["publish", "s3://releases/demo", "--repository", "repository"]
        try succeed(stage, cluster, publish)
        try Files.write("one", to: stage.path("one.txt"))
        let release = ["release", "one.txt", "--as", "demo/1/one.txt", "--repository"]
        try succeed(stage, cluster, release + ["s3://releases/demo"])
        let behind = try run(stage, cluster, publish)
        #expect(behind.status == 4, "\(behind)")
        #expect(behind.errorLines.first?.contains("keeps its last good state") == true)

        // Both sides have gone on: one of the two must give way, and it is not the store.
        try Files.write("other", to: stage.path("one.txt"))
        try stage.succeed(release + ["repository"])
        let apart = try run(stage, cluster, publish)
        #expect(apart.status == 1, "\(apart)")
        #expect(apart.errors.contains("serves another snapshot"), "\(apart)")
        let web = "\(cluster.endpoint())/releases/demo"
        try stage.succeed([
            "trust", "add", "demo", web, "--root", "repository/metadata/1.root.json",
        ])
        try stage.succeed(["get", "demo/demo/1/one.txt", "-o", "got.txt"])
        #expect(try Files.text(stage.path("got.txt")) == "one")
    }

    private func makeRepository(_ stage: Stage) throws {
        try stage.succeed([
            "init", "repository", "--name", "demo", "--unattested", "demo/*/*", "--yes",
        ])
        // The online key without a passphrase: deriving one takes most of a release's time.
        let unlock =
            "openssl pkey -in home/keys/demo-online.pem -passin env:CARNET_PASSPHRASE "
            + "-out plain.pem && mv plain.pem home/keys/demo-online.pem"
        #expect(try stage.run(["sh", "-c", unlock]).status == 0)
        try stage.succeed(["role", "bins", "releases", "16", "--repository", "repository", "--yes"])
    }

    private func run(
        _ stage: Stage, _ cluster: SeaweedFS, _ words: [String]
    ) throws -> Outcome {
        let variables = cluster.environment().map { "\($0)=\($1)" }
        return try stage.run(["env"] + variables + [Carnet.path] + words, seconds: 120)
    }

    private func succeed(_ stage: Stage, _ cluster: SeaweedFS, _ words: [String]) throws {
        let outcome = try run(stage, cluster, words)
        guard outcome.status == 0 else { throw CommandFailed(words: words, outcome: outcome) }
    }
}
