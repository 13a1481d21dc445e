// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TUFRepository
import TestKit
import Testing

extension World {
    /// A second machine, whose home trusts the repository by its first root and no more.
    func airGap(_ home: String = "apart") throws -> TrustedRepository {
        if let known = try? TrustedRepository(named: "demo", home: folder(home)) { return known }
        let repository = try TrustedRepository(
            name: "demo", url: "file:///nowhere", home: folder(home))
        _ = try repository.trust(root: directory.metadata("1.root.json")!)
        return repository
    }

    func verify(
        _ bytes: [UInt8], home: String = "apart", at moment: Instant = now,
        options: ConsumerOptions = ConsumerOptions(), into: String? = nil
    ) async throws -> BundleVerdict {
        _ = try airGap(home)
        let file = try open(bytes)
        let repository = try file.repository(named: nil, home: folder(home))
        let consumer = BundleConsumer(file, repository, options: options, now: moment)
        try FileSystem.makeDirectory(folder("scratch"))
        return try await consumer.verify(
            into.map { .folder(folder($0)) } ?? .nowhere(scratch: folder("scratch")))
    }
}

@Suite("Bundles: verified by a root and a clock")
struct BundleConsumerTests {
    @Test("a machine that has the root alone verifies and unpacks the file")
    func verified() async throws {
        let world = try await World.released()
        let bytes = try await world.bundle()
        try FileSystem.makeDirectory(world.folder("in"))
        let answer = try await world.verify(bytes, into: "in")
        #expect(answer.isVerified)
        #expect(answer.verdicts[0].isOffline)
        #expect(answer.verdicts[0].sha256 == sha256("wheel 1.0"))
        guard case .supplyChain? = answer.verdicts[0].evidence else {
            Issue.record("no evidence")
            return
        }
        #expect(try world.folder.tree("in") == ["in/\(wheel)": Array("wheel 1.0".utf8)])
        #expect(
            answer.age
                == "Bundle of demo, made from timestamp 3: repository state 3, signed 0 s ago, "
                + "good for another 24 h. What the repository said later is not known here.")
        #expect(try world.folder.tree("scratch").isEmpty)
    }

    @Test("what a bundle shows is kept, and an older one is refused after it")
    func rollback() async throws {
        let world = try await World.released()
        let old = try await world.bundle("old.bundle")
        try world.writeRelease(version: "1.1", content: "wheel 1.1")
        _ = try await world.release("demo-1.1-py3-none-any.whl")
        let new = try await world.bundle(
            "new.bundle", of: [path("demo/1.1/demo-1.1-py3-none-any.whl"), wheelPath])
        #expect(try await world.verify(old).isVerified)
        let answer = try await world.verify(new)
        #expect(answer.isVerified && answer.verdicts.count == 2)
        let before = try world.folder.tree("apart")
        let refused = try await world.verify(old)
        #expect(!refused.isVerified)
        #expect(refused.verdicts.allSatisfy { $0.exitCode == 4 })
        #expect(refused.hint?.contains("older than what was seen") == true)
        #expect(try world.folder.tree("apart") == before)
    }

    @Test("an expired bundle is refused, and judged as of a day when it was not, if asked to")
    func expired() async throws {
        let world = try await World.released()
        let bytes = try await world.bundle()
        let later = now.adding(days: 3)
        _ = try world.airGap()
        let before = try world.folder.tree("apart")
        let refused = try await world.verify(bytes, at: later)
        #expect(refused.verdicts[0].exitCode == 4)
        #expect(refused.hint?.contains("--as-of 2026-11-23T11:59:00Z") == true)
        #expect(refused.age.hasSuffix("no state to judge by."))
        let timestamp = "apart/repositories/demo/metadata/timestamp.json"
        #expect(!FileSystem.exists(world.folder(timestamp)))
        var options = ConsumerOptions()
        options.asOf = now
        let audit = try await world.verify(bytes, at: later, options: options)
        #expect(audit.isVerified)
        #expect(audit.verdicts[0].isForAnotherMoment)
        var after = try world.folder.tree("apart")
        after["apart/repositories/demo/metadata/.lock"] = nil
        #expect(after == before)
    }

    @Test("a bundle of another repository is refused before the trusted state is touched")
    func foreign() async throws {
        let world = try await World.released()
        let other = try await World.released()
        // The same names, another root: its keys are others.
        let stranger = try TrustedRepository(
            name: "demo", url: "file:///nowhere", home: other.folder("apart"))
        let plan = RepositoryPlan(
            name: "strange", root: .init([("r", try key("mallory").publicKey)], threshold: 1),
            targets: .init([("t", try key("mallory").publicKey)], threshold: 1),
            layouts: .init([("l", try key("mallory").publicKey)], threshold: 1),
            online: .init([("o", try key("mallory").publicKey)], threshold: 1),
            releasePatterns: ["demo/*/*"], unattested: [])
        let strange = RepositoryDirectory(other.folder("strange"))
        _ = try await Publisher(strange, TestRing("mallory"), now: now).create(plan)
        _ = try stranger.trust(root: strange.metadata("1.root.json")!)
        let bytes = try await world.bundle()
        let file = try world.open(bytes)
        let before = try other.folder.tree("apart")
        #expect(throws: BundleError.self) {
            try file.repository(named: nil, home: other.folder("apart"))
        }
        #expect(
            throws: BundleError.foreign(
                bundle: world.folder("changed.bundle"), rootVersion: 1, trusted: "demo")
        ) { try file.repository(named: "demo", home: other.folder("apart")) }
        #expect(throws: BundleError.self) {
            try file.repository(root: strange.metadata("1.root.json")!, folder: nil)
        }
        #expect(try other.folder.tree("apart") == before)
        // Somebody who goes on regardless gets no further: nothing is signed as that root says.
        let consumer = BundleConsumer(file, stranger, now: now)
        let answer = try await consumer.verify(.nowhere(scratch: world.folder("out")))
        #expect(answer.verdicts[0].exitCode == 1)
    }

    @Test("evidence that was taken out, and a manifest that fits, do not help")
    func withheld() async throws {
        let world = try await World.released()
        var tar = BundleTar(try await world.bundle())
        tar.entries.remove(at: tar[".link"])
        tar.agree()
        try FileSystem.makeDirectory(world.folder("in"))
        let answer = try await world.verify(tar.bytes, into: "in")
        #expect(!answer.isVerified)
        #expect(answer.verdicts[0].exitCode != 0)
        #expect(try world.folder.tree("in").isEmpty)
    }

    @Test("a file whose bytes were exchanged, and a manifest that fits, do not help")
    func exchanged() async throws {
        let world = try await World.released()
        var tar = BundleTar(try await world.bundle())
        tar.entries[tar[".whl"]].content = Array("wheel 0.0".utf8)
        tar.agree()
        try FileSystem.makeDirectory(world.folder("in"))
        let answer = try await world.verify(tar.bytes, into: "in")
        #expect(answer.verdicts[0].exitCode == 1)
        #expect(try world.folder.tree("in").isEmpty)
        #expect(try world.folder.tree("scratch").isEmpty)
    }

    @Test("a root is found by its fingerprint in the bundle, and only there")
    func fingerprint() async throws {
        let world = try await World.released()
        let file = try world.open(try await world.bundle())
        let root = try #require(try world.directory.metadata("1.root.json"))
        let digest = DigestAlgorithm.sha256.hexDigest(of: root)
        #expect(try file.root(fingerprint: digest) == root)
        #expect(throws: BundleError.self) { try file.root(fingerprint: sha256("other")) }
        #expect(throws: TrustError.self) { try file.root(fingerprint: "12") }
    }
}

