// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TUFRepository
import TestKit
import Testing

@Suite("Revocation: who leaves, and which of his links still count")
struct RevocationTests {
    /// Demo 1.0 is released, and 1.1 after it.
    private func world() async throws -> World {
        let world = try await World.released()
        try world.writeRelease(version: "1.1", content: "wheel 1.1")
        let verdicts = try await world.release("demo-1.1-py3-none-any.whl")
        try #require(verdicts.allSatisfy { $0.isVerified })
        return world
    }

    private let next = path("demo/1.1/demo-1.1-py3-none-any.whl")

    private func revoke(
        _ world: World, _ name: String, _ dismissal: Publisher.Dismissal
    ) async throws {
        let outcome = try await world.publisher.revoke(
            name, dismissal, since: "2026-11-22", reason: "laptop stolen")
        guard case .published = outcome else {
            Issue.record("it waits")
            return
        }
    }

    @Test("a retired functionary's published releases stand, and a new one needs others")
    func retired() async throws {
        let world = try await world()
        try await revoke(world, "bob", .retired)
        #expect(try await world.failure() == nil)
        #expect(try await world.failure(next) == nil)
        try world.writeRelease(version: "1.2", content: "wheel 1.2")
        let before = try world.folder.tree()
        let verdict = try #require(
            try await world.release("demo-1.2-py3-none-any.whl").first)
        #expect(verdict.refusal?.code == "E-REVOKED")
        #expect(
            verdict.refusal?.cause
                == "Evidence of step wheel counts no more: the key of bob was retired on "
                + "2026-11-22: laptop stolen.")
        #expect(try world.folder.tree() == before)
    }

    @Test("a compromised functionary's links fall, but for those that are vouched for")
    func compromised() async throws {
        let world = try await world()
        try await revoke(world, "bob", .compromised(keeping: [wheelPath]))
        #expect(try await world.failure() == nil)
        let failure = try #require(try await world.failure(next))
        #expect(RefusalKind(failure) == RefusalKind("E-REVOKED", .contradiction, 1))
        #expect(Refusal(failure.error, names: failure.names).cause.contains("compromised"))
    }

    @Test("a new version of the layout does not bring them back; the owners can")
    func lasting() async throws {
        let world = try await world()
        try await revoke(world, "bob", .compromised(keeping: []))
        try await world.publishLayout(World.source.replacing("expires: 1y", "expires: 200d"))
        #expect(try await world.failure() != nil)
        try await revoke(world, "bob", .reinstated)
        #expect(try await world.failure() == nil)
        await #expect(throws: PublishingError.impact(.notRevoked("bob"))) {
            try await revoke(world, "bob", .reinstated)
        }
    }

    @Test("one key listed under another id is revoked with it")
    func byMaterial() async throws {
        let world = try await world()
        let other = try key("bob").publicKey.ids.last!
        try world.attack([
            RepositoryPlan.layouts: { document in
                document.custom(of: path("in-toto-metadata/wheel.layout")) { custom in
                    custom.change("carnet") {
                        $0.set(
                            "revoked",
                            [
                                [
                                    "keyid": .string(other.text), "as": "compromised",
                                    "since": "2026-11-22", "links": [],
                                ]
                            ])
                    }
                }
            }
        ])
        let failure = try #require(try await world.failure())
        #expect(RefusalKind(failure) == RefusalKind("E-REVOKED", .contradiction, 1))
    }

    @Test("what the releases role says of revocation means nothing")
    func notFromReleases() async throws {
        let world = try await world()
        try await revoke(world, "bob", .compromised(keeping: []))
        let links = try world.evidence()
        try world.attack([
            RepositoryPlan.releases: { document in
                document.custom(of: wheelPath) { custom in
                    custom.set("carnet", ["revoked": []])
                    custom.set("in-toto", .array(links.map(JSON.text)))
                }
            }
        ])
        #expect(try await world.failure() != nil)
    }

    static let senseless: [JSON] = [
        "bob", ["bob"], [[:]], [["keyid": "x", "as": "gone", "since": "2026-11-22"]],
        [["keyid": "x", "as": "retired", "since": "yesterday"]],
        [["keyid": "", "as": "retired", "since": "2026-11-22"]],
        [["keyid": "x", "as": "retired", "since": "2026-11-22", "links": ["x"]]],
        [["keyid": "x", "as": "retired", "since": "2026-11-22", "links": "all"]],
        [["keyid": "x", "as": "retired", "since": "2026-11-22", "reason": 1]],
    ]

    @Test("a revocation that cannot be read is never passed over", arguments: senseless)
    func unreadable(revoked: JSON) async throws {
        let world = try await World.released()
        try world.attack([
            RepositoryPlan.layouts: { document in
                document.custom(of: path("in-toto-metadata/wheel.layout")) { custom in
                    custom.change("carnet") { $0.set("revoked", revoked) }
                }
            }
        ])
        let failure = try #require(try await world.failure())
        #expect(RefusalKind(failure) == RefusalKind("E-MALFORMED-POLICY", .contradiction, 1))
    }

    @Test("nothing to keep, nobody known, no functionary: told, and nothing is changed")
    func refused() async throws {
        let world = try await world()
        let before = try world.folder.tree()
        let known = ["\"alice\"", "\"bob\"", "\"olga\""]
        await #expect(
            throws: PublishingError.impact(.nothingToKeep(path("demo/9/x"), name: "bob"))
        ) { try await revoke(world, "bob", .compromised(keeping: [path("demo/9/x")])) }
        await #expect(throws: PublishingError.impact(.noFunctionary("olga"))) {
            try await revoke(world, "olga", .retired)
        }
        do {
            try await revoke(world, "mallory", .retired)
            Issue.record("mallory is nobody here")
        } catch let error as PublishingError {
            guard case .impact(.unknownKey("mallory", let names)) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(known.allSatisfy(names.contains))
        }
        #expect(try world.folder.tree() == before)
    }
}

