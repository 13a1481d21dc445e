// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TUFRepository
import TestKit
import Testing
import YAMLSources

let now = Instant("2026-11-22T12:00:00Z")!
let wheel = "demo-1.0-py3-none-any.whl"
let wheelPath = path("demo/1.0/\(wheel)")

func path(_ text: String) -> TargetPath { TargetPath(UTF8Text(text))! }

func sha256(_ text: String) -> String { DigestAlgorithm.sha256.hexDigest(of: Array(text.utf8)) }

/// The key of this name, the same in each run.
func key(_ name: String) throws -> PrivateKey {
    try PrivateKey(ed25519Seed: DigestAlgorithm.sha256.digest(of: Array(name.utf8)))
}

func keyID(_ name: String) throws -> KeyID { try key(name).publicKey.keyID }

/// The private keys of everybody, or of some.
struct TestRing: KeyRing {
    let keys: [PrivateKey]

    init(_ names: String...) throws { keys = try names.map(key) }

    static func all() throws -> TestRing { try TestRing("root", "targets", "owner", "online") }

    func signer(for key: PublicKey) -> (any Signer)? {
        keys.first { $0.publicKey.material == key.material }
    }
}

/// A repository in a folder, its people with their keys, and a consumer's home.
///
/// The layout `wheel` is signed by two of olga, oscar and otto; alice tags, alice and bob build.
struct World {
    let folder: TemporaryFolder
    let directory: RepositoryDirectory
    let publisher: Publisher

    init(unattested: [UTF8Text] = ["demo/*/CHANGES.txt"]) async throws {
        folder = try TemporaryFolder()
        directory = RepositoryDirectory(folder("repository"))
        publisher = Publisher(directory, try TestRing.all(), now: now)
        _ = try await publisher.create(World.plan(unattested: unattested))
        for name in ["olga", "oscar", "otto", "alice", "bob", "carol"] {
            try folder.write(try key(name).publicKey.pem!, to: "layouts/keys/\(name).pub")
        }
    }

    /// A repository that has the layout, and files and links of demo 1.0 ready to be released.
    static func withLayout() async throws -> World {
        let world = try await World()
        try await world.publishLayout(World.source)
        try world.writeRelease()
        return world
    }

    /// A repository that has released demo 1.0.
    static func released() async throws -> World {
        let world = try await withLayout()
        let verdicts = try await world.release()
        let words = verdicts.map(\.text).joined()
        try #require(verdicts.allSatisfy { $0.isVerified }, "\(words)")
        return world
    }

    static func plan(unattested: [UTF8Text] = []) throws -> RepositoryPlan {
        func keys(_ name: String) throws -> RepositoryPlan.Keys {
            RepositoryPlan.Keys([(name, try key(name).publicKey)], threshold: 1)
        }
        return RepositoryPlan(
            name: "demo-repo", root: try keys("root"), targets: try keys("targets"),
            layouts: try keys("owner"), online: try keys("online"),
            releasePatterns: ["demo/*/*", "other/*"], unattested: unattested)
    }

    static let source = """
        name: wheel
        expires: 1y
        applies-to: ["demo/{version}/demo-{version}-*.whl"]
        product-of: wheel
        threshold: 2
        signers: {olga: keys/olga.pub, oscar: keys/oscar.pub, otto: keys/otto.pub}
        functionaries: {alice: keys/alice.pub, bob: keys/bob.pub}
        steps:
          - name: tag
            by: [alice]
            command: git tag v{version}
            materials: ["ALLOW *"]
            products: ["MATCH * WITH MATERIALS FROM tag", "DISALLOW *"]
          - name: wheel
            by: [alice, bob]
            threshold: 2
            materials: ["MATCH * WITH PRODUCTS FROM tag", "DISALLOW *"]
            products: ["CREATE dist/*.whl", "DISALLOW *"]
        """

    // MARK: publishing

    func layoutFile(_ source: String, name: String = "wheel") throws -> LayoutFile {
        try folder.write(source, to: "layouts/\(name).yaml")
        return try LayoutFile(folder("layouts/\(name).yaml"), reader: YAMLSource.read)
    }

    func publishLayout(
        _ source: String, name: String = "wheel", by signers: [String] = ["olga", "oscar"]
    ) async throws {
        let file = try layoutFile(source, name: name)
        let signed = try file.signed(adding: signers.map { ($0, try key($0)) }, now: now)
        _ = try await publisher.publish(file, signed: signed)
    }

    /// Writes the wheel and the links of its steps.
    func writeRelease(version: String = "1.0", content: String = "wheel 1.0") throws {
        let name = "demo-\(version)-py3-none-any.whl"
        try folder.write(content, to: "dist/\(name)")
        let command: [UTF8Text] = ["git", "tag", UTF8Text("v\(version)")]
        try write(tagLink(command: command), by: "alice")
        for person in ["alice", "bob"] {
            try write(
                link("wheel", ["setup": "source"], ["dist/\(name)": content]), by: person)
        }
    }

    func tagLink(command: [UTF8Text] = ["git", "tag", "v1.0"]) -> Link {
        link("tag", ["setup": "source"], ["setup": "source"], command: command)
    }

    func link(
        _ step: UTF8Text, _ materials: [String: String], _ products: [String: String],
        command: [UTF8Text] = []
    ) -> Link {
        func artifacts(_ contents: [String: String]) -> Artifacts {
            Artifacts(
                contents.map { name, content in
                    let hex = UTF8Text(sha256(content))
                    return Artifact(
                        name: UTF8Text(name), digests: [.init(algorithm: "sha256", hex: hex)])
                })
        }
        return Link(
            name: step, materials: artifacts(materials), products: artifacts(products),
            command: command, byproducts: [:])
    }

    /// Signs a link and puts it where it is looked for.
    func write(_ link: Link, by person: String, in place: String = "links") throws {
        let name = Link.fileName(step: link.name, keyID: try keyID(person))
        let bytes = try SignedFile.bytes(
            signing: link.json, with: [(try keyID(person), try key(person))])
        try folder.write(String(decoding: bytes, as: UTF8.self), to: "\(place)/\(name)")
    }

    func linkName(_ step: UTF8Text, _ person: String) throws -> String {
        Link.fileName(step: step, keyID: try keyID(person))
    }

    func release(
        _ name: String = wheel, as path: TargetPath? = nil, dryRun: Bool = false
    ) async throws -> [Verdict] {
        try await publisher.release(
            [ReleaseRequest(file: folder("dist/\(name)"), path: path)], links: [folder("links")],
            dryRun: dryRun
        ).verdicts
    }
}