@Suite("Bundles: nothing is written that a consumer would refuse")
struct BundleMakerTests {
    @Test("without a link there is a verdict and no bundle, nor anything left of one")
    func refused() async throws {
        let world = try await World.released()
        let link = try world.linkName("tag", "alice")
        let session = try await world.consumer(
            MeddlingFetcher(world.directory, [link: nil])
        ).session()
        try FileSystem.makeDirectory(world.folder("out"))
        let expected = try await session.get(wheelPath, to: world.folder("out/x"))
        let outcome = try await BundleMaker(session).make(
            [wheelPath], to: world.folder("out/demo.bundle"))
        #expect(outcome.bundle == nil)
        #expect(outcome.verdicts[0].text == expected.text)
        #expect(try world.folder.tree("out").isEmpty)
    }

    @Test("a bundle with more members than one may have is not begun")
    func bounds() async throws {
        let world = try await World.released()
        try FileSystem.makeDirectory(world.folder("out"))
        var limits = BundleManifest.Limits()
        limits.members = 3
        let session = try await world.consumer().session()
        await #expect(throws: BundleError.self) {
            try await BundleMaker(session, limits: limits).make(
                [wheelPath], to: world.folder("out/demo.bundle"))
        }
        #expect(try world.folder.tree("out").isEmpty)
    }

    @Test("a place that is no file is left as it is")
    func place() async throws {
        let world = try await World.released()
        try FileSystem.makeDirectory(world.folder("out/demo.bundle"))
        let session = try await world.consumer().session()
        await #expect(throws: StorageError.self) {
            try await BundleMaker(session).make([wheelPath], to: world.folder("out/demo.bundle"))
        }
    }
}