@Suite("Impact: what rests on a key")
struct ImpactTests {
    @Test("a functionary at the threshold, and one whose step others can do")
    func functionary() async throws {
        let world = try await World.released()
        let impact = try await world.publisher.impact(of: "bob")
        #expect(impact.key.names == ["bob"])
        #expect(impact.roles.isEmpty)
        #expect(impact.policies.map(\.name) == ["wheel"])
        #expect(impact.policies.first?.steps.map(\.name) == ["wheel"])
        #expect(impact.policies.first?.signing == nil)
        #expect(impact.falling.map(\.path) == [wheelPath])
        #expect(impact.falling.first?.without?.code == "E-REVOKED")
        #expect(impact.standing.isEmpty && impact.refused.isEmpty)
        #expect(impact.text.contains("1 would be refused without them"))
        #expect(impact.text.contains("carnet revoke bob --compromised"))
    }

    @Test("a release stands if enough others did the step")
    func standing() async throws {
        let world = try await World()
        let source = World.source.replacing("by: [alice, bob]\n", "by: [alice, bob, carol]\n")
            .replacing("bob: keys/bob.pub}", "bob: keys/bob.pub, carol: keys/carol.pub}")
        try await world.publishLayout(source)
        try world.writeRelease()
        try world.write(
            world.link("wheel", ["setup": "source"], ["dist/\(wheel)": "wheel 1.0"]), by: "carol")
        try #require(try await world.release().allSatisfy { $0.isVerified })
        let impact = try await world.publisher.impact(of: "carol")
        #expect(impact.standing.map(\.path) == [wheelPath])
        #expect(impact.standing.first?.links.count == 1)
        #expect(impact.falling.isEmpty)
    }

    @Test("who signs layouts, and who signs roles; by name, id, and the beginning of one")
    func others() async throws {
        let world = try await World.released()
        let olga = try await world.publisher.impact(of: "olga")
        #expect(olga.policies.first?.signing.map { [$0.threshold, $0.keys] } == [2, 3])
        #expect(olga.releases.isEmpty)
        let online = try await world.publisher.impact(of: "online")
        #expect(online.roles.map(\.name).contains(RepositoryPlan.releases))
        #expect(online.roles.first { $0.name == RepositoryPlan.releases }?.files == 1)
        #expect(!online.roles.contains { !$0.isAlone })
        let id = try keyID("bob").text.string
        for text in [id, String(id.prefix(8))] {
            #expect(try await world.publisher.impact(of: text).key.names == ["bob"])
        }
        await #expect(throws: PublishingError.self) {
            _ = try await world.publisher.impact(of: String(id.prefix(3)))
        }
    }

    @Test("as JSON it says the same")
    func json() async throws {
        let world = try await World.released()
        let json = try await world.publisher.impact(of: "bob").json
        #expect(json["schema"]?.text == "carnet/impact/1")
        #expect(json["releases"]?.elements?.first?["outcome"]?.text == "falls")
        #expect(json["releases"]?.elements?.first?["reason"]?["code"]?.text == "E-REVOKED")
        #expect(json["policies"]?.elements?.first?["steps"]?.elements?.count == 1)
    }
}
