// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoVerification
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TUFRepository
import TestKit
import Testing

@Suite("Evidence: what vouches for a file")
struct EvidenceTests {
    private func evidence(
        _ world: World, _ target: TargetPath, repositoryOnly: Bool = false
    ) async throws -> EvidenceSummary {
        let (search, download) = try await world.search()
        let found = try await search.find(target)!
        return try await ReleaseVerifier(search, download)
            .verify(found, repositoryOnly: repositoryOnly)
    }

    @Test("the summary of a chain: policy, signers, parameters, steps by name")
    func summary() async throws {
        let world = try await World.released()
        guard case .supplyChain(let chain) = try await evidence(world, wheelPath) else {
            Issue.record("no chain")
            return
        }
        #expect(chain.policy.name == "wheel")
        #expect(chain.policy.path == path("in-toto-metadata/wheel.layout"))
        #expect(chain.policy.signers.map(\.name) == ["olga", "oscar"])
        #expect(chain.policy.required == 2 && chain.policy.possible == 3)
        #expect(chain.policy.expires == now.adding(days: 365))
        #expect(chain.policy.parameters == ["version": "1.0"])
        #expect(chain.productOf == "wheel")
        #expect(chain.policy.role == RepositoryPlan.layouts)
        #expect(chain.steps.map(\.name) == ["tag", "wheel"])
        #expect(chain.steps.map(\.threshold) == [1, 2])
        #expect(chain.steps[1].accepted.map(\.name) == ["alice", "bob"])
        #expect(chain.steps[1].accepted.map(\.keyID) == [try keyID("alice"), try keyID("bob")])
        #expect(chain.steps.allSatisfy { $0.warnings.isEmpty && $0.rejected.isEmpty })
    }

    @Test("an unattested file needs none: the offline-signed policy says so")
    func unattested() async throws {
        let world = try await World.released()
        let changes = path("demo/1.0/CHANGES.txt")
        try world.list("changes", at: changes, evidence: nil)
        guard case .unattested(.targets) = try await evidence(world, changes) else {
            Issue.record("not unattested")
            return
        }
        let other = path("demo/1.0/README.txt")
        try world.list("readme", at: other, evidence: nil)
        #expect(try await world.failure(other)?.error == .noPolicy(other))
    }

    @Test("the user's word for the repository alone passes over the policy, and says so")
    func repositoryOnly() async throws {
        let world = try await World.released()
        try world.list("other", at: path("other/file"), evidence: nil)
        let found = try await evidence(world, path("other/file"), repositoryOnly: true)
        guard case .repositoryOnly(RepositoryPlan.releases) = found else {
            Issue.record("\(found)")
            return
        }
    }

