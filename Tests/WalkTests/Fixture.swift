// SPDX-License-Identifier: Apache-2.0
import Glibc
import MetadataSigning

/// A repository with two releases, made once by the program under test and copied for each test.
///
/// On the stage: `home` (all keys), `repository`, `earlier` (its metadata after the first
/// release), `work` (sources, `dist`), `links` (of release 1.1) and `fingerprint`.
final class Fixture: Sendable {
    static let shared = Result { try Fixture() }

    let folder: String
    static let people = ["alice", "bob", "carol", "mallory"]
    static let file = "demo/1.1/demo-1.1.txt"

    private init() throws {
        let stage = try Stage()
        try Fixture.makeRepository(stage)
        try Fixture.release("1.0", stage)
        try Files.copy(stage.path("repository/metadata"), to: stage.path("earlier"))
        try Fixture.release("1.1", stage)
        folder = try stage.keep()
    }

    private static func makeRepository(_ stage: Stage) throws {
        for person in people { try stage.succeed(["key", "new", person]) }
        try stage.succeed([
            "init", "repository", "--name", "demo", "--root", "root", "--targets", "targets",
            "--layouts", "layouts", "--online", "online", "--unattested", "demo/*/README-*.txt",
        ])
        let root = try Files.read(stage.path("repository/metadata/1.root.json"))
        try Files.write(
            DigestAlgorithm.sha256.hexDigest(of: root), to: stage.path("fingerprint"))
        for (name, source) in LayoutSources.all {
            try Files.write(source, to: stage.path("repository/layouts/\(name).yaml"))
        }
        for person in people where person != "mallory" {
            try Files.copy(
                stage.path("home/keys/\(person).pub"),
                to: stage.path("repository/layouts/keys/\(person).pub"))
        }
        try stage.succeed([
            "layout", "sign", "repository/layouts/package.yaml", "--key", "alice",
        ])
        try stage.succeed([
            "layout", "add", "repository/layouts/package.yaml", "--key", "bob",
            "--repository", "repository",
        ])
        try stage.succeed([
            "layout", "add", "repository/layouts/notes.yaml", "--key", "alice",
            "--repository", "repository",
        ])
    }

    /// Alice tags; Alice and Bob package, independently; the office releases.
    private static func release(_ version: String, _ stage: Stage) throws {
        let text = String(repeating: "all of demo \(version)\n", count: 1000)
        try Files.write(text, to: stage.path("work/src/main.txt"))
        Files.remove(stage.path("links"))
        try stage.succeed(
            [
                "run", "-n", "tag", "--key", "alice", "-m", "src", "-p", "src", "-d", "../links",
                "--", "true",
            ], in: "work")
        for person in ["alice", "bob"] {
            Files.remove(stage.path("work/dist"))
            try Files.makeFolder(stage.path("work/dist"))
            try stage.succeed(
                [
                    "run", "-n", "package", "--key", person, "-m", "src", "-p", "dist",
                    "-d", "../links", "--", "cp", "src/main.txt", "dist/demo-\(version).txt",
                ], in: "work")
        }
        try stage.succeed([
            "release", "work/dist/demo-\(version).txt", "--repository", "repository",
            "--links", "links",
        ])
    }
}

extension Stage {
    var fingerprint: String { get throws { try Files.text(path("fingerprint")) } }

    /// A consumer with an empty home trusts the served repository.
    func trust(_ url: String, home: String = "user") throws {
        try succeed(["trust", "add", "demo", url, "--fingerprint", fingerprint], home: home)
    }

    /// Somebody's private key, unlocked.
    func privateKey(_ name: String) throws -> PrivateKey {
        try PrivateKey(
            pem: try Files.read(path("home/keys/\(name).pem")),
            passphrase: Array(Stage.passphrase.utf8))
    }
}

/// The layouts' sources.
enum LayoutSources {
    static let all = [("package", package), ("notes", notes)]

    /// Two of three sign it; Alice and Bob must package independently.
    static let package = """
        name: package
        expires: 1y
        applies-to: ["demo/{version}/demo-{version}.txt"]
        product-of: package
        threshold: 2
        signers: {alice: keys/alice.pub, bob: keys/bob.pub, carol: keys/carol.pub}
        functionaries: {alice: keys/alice.pub, bob: keys/bob.pub}
        steps:
          - name: tag
            by: [alice, bob]
            threshold: 1
            materials: ["ALLOW *"]
            products: ["MATCH * WITH MATERIALS FROM tag", "DISALLOW *"]
          - name: package
            by: [alice, bob]
            threshold: 2
            command: cp src/main.txt dist/demo-{version}.txt
            materials: ["MATCH * WITH PRODUCTS FROM tag", "DISALLOW *"]
            products: ["CREATE dist/*.txt", "DISALLOW *"]

        """

    /// A much weaker one, for other files, which may lie in two places.
    static let notes = """
        name: notes
        expires: 1y
        applies-to:
          - demo/{version}/NOTES-{version}.txt
          - demo/notes-{version}/NOTES-{version}.txt
        product-of: write
        threshold: 1
        signers: {alice: keys/alice.pub}
        functionaries: {alice: keys/alice.pub}
        steps:
          - name: write
            by: [alice]
            threshold: 1
            materials: ["ALLOW *"]
            products: ["CREATE *", "DISALLOW *"]

        """
}
