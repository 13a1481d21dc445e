// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import Testing

@Suite("The four rules: what a stolen online key cannot do")
struct FourRulesTests {
    private let layout = "in-toto-metadata/wheel.layout"

    private func expect(
        _ world: World, at path: TargetPath = wheelPath, _ error: ReleaseError, _ code: String,
        _ kind: Refusal.Kind = .contradiction, _ exitCode: Int32 = 1,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let failure = try await world.failure(path)
        #expect(failure?.error == error, sourceLocation: location)
        #expect(
            RefusalKind(failure) == RefusalKind(code, kind, exitCode), sourceLocation: location)
    }

    @Test("a released file is verified")
    func verified() async throws {
        let world = try await World.released()
        #expect(try await world.failure() == nil)
    }

    @Test("rule 4: evidence cannot be dropped")
    func evidenceDropped() async throws {
        let world = try await World.released()
        for evidence in [nil, []] as [[String]?] {
            try world.list("wheel 1.0", at: wheelPath, evidence: evidence)
            try await expect(
                world, .noEvidence(wheelPath, layouts: ["wheel"]), "E-EVIDENCE-MISSING", .absence,
                3)
        }
    }

    @Test("rule 4: a weaker layout that governs other files cannot be named")
    func weakerLayout() async throws {
        let world = try await World.released()
        let weaker = World.source.replacing("name: wheel\nexpires", "name: weak\nexpires")
            .replacing("demo/{version}/demo-{version}-*.whl", "other/weak-{version}.whl")
        try await world.publishLayout(weaker, name: "weak")
        let evidence = try world.evidence().map {
            $0 == layout ? "in-toto-metadata/weak.layout" : $0
        }
        try world.list("wheel 1.0", at: wheelPath, evidence: evidence)
        try await expect(
            world, .layoutDoesNotGovern(layout: "weak", wheelPath), "E-WRONG-POLICY")
    }

    @Test("rule 4: a file outside of every pattern finds no policy, with evidence or without")
    func movedOut() async throws {
        let world = try await World.released()
        let moved = path("other/\(wheel)")
        try world.list("wheel 1.0", at: moved, evidence: world.evidence())
        try await expect(
            world, at: moved, .layoutDoesNotGovern(layout: "wheel", moved), "E-WRONG-POLICY")
        try world.list("wheel 1.0", at: moved, evidence: nil)
        try await expect(world, at: moved, .noPolicy(moved), "E-NO-POLICY", .absence, 3)
    }

    @Test("an old release cannot be relabelled as a new one")
    func relabelled() async throws {
        let world = try await World.released()
        let relabelled = path("demo/2.0/demo-2.0-py3-none-any.whl")
        try world.list("wheel 1.0", at: relabelled, evidence: world.evidence())
        try await expect(
            world, at: relabelled,
            .supplyChain(
                layout: "wheel",
                .product(
                    .relabelled(
                        name: "demo-2.0-py3-none-any.whl", step: "wheel",
                        names: [UTF8Text("dist/\(wheel)")]))), "E-PRODUCT")
    }

    @Test("other bytes under a released name are not what was built")
    func otherBytes() async throws {
        let world = try await World.released()
        try world.list("backdoor", at: wheelPath, evidence: world.evidence())
        let expected = UTF8Text(sha256("wheel 1.0"))
        try await expect(
            world,
            .supplyChain(
                layout: "wheel",
                .product(
                    .differs(
                        name: UTF8Text(wheel), step: "wheel", found: sha256("backdoor"),
                        expected: [.init(algorithm: "sha256", hex: expected)]))), "E-PRODUCT")
    }

    @Test("rule 3: with only some of the links listed the threshold is not met")
    func someLinks() async throws {
        let world = try await World.released()
        let bob = try world.linkName("wheel", "bob")
        let evidence = try world.evidence().filter { !$0.hasSuffix(bob) }
        #expect(evidence.count == 3)
        try world.list("wheel 1.0", at: wheelPath, evidence: evidence)
        let error = SupplyChainError.missingLinks(
            step: "wheel", required: 2, accepted: [try keyID("alice")], missing: [UTF8Text(bob)])
        try await expect(
            world, .supplyChain(layout: "wheel", error), "E-STEP-THRESHOLD", .absence, 3)
    }

    @Test("rule 3: evidence that nobody publishes is told as missing")
    func notPublished() async throws {
        let world = try await World.released()
        let ghost = "in-toto-metadata/\(sha256("ghost"))/tag.12345678.link"
        try world.list("wheel 1.0", at: wheelPath, evidence: try world.evidence() + [ghost])
        try await expect(
            world, .evidenceNotPublished(path(ghost)), "E-EVIDENCE-MISSING", .absence, 3)
    }

    @Test("rule 3: no layout named, or two, is refused")
    func layoutCount() async throws {
        let world = try await World.released()
        let links = try world.evidence().filter { $0 != layout }
        try world.list("wheel 1.0", at: wheelPath, evidence: links)
        try await expect(world, .layoutCount(wheelPath, found: 0), "E-WRONG-POLICY")
        try world.list("wheel 1.0", at: wheelPath, evidence: [layout, layout] + links)
        try await expect(world, .layoutCount(wheelPath, found: 2), "E-WRONG-POLICY")
    }

    @Test("rule 1: the policy of a delegated role means nothing")
    func delegatedPolicy() async throws {
        let world = try await World.released()
        try world.list("wheel 1.0", at: wheelPath, evidence: nil)
        try world.attack([
            RepositoryPlan.releases: {
                $0.set("x-carnet", ["layouts": "releases", "unattested": ["demo/*/*"]])
            }
        ])
        try await expect(
            world, .noEvidence(wheelPath, layouts: ["wheel"]), "E-EVIDENCE-MISSING", .absence, 3)
    }

    @Test("rule 1: a layout from the releases role is no policy")
    func layoutFromReleases() async throws {
        let world = try await World.released()
        let own = path("demo/1.0/own.layout")
        let links = try world.evidence().filter { $0 != layout }
        try world.attack(
            [
                RepositoryPlan.releases: { document in
                    document.list(
                        "{}", at: own,
                        custom: [
                            "in-toto": ["in-toto-pubkeys/x.pub"],
                            "carnet": ["applies-to": ["demo/{version}/demo-{version}-*.whl"]],
                        ])
                    document.list(
                        "wheel 1.0", at: wheelPath, custom: World.custom([own.string] + links))
                }
            ], files: [own: "{}"])
        try await expect(
            world,
            .policyFromWrongRole(
                own, found: RepositoryPlan.releases, expected: RepositoryPlan.layouts),
            "E-WRONG-POLICY")
    }

    @Test("rule 1: a layout's key from another role is no key")
    func keyFromReleases() async throws {
        let world = try await World.released()
        let own = path("demo/1.0/mallory.pub")
        try world.attack(
            [
                RepositoryPlan.releases: { $0.list("key", at: own) },
                RepositoryPlan.layouts: { [layout] document in
                    document.custom(of: path(layout)) {
                        $0.set("in-toto", [.text(own.string)])
                    }
                },
            ], files: [own: "key"])
        try await expect(
            world,
            .policyFromWrongRole(
                own, found: RepositoryPlan.releases, expected: RepositoryPlan.layouts),
            "E-WRONG-POLICY")
    }

    @Test("rule 4: a path that reads in two ways is refused")
    func ambiguous() async throws {
        let world = try await World.released()
        try world.attack([
            RepositoryPlan.layouts: { [layout] document in
                document.custom(of: path(layout)) { custom in
                    custom.change("carnet") {
                        $0.set("applies-to", ["demo/1.0/{name}-{version}.whl"])
                    }
                }
            }
        ])
        try await expect(
            world, .ambiguousPath(wheelPath, layout: "wheel"), "E-WRONG-POLICY")
    }
}

extension String {
    func replacing(_ old: String, _ new: String) -> String {
        let parts = split(separator: old, omittingEmptySubsequences: false)
        precondition(parts.count > 1, "there is no \(old)")
        return parts.joined(separator: new)
    }
}