    @Test("a repository without x-carnet: layouts are those of top-level targets alone")
    func plainRepository() async throws {
        let world = try await World.released()
        try world.attack([.targets: { $0.set("x-carnet", nil) }])
        #expect(
            try await world.failure()?.error
                == .policyFromWrongRole(
                    path("in-toto-metadata/wheel.layout"), found: RepositoryPlan.layouts,
                    expected: .targets))
        try moveLayout(world)
        #expect(try await world.failure() == nil)
        try world.list("wheel 1.0", at: wheelPath, evidence: nil)
        #expect(try await world.failure()?.error == .noPolicy(wheelPath))
    }

    @Test("a policy whose layouts are those of top-level targets governs")
    func targetsAsLayoutsRole() async throws {
        let world = try await World.released()
        try moveLayout(world)
        try world.attack([.targets: { $0.set("x-carnet", ["layouts": "targets"]) }])
        #expect(try await world.failure() == nil)
        try world.list("wheel 1.0", at: wheelPath, evidence: nil)
        #expect(
            try await world.failure()?.error == .noEvidence(wheelPath, layouts: ["wheel"]))
    }

    /// Lists all that the layouts role lists in top-level targets.
    private func moveLayout(_ world: World) throws {
        var listed: JSON?
        try world.attack([RepositoryPlan.layouts: { _ in }])
        let bytes = try world.directory.metadata("3.layouts.json")!
        listed = try SignedFile(bytes).signed.object()["targets"]?.tree()
        let targets = listed
        try world.attack([.targets: { $0.set("targets", targets) }])
    }

    @Test("a policy that names a role nobody delegates to refuses everything")
    func noLayoutsRole() async throws {
        let world = try await World.released()
        try world.attack([.targets: { $0.set("x-carnet", ["layouts": "nobody"]) }])
        let failure = try await world.failure()
        #expect(
            failure?.error
                == .malformedPolicy(.missing(path: "delegation to the layouts role nobody")))
        #expect(RefusalKind(failure) == RefusalKind("E-MALFORMED-POLICY", .contradiction, 1))
    }

    @Test("a malformed custom of the file or of any governing layout refuses it")
    func malformedCustom() async throws {
        let world = try await World.released()
        try world.attack([
            RepositoryPlan.releases: { document in
                document.custom(of: wheelPath) { $0.set("in-toto", "one.link") }
            }
        ])
        var error = JSONError.mismatch(
            path: "\(wheelPath): custom.in-toto", found: "another value",
            expected: "a list of target paths")
        #expect(try await world.failure()?.error == .malformedPolicy(error))
        let layout = path("in-toto-metadata/wheel.layout")
        try world.attack([
            RepositoryPlan.layouts: { document in
                document.custom(of: layout) { $0.set("carnet", ["applies-to": "demo/*"]) }
            }
        ])
        error = .mismatch(
            path: "\(layout): custom.carnet.applies-to", found: "another value",
            expected: "a list of paths with {names}")
        #expect(try await world.failure()?.error == .malformedPolicy(error))
    }

    @Test("an expired layout is stale, not forged")
    func expiredLayout() async throws {
        let world = try await World()
        try await world.publishLayout(World.source.replacing("expires: 1y", "expires: 1d"))
        try world.writeRelease()
        #expect(try await world.release()[0].isVerified)
        #expect(try await world.failure(at: now.adding(seconds: 86_399)) == nil)
        // Another release, later, makes the repository's own state fresh again.
        let later = now.adding(days: 2)
        try world.folder.write("changes", to: "dist/CHANGES.txt")
        _ = try await Publisher(world.directory, try TestRing.all(), now: later).release(
            [
                ReleaseRequest(
                    file: world.folder("dist/CHANGES.txt"), path: path("demo/1.0/CHANGES.txt"))
            ], links: []
        ).verdicts
        let failure = try await world.failure(at: later)
        #expect(
            failure?.error
                == .supplyChain(
                    layout: "wheel", .expired(at: now.adding(days: 1), now: later)))
        #expect(RefusalKind(failure) == RefusalKind("E-LAYOUT-EXPIRED", .stale, 4))
    }

    @Test("a layout that the layouts role has only by another role's word is no policy")
    func roundabout() async throws {
        let world = try await World.released()
        let own = path("demo/1.0/own.layout")
        let owner = try key("owner").publicKey
        let evidence = try world.evidence().map { $0.hasSuffix(".layout") ? own.string : $0 }
        try world.attack(
            [
                RepositoryPlan.layouts: {
                    $0.list("{}", at: own, custom: ["in-toto": ["in-toto-pubkeys/x.pub"]])
                },
                RepositoryPlan.releases: { document in
                    document.list("wheel 1.0", at: wheelPath, custom: World.custom(evidence))
                    document.set(
                        "delegations",
                        MetadataBuilder.delegations([
                            .init(
                                role: RepositoryPlan.layouts,
                                keys: .init([("owner", owner)], threshold: 1),
                                patterns: ["demo/*/*"], isTerminating: false)
                        ]))
                },
            ], files: [own: "{}"])
        #expect(
            try await world.failure()?.error
                == .policyFromWrongRole(
                    own, found: RepositoryPlan.layouts, expected: RepositoryPlan.layouts))
    }

    @Test("more links than are read for one file are refused")
    func tooMuch() async throws {
        let world = try await World.released()
        var limits = ReleaseVerifier.Limits()
        limits.links = 3
        #expect(try await world.failure(limits: limits) == nil)
        limits.links = 2
        let many = try await world.failure(limits: limits)
        #expect(many?.error == .tooMuchEvidence(wheelPath, found: 3, maximum: 2))
        #expect(RefusalKind(many) == RefusalKind("E-MALFORMED-POLICY", .contradiction, 1))
    }

    @Test("a command other than the policy expects is a note, not a refusal")
    func commandWarning() async throws {
        let world = try await World.withLayout()
        try world.write(world.tagLink(command: ["git", "tag", "-f", "v1.0"]), by: "alice")
        let verdict = try await world.release()[0]
        #expect(verdict.isVerified)
        guard case .supplyChain(let chain) = verdict.evidence else { return }
        #expect(
            chain.steps[0].warnings
                == ["alice ran \"git tag -f v1.0\" where the policy expects \"git tag v1.0\""])
    }
}
