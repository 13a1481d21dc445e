// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Trust: a repository's name and its root")
struct TrustTests {
    private func repository(
        _ world: World, _ name: String = "demo"
    ) throws -> TrustedRepository {
        try TrustedRepository(
            name: name,
            mirrors: [
                .init(
                    metadataURL: StagedRepository.metadataURL,
                    targetsURL: StagedRepository.targetsURL)
            ], home: world.folder("home"))
    }

    private func fingerprint(_ world: World) throws -> String {
        DigestAlgorithm.sha256.hexDigest(of: try world.directory.metadata("1.root.json")!)
    }

    @Test("by a root file: the settings read back, and the name is taken")
    func byRoot() async throws {
        let world = try await World()
        let home = world.folder("home")
        let demo = try TrustedRepository(name: "demo", url: "https://demo.example/r", home: home)
        #expect(throws: TrustError.notTrusted(name: "demo", known: [])) {
            try TrustedRepository(named: "demo", home: home)
        }
        #expect(try demo.rootSummary() == nil)
        #expect(try demo.trust(root: world.directory.metadata("1.root.json")!) == 1)
        let known = try TrustedRepository(named: "demo", home: home)
        #expect(known.metadataURL == "https://demo.example/r/metadata/")
        #expect(known.targetsURL == "https://demo.example/r/targets/")
        #expect(
            try known.rootSummary()
                == "version 1, good until 2027-11-22, sha256 \(fingerprint(world))")
        #expect(throws: TrustError.alreadyTrusted(name: "demo")) {
            try TrustedRepository(name: "demo", url: "https://other.example/", home: home)
        }
    }

    /// TUF 1.0.34 §5.2a: the trusted root verifies itself
    @Test("what is no root, or not signed by its own keys, leaves nothing on disk")
    func notARoot() async throws {
        let world = try await World()
        let root = String(decoding: try world.directory.metadata("1.root.json")!, as: UTF8.self)
        let demo = try repository(world)
        for text in ["", "{}", root.replacing("1.0.34", "1.0.35")] {
            #expect(throws: TrustError.self) { try demo.trust(root: Array(text.utf8)) }
        }
        let timestamp = try world.directory.metadata("timestamp.json")!
        #expect(throws: TrustError.self) { try demo.trust(root: timestamp) }
        #expect(!FileSystem.exists(world.folder("home")))
    }

    @Test("by fingerprint, written in any of the usual ways")
    func byFingerprint() async throws {
        let world = try await World()
        let digits = try fingerprint(world)
        let colons = digits.uppercased().enumerated().map {
            ($0.offset > 0 && $0.offset % 2 == 0 ? ":" : "") + String($0.element)
        }.joined()
        for (name, text) in [("a", digits), ("b", colons), ("c", " \(digits) ")] {
            let fetcher = MeddlingFetcher(world.directory)
            #expect(
                try await repository(world, name).trust(fingerprint: text, fetcher) == 1)
            #expect(fetcher.requests == ["staged:metadata/1.root.json"])
        }
        #expect(try TrustedRepository.names(home: world.folder("home")) == ["a", "b", "c"])
    }

    @Test("a wrong fingerprint names both, and leaves nothing on disk")
    func wrongFingerprint() async throws {
        let world = try await World()
        let demo = try repository(world)
        let wrong = sha256("another")
        let found = try fingerprint(world)
        await #expect(throws: TrustError.fingerprint(found: found, expected: wrong)) {
            try await demo.trust(fingerprint: wrong, StagedRepository(world.directory))
        }
        for text in ["", "12", found + "00", String(repeating: "g", count: 64)] {
            let fetcher = MeddlingFetcher(world.directory)
            await #expect(throws: TrustError.malformedFingerprint(text)) {
                try await demo.trust(fingerprint: text, fetcher)
            }
            #expect(fetcher.requests == [])
        }
        #expect(!FileSystem.exists(world.folder("home")))
    }

    @Test("bytes of the right digest that are no root are refused")
    func fingerprintOfJunk() async throws {
        let world = try await World()
        let fetcher = MeddlingFetcher(world.directory, ["1.root.json": "junk"])
        let demo = try repository(world)
        await #expect(throws: TrustError.self) {
            try await demo.trust(fingerprint: sha256("junk"), fetcher)
        }
        let gone = MeddlingFetcher(world.directory, ["1.root.json": nil])
        await #expect(
            throws: TrustError.root(.missing(file: "staged:metadata/1.root.json"))
        ) {
            try await demo.trust(fingerprint: sha256("junk"), gone)
        }
        #expect(!FileSystem.exists(world.folder("home")))
    }

    @Test(
        "a name is of plain letters and cannot leave its folder",
        arguments: ["", ".", "..", ".a", "a/b", "a b", "é", String(repeating: "n", count: 65)])
    func names(name: String) async throws {
        let folder = try TemporaryFolder()
        #expect(throws: TrustError.name(name)) {
            try TrustedRepository(name: name, url: "https://demo.example", home: folder.path)
        }
        #expect(throws: TrustError.name(name)) {
            try TrustedRepository(named: name, home: folder.path)
        }
    }

    @Test("what is no longer trusted is gone from the disk, the others stay")
    func remove() async throws {
        let world = try await World.released()
        let home = world.folder("home")
        let verdict = try await world.consumer().get(wheelPath, to: world.folder("demo.whl"))
        #expect(verdict.isVerified)
        let root = try world.directory.metadata("1.root.json")!
        _ = try repository(world, "other").trust(root: root)
        try TrustedRepository(named: "demo", home: home).remove()
        #expect(try TrustedRepository.names(home: home) == ["other"])
        #expect(try FileSystem.names(in: "\(home)/repositories") == ["other"])
        #expect(throws: TrustError.notTrusted(name: "demo", known: ["other"])) {
            try TrustedRepository(named: "demo", home: home)
        }
        _ = try repository(world).trust(root: root)
        #expect(try TrustedRepository.names(home: home) == ["demo", "other"])
    }

    @Test("damaged settings are told with their file")
    func damaged() async throws {
        let world = try await World()
        let home = world.folder("home")
        let file = "\(home)/repositories/demo/repository.json"
        try world.folder.write("{]", to: "home/repositories/demo/repository.json")
        #expect(
            throws: TrustError.damaged(
                file: file, .unexpected(byte: UInt8(ascii: "]"), offset: 1))
        ) { try TrustedRepository(named: "demo", home: home) }
        try world.folder.write(
            "{\"metadata\":\"x\"}", to: "home/repositories/demo/repository.json")
        #expect(throws: TrustError.damaged(file: file, .missing(path: "targets"))) {
            try TrustedRepository(named: "demo", home: home)
        }
    }
}
