// SPDX-License-Identifier: Apache-2.0
import TestKit
import Testing

@Suite("Stores that are not as they should be: one line, and nothing is changed", .serialized)
struct StoreInputTests {
    private static let publish = ["publish", "s3://releases/demo", "--repository", "repository"]

    @Test("wrong credentials, no bucket, nobody there, another repository")
    func publishing() throws {
        let stage = try Stage.withRelease()
        let cluster = try SeaweedFS()
        let before = try Files.tree(stage.path("repository"))
        try refused(stage, cluster, Self.publish, 2, "not found, an existing place expected")
        try cluster.makeBucket("releases")
        try refused(
            stage, cluster, Self.publish, 2, "refused by the store",
            with: ["AWS_SECRET_ACCESS_KEY=wrong"])
        try refused(
            stage, cluster, Self.publish, 5, "not reachable",
            with: ["AWS_ENDPOINT_URL_S3=http://127.0.0.1:9"])
        try refused(
            stage, cluster, Self.publish, 2, "http",
            with: ["AWS_ENDPOINT_URL_S3=http://storage.example"])
        try refused(
            stage, cluster, ["publish", "s4://releases", "--repository", "repository"], 2,
            "a folder or an https:, file:, s3: or oci: URL expected")
        #expect(try Files.tree(stage.path("repository")) == before)

        let published = try run(stage, cluster, [], Self.publish)
        #expect(published.status == 0, "\(published)")
        try stage.succeed(["init", "other", "--name", "other", "--yes"], home: "elsewhere")
        try refused(
            stage, cluster, ["publish", "s3://releases/demo", "--repository", "other"], 1,
            "another repository")
        let again = try run(stage, cluster, [], Self.publish)
        #expect(again.output.hasPrefix("s3://releases/demo is up to date"), "\(again)")
        let pruned = try run(
            stage, cluster, [], ["mirror", "prune", "s3://releases/demo", "--dry-run"])
        #expect(pruned.status == 0, "\(pruned)")
    }

    @Test("a release into a store whose beginning is not known here, or is another one")
    func fingerprints() throws {
        let stage = try Stage.withRelease()
        let cluster = try SeaweedFS()
        try cluster.makeBucket("releases")
        let published = try run(stage, cluster, [], Self.publish)
        #expect(published.status == 0, "\(published)")
        try Files.write("read me", to: stage.path("README-2.txt"))
        let release = [
            "release", "README-2.txt", "--as", "demo/2/README-2.txt", "--repository",
            "s3://releases/demo", "--keys", "home/keys",
        ]
        try refused(stage, cluster, release, 6, "no first root of it is known", home: "new")
        let zeros = String(repeating: "0", count: 64)
        try refused(
            stage, cluster, release + ["--fingerprint", zeros], 1, "another repository",
            home: "new")
        let fingerprint = try Files.text(stage.path("fingerprint"))
        let done = try run(
            stage, cluster, [], release + ["--fingerprint", fingerprint], home: "new")
        #expect(done.status == 0, "\(done)")
        // Known from now on, by the publisher's home and by the other one that published it.
        for home in ["new", "home"] {
            let words = ["refresh", "--all", "--repository", "s3://releases/demo"]
            let outcome = try run(
                stage, cluster, [], words + ["--keys", "home/keys"], home: home)
            #expect(outcome.status == 0, "\(outcome)")
        }
        try refused(
            stage, cluster,
            [
                "release", "README-2.txt", "--as", "demo/3/README-3.txt", "--repository",
                "s3://releases/demo", "--keys", "nobody", "--propose",
            ], 2, "is made in a folder")
    }

    private func refused(
        _ stage: Stage, _ cluster: SeaweedFS, _ words: [String], _ status: Int32,
        _ part: String, with variables: [String] = [], home: String = "home"
    ) throws {
        let outcome = try run(stage, cluster, variables, words, home: home)
        #expect(outcome.status == status, "\(words): \(outcome)")
        #expect(outcome.output.isEmpty, "\(outcome)")
        let errors = outcome.errorLines.filter { $0.hasPrefix("carnet: error: ") }
        #expect(errors.count == 1 && errors[0].contains(part), "\(words): \(outcome)")
        #expect(outcome.errorLines.count <= 2, "\(outcome)")
    }

    private func run(
        _ stage: Stage, _ cluster: SeaweedFS, _ variables: [String], _ words: [String],
        home: String = "home"
    ) throws -> Outcome {
        let environment = cluster.environment().map { "\($0)=\($1)" } + variables
        return try stage.run(
            ["env"] + environment + [Carnet.path] + words, home: home, seconds: 120)
    }
}
