// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import Testing

@Suite("Verdicts that a file is verified")
struct VerifiedVerdictTests {
    private func verdict() async throws -> Verdict {
        let world = try await World.withLayout()
        try world.write(world.tagLink(command: ["git", "tag"]), by: "alice")
        return try await world.release()[0]
    }

    private func members(_ json: JSON?) -> Set<String> {
        Set(json?.members?.map(\.key.string) ?? [])
    }

    @Test("a supply chain in words: steps, policy, freshness, and what was not checked")
    func text() async throws {
        let verdict = try await verdict()
        #expect(verdict.isVerified && verdict.exitCode == 0 && verdict.outcome == "verified")
        try expectGolden(verdict.text, "verified")
    }

    @Test("files without evidence say on whose word they are taken")
    func withoutEvidence() throws {
        var verdict = Verdict(path: "demo/1.0/CHANGES.txt", repository: "demo", asOf: now)
        verdict.evidence = .unattested(role: .targets)
        try expectGolden(verdict.text, "unattested")
        verdict.evidence = .repositoryOnly(role: RepositoryPlan.releases)
        verdict.sha256 = sha256("changes")
        try expectGolden(verdict.text, "repository-only")
    }

    @Test("JSON has the documented members and no others")
    func json() async throws {
        let verdict = try await verdict()
        let json = verdict.json
        #expect(
            members(json) == [
                "schema", "verdict", "exit_code", "as_of", "artifact", "evidence", "not_checked",
                "tuf",
            ])
        #expect(json["schema"] == .text(Verdict.schema))
        #expect(json["verdict"] == "verified")
        #expect(json["exit_code"] == 0)
        #expect(json["as_of"] == "2026-11-22T12:00:00Z")
        #expect(
            json["artifact"] == [
                "path": .text(wheelPath.string), "repository": "demo-repo",
                "sha256": .text(sha256("wheel 1.0")),
            ])
        #expect(
            members(json["tuf"]) == [
                "root_version", "snapshot_version", "timestamp_version", "expires", "signed",
            ])
        let evidence = json["evidence"]
        #expect(members(evidence) == ["kind", "policy", "product_of", "steps", "inspections"])
        #expect(evidence?["kind"] == "supply-chain")
        #expect(
            members(evidence?["policy"]) == [
                "name", "path", "sha256", "expires", "signers", "required", "possible", "role",
                "parameters",
            ])
        #expect(evidence?["policy"]?["parameters"] == ["version": "1.0"])
        let steps = evidence?["steps"]?.elements ?? []
        #expect(steps.count == 2)
        for step in steps {
            #expect(
                members(step) == [
                    "name", "threshold", "accepted", "rejected", "warnings", "materials",
                    "products",
                ])
            for actor in step["accepted"]?.elements ?? [] {
                #expect(members(actor) == ["name", "keyid"])
            }
        }
    }

    @Test("JSON of a refusal has the reason and no evidence")
    func refusalJSON() {
        var verdict = Verdict(path: wheelPath.string, repository: "demo", asOf: now)
        verdict.refusal = Refusal(.update(.rollback(role: .snapshot, offered: 6, trusted: 7)))
        verdict.evidence = .unattested(role: .targets)
        #expect(
            members(verdict.json)
                == ["schema", "verdict", "exit_code", "as_of", "artifact", "reason"])
        #expect(
            members(verdict.json["reason"])
                == ["code", "kind", "cause", "remedy", "next", "expected", "found"])
        #expect(verdict.json["reason"]?["kind"] == "stale")
        #expect(verdict.json["exit_code"] == 4)
        verdict.refusal = Refusal(.noPolicy(wheelPath))
        #expect(
            members(verdict.json["reason"]) == ["code", "kind", "cause", "remedy", "next"])
        #expect(verdict.json["verdict"] == "incomplete")
    }

    @Test("JSON of evidence without a chain", arguments: [true, false])
    func otherEvidence(isUnattested: Bool) {
        var verdict = Verdict(path: "a", repository: "demo", asOf: now)
        verdict.evidence =
            isUnattested
            ? .unattested(role: .targets) : .repositoryOnly(role: RepositoryPlan.releases)
        #expect(
            verdict.json["evidence"]
                == (isUnattested
                    ? ["kind": "unattested", "role": "targets"]
                    : ["kind": "repository-only", "role": "releases"]))
    }
}
