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

@Suite("Publishing: what a client would refuse is never written")
struct PublisherTests {
    @Test("a new repository: fingerprint, folders, no private key, not twice")
    func create() async throws {
        let folder = try TemporaryFolder()
        let directory = RepositoryDirectory(folder("new/repository"))
        let publisher = Publisher(directory, try TestRing.all(), now: now)
        let fingerprint = try await publisher.create(World.plan())
        #expect(
            fingerprint
                == DigestAlgorithm.sha256.hexDigest(of: try directory.metadata("1.root.json")!))
        #expect(
            try FileSystem.names(in: directory.path)
                == [".carnet.lock", "layouts", "metadata", "signing", "targets"])
        let before = try folder.tree()
        await #expect(
            throws: PublishingError.storage(
                StorageError(path: directory.path, reason: "there is a repository already"))
        ) { try await publisher.create(World.plan()) }
        #expect(try folder.tree() == before)
    }

    @Test("without a key, or with a plan no client accepts, nothing is made")
    func createFails() async throws {
        let folder = try TemporaryFolder()
        let directory = RepositoryDirectory(folder("new/repository"))
        let few = Publisher(directory, try TestRing("root", "targets"), now: now)
        await #expect(throws: PublishingError.self) { try await few.create(World.plan()) }
        var plan = try World.plan()
        plan.online = RepositoryPlan.Keys(
            [("online", try key("online").publicKey), ("copy", try key("online").publicKey)],
            threshold: 2)
        let publisher = Publisher(directory, try TestRing.all(), now: now)
        let unfit = plan
        await #expect(throws: PublishingError.self) { try await publisher.create(unfit) }
        #expect(try FileSystem.names(in: folder.path) == [])
    }

    @Test("a released file lies with its links, and a second client reads all of it")
    func release() async throws {
        let world = try await World.released()
        let links = try world.evidence().filter { $0.hasSuffix(".link") }
        let names = try [
            world.linkName("tag", "alice"), world.linkName("wheel", "alice"),
            world.linkName("wheel", "bob"),
        ]
        let lines = try names.map { name in
            let bytes = try FileSystem.read(world.folder("links/\(name)")) ?? []
            return "\(DigestAlgorithm.sha256.hexDigest(of: bytes))  \(name)\n"
        }
        let folder = DigestAlgorithm.sha256.hexDigest(of: Array(lines.sorted().joined().utf8))
        #expect(links == names.map { "in-toto-metadata/\(folder)/\($0)" })
        #expect(try world.evidence().first == "in-toto-metadata/wheel.layout")
        #expect(try await world.failure() == nil)
    }

    @Test("a dry run says the same and writes nothing")
    func dryRun() async throws {
        let world = try await World.withLayout()
        let before = try world.folder.tree("repository")
        let verdicts = try await world.release(dryRun: true)
        #expect(verdicts.map(\.isVerified) == [true])
        #expect(try world.folder.tree("repository") == before)
    }

    @Test("one refused file keeps all of them back")
    func allOrNone() async throws {
        let world = try await World.withLayout()
        let other = "demo-2.0-py3-none-any.whl"
        try world.folder.write("wheel 2.0", to: "dist/\(other)")
        let before = try world.folder.tree("repository")
        let verdicts = try await world.publisher.release(
            [wheel, other].map { ReleaseRequest(file: world.folder("dist/\($0)")) },
            links: [world.folder("links")]
        ).verdicts
        #expect(verdicts.map(\.isVerified) == [true, false])
        #expect(verdicts[1].refusal?.code == "E-PRODUCT")
        #expect(try world.folder.tree("repository") == before)
    }

    @Test("missing links, strangers, broken rules and disagreement are refused before publishing")
    func preflight() async throws {
        let world = try await World.withLayout()
        let before = try world.folder.tree("repository")
        let bob = world.folder("links/\(try world.linkName("wheel", "bob"))")
        func code() async throws -> String? { try await world.release()[0].refusal?.code }
        try FileSystem.remove(bob)
        #expect(try await code() == "E-STEP-THRESHOLD")
        try world.write(world.link("wheel", ["setup": "source"], ["dist/\(wheel)": "x"]), by: "bob")
        #expect(try await code() == "E-DISAGREEMENT")
        for person in ["alice", "bob"] {
            try world.write(
                world.link("wheel", ["evil": "x"], ["dist/\(wheel)": "wheel 1.0"]), by: person)
        }
        #expect(try await code() == "E-RULE")
        try FileSystem.remove(world.folder("links/\(try world.linkName("tag", "alice"))"))
        try world.write(world.tagLink(), by: "carol")
        #expect(try await code() == "E-STRANGER")
        #expect(try world.folder.tree("repository") == before)
    }

    @Test("a layout that too few have signed is not published")
    func unsignedLayout() async throws {
        let world = try await World()
        let before = try world.folder.tree("repository")
        let file = try world.layoutFile(World.source)
        let signed = try file.signed(adding: [("olga", try key("olga"))], now: now)
        do {
            _ = try await world.publisher.publish(file, signed: signed)
            Issue.record("it was published")
        } catch {
            guard case .layoutUnsigned(file.path, let count, let missing) = error else {
                throw error
            }
            #expect(count.accepted.count == 1 && missing == ["oscar", "otto"])
        }
        let weak = try world.layoutFile(World.source.replacing("FROM tag", "FROM tags"))
        do {
            _ = try await world.publisher.publish(weak, signed: signed)
            Issue.record("it was published")
        } catch {
            guard case .weakLayout(weak.path, let findings) = error else { throw error }
            #expect(findings.allSatisfy { $0.weight == .error })
        }
        #expect(try world.folder.tree("repository") == before)
    }

    @Test("a name that no layout covers, or a path under which nothing may be published")
    func places() async throws {
        let world = try await World.withLayout()
        try world.folder.write("x", to: "dist/other.zip")
        let file = world.folder("dist/other.zip")
        let templates = ["demo/{version}/demo-{version}-*.whl"]
        await #expect(throws: PublishingError.notCovered(file: file, layouts: templates)) {
            try await world.release("other.zip")
        }
        await #expect(
            throws: PublishingError.notCovered(file: "demo/1.0/other.zip", layouts: templates)
        ) { try await world.release("other.zip", as: path("demo/1.0/other.zip")) }
        let changes = path("demo/1.0/CHANGES.txt")
        #expect(try await world.release("other.zip", as: changes)[0].isVerified)
        let elsewhere = try await World(unattested: ["secret/*"])
        try elsewhere.folder.write("x", to: "dist/x")
        await #expect(throws: PublishingError.repository(.notDelegated(path("secret/x")))) {
            try await elsewhere.release("x", as: path("secret/x"))
        }
    }

    @Test("no links at all, a folder that is not there, no repository")
    func nothing() async throws {
        let world = try await World.withLayout()
        let request = [ReleaseRequest(file: world.folder("dist/\(wheel)"))]
        try FileSystem.makeDirectory(world.folder("empty"))
        let empty = world.folder("empty")
        await #expect(throws: PublishingError.noLinks(layout: "wheel", folders: [empty])) {
            try await world.publisher.release(request, links: [empty]).verdicts
        }
        let none = StorageError(path: world.folder("none"), reason: "no such folder of links")
        await #expect(throws: PublishingError.storage(none)) {
            try await world.publisher.release(request, links: [world.folder("none")]).verdicts
        }
        let other = Publisher(RepositoryDirectory(empty), try TestRing.all(), now: now)
        await #expect(throws: PublishingError.repository(.noRepository(path: empty))) {
            try await other.release(request, links: [])
        }
    }

    @Test("an expired repository is not one to publish into")
    func expired() async throws {
        let world = try await World.withLayout()
        let later = Publisher(
            world.directory, try TestRing.all(), now: now.adding(days: 365))
        let request = [ReleaseRequest(file: world.folder("dist/\(wheel)"))]
        do {
            _ = try await later.release(request, links: [world.folder("links")])
            Issue.record("it was published")
        } catch {
            guard case .preflight(.expired) = error else { throw error }
        }
    }
}
