// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TUFRepository
import TestKit
import Testing

@Suite("Several releases: none harms another, none goes a step back")
struct SeveralReleasesTests {
    private let second = "demo-1.0-cp312.whl"

    @Test("two wheels of one tag by the same builders keep their own links")
    func oneTag() async throws {
        let world = try await World.released()
        try world.folder.write("second", to: "dist/\(second)")
        for person in ["alice", "bob"] {
            try world.write(
                world.link("wheel", ["setup": "source"], ["dist/\(second)": "second"]),
                by: person)
        }
        let verdicts = try await world.release(second, as: path("demo/1.0/\(second)"))
        #expect(verdicts.map(\.isVerified) == [true])
        #expect(try await world.failure() == nil)
        #expect(try await world.failure(path("demo/1.0/\(second)")) == nil)
    }

    @Test("other bytes do not silently take the place of a released file")
    func replacing() async throws {
        let world = try await World.released()
        let before = try world.folder.tree("repository")
        try world.writeRelease(content: "wheel 1.0 again")
        await #expect(
            throws: PublishingError.repository(
                .listedBefore(wheelPath, sha256: sha256("wheel 1.0")))
        ) { try await world.release() }
        #expect(try world.folder.tree("repository") == before)
        let request = ReleaseRequest(file: world.folder("dist/\(wheel)"))
        let verdicts = try await world.publisher.release(
            [request], links: [world.folder("links")], replacing: true
        ).verdicts
        #expect(verdicts.map(\.isVerified) == [true])
    }

    @Test("an older role file under the current number is not built upon")
    func rolledBackFile() async throws {
        let world = try await World.released()
        let old = try #require(try world.directory.metadata("1.releases.json"))
        try FileSystem.write(old, to: world.directory.metadataPath("2.releases.json"))
        let before = try world.folder.tree("repository")
        try world.writeRelease(version: "1.1", content: "wheel 1.1")
        do {
            _ = try await world.release("demo-1.1-py3-none-any.whl")
            Issue.record("published on top of an older state")
        } catch let PublishingError.repository(.invalid(file, error)) {
            #expect(file == "releases.json")
            #expect("\(error)" == "signed.version: 1 found, 2 expected")
        }
        #expect(try world.folder.tree("repository") == before)
    }

    @Test("a period out of all bounds, left by whoever stole a key, does not stop the next one")
    func endlessPeriod() async throws {
        let world = try await World.released()
        try world.attack([
            RepositoryPlan.releases: { $0.set("x-carnet-expires-after-days", .integer(Int.max)) }
        ])
        try world.writeRelease(version: "1.1", content: "wheel 1.1")
        let verdicts = try await world.release("demo-1.1-py3-none-any.whl")
        #expect(verdicts.map(\.isVerified) == [true])
    }

    @Test("two paths that differ in Unicode composition alone are two files")
    func composition() async throws {
        let world = try await World.withLayout()
        try world.folder.write("changes", to: "dist/CHANGES.txt")
        let paths = [path("demo/\u{E9}/CHANGES.txt"), path("demo/e\u{301}/CHANGES.txt")]
        let verdicts = try await world.publisher.release(
            paths.map { ReleaseRequest(file: world.folder("dist/CHANGES.txt"), path: $0) },
            links: [world.folder("links")]
        ).verdicts
        #expect(verdicts.map(\.isVerified) == [true, true])
        for path in paths {
            let file = world.directory.targetPath(path, hash: sha256("changes"))
            #expect(FileSystem.exists(file), "\(path)")
        }
    }

    @Test("a second layout for the same paths is refused unless it is asked for")
    func overlap() async throws {
        let world = try await World.withLayout()
        let twin = World.source.replacing("name: wheel\nexpires", "name: twin\nexpires")
        do {
            try await world.publishLayout(twin, name: "twin")
            Issue.record("published beside the other")
        } catch let PublishingError.overlapping(_, template, other) {
            #expect(template.description == "demo/{version}/demo-{version}-*.whl")
            #expect(other == "wheel")
        }
    }

    @Test("a changed threshold or signer drops the signatures given to the old terms")
    func terms() async throws {
        for (found, written) in [
            ("threshold: 2\nsigners", "threshold: 1\nsigners"), (", otto: keys/otto.pub}", "}"),
            ("demo-{version}-*.whl", "demo-{version}-py3*.whl"), ("expires: 1y", "expires: 90d"),
        ] {
            let world = try await World()
            let file = try world.layoutFile(World.source)
            try FileSystem.write(
                try file.signed(adding: [("olga", try key("olga"))], now: now),
                to: file.signedPath)
            let changed = try world.layoutFile(World.source.replacing(found, written))
            let signed = try SignedFile(changed.signed(adding: [], now: now))
            #expect(signed.signatures.isEmpty, "\(written)")
        }
    }
}

@Suite("Evidence is bounded, and what needs none vouches for nothing else")
struct EvidenceBoundsTests {
    @Test("a file of evidence named twice is refused before it is fetched twice")
    func twice() async throws {
        let world = try await World.released()
        let names = try world.evidence()
        let link = try #require(names.last)
        try world.attack([
            RepositoryPlan.releases: { document in
                document.custom(of: wheelPath) {
                    $0.set("in-toto", .array((names + [link]).map(JSON.text)))
                }
            }
        ])
        let failure = try await world.failure()
        #expect(failure?.error == .evidenceTwice(path(link)))
        #expect(RefusalKind(failure) == RefusalKind("E-MALFORMED-POLICY", .contradiction, 1))
    }

    @Test("more bytes of evidence than allowed in all are refused")
    func total() async throws {
        let world = try await World.released()
        var limits = ReleaseVerifier.Limits()
        limits.evidenceBytes = 1000
        let failure = try await world.failure(limits: limits)
        guard case .tooMuchEvidence(wheelPath, _, 1000) = failure?.error else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test("an unattested file does not vouch for a file at hand whose name needs evidence")
    func twin() async throws {
        let world = try await World()
        try await world.publishLayout(World.source)
        try world.writeRelease()
        _ = try await world.release()
        try world.attack(
            [
                .targets: { document in
                    document.change("x-carnet") { $0.set("unattested", ["other/*"]) }
                }
            ])
        try world.list("evil", at: path("other/\(wheel)"), evidence: nil)
        try world.folder.write("evil", to: "at-hand/\(wheel)")
        let verdict = try await world.consumer().verify(
            world.folder("at-hand/\(wheel)"), as: nil)
        #expect(!verdict.isVerified && verdict.refusal?.code == "E-BYTES", "\(verdict.text)")
    }
}
