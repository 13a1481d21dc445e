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

@Suite("Verdicts in words")
struct VerdictTests {
    private struct Case {
        let name: String
        let kind: Refusal.Kind
        let error: ReleaseError

        init(_ name: String, _ kind: Refusal.Kind, _ error: ReleaseError) {
            (self.name, self.kind, self.error) = (name, kind, error)
        }
    }

    private static func verdict(_ error: ReleaseError) throws -> Verdict {
        var names: [KeyID: String] = [:]
        for name in ["olga", "oscar", "otto", "alice", "bob"] { names[try keyID(name)] = name }
        var verdict = Verdict(path: wheelPath.string, repository: "demo", asOf: now)
        verdict.refusal = Refusal(error, names: NameBook(names))
        return verdict
    }

    /// A layout signed by olga alone, by two of three.
    private static func signatureCount() throws -> SignatureCount {
        let bytes = try SignedFile.bytes(
            signing: [:], with: [(try keyID("olga"), try key("olga"))])
        let entries = try ["olga", "oscar", "otto"].map {
            Authority.Entry(try keyID($0), try key($0).publicKey)
        }
        return try SignedFile(bytes).count(by: Authority(entries, threshold: 2))
    }

    private static func repositoryCases() throws -> [Case] {
        let fetch = { (reason: FetchError.Reason) in
            ReleaseError.update(
                .fetch(
                    file: "timestamp.json", FetchError(url: "https://demo.example", reason: reason))
            )
        }
        let count = try signatureCount()
        return [
            Case(
                "rollback", .stale, .update(.rollback(role: .snapshot, offered: 6, trusted: 7))),
            Case("expired", .stale, .update(.expired(role: .timestamp, since: now))),
            Case("vanished", .stale, .update(.vanished(role: RepositoryPlan.releases))),
            Case(
                "bytes", .contradiction,
                .update(
                    .wrongDigest(
                        file: wheelPath.string, found: sha256("a"), expected: sha256("b")))),
            Case(
                "length", .contradiction,
                .update(.wrongLength(file: wheelPath.string, found: 6, expected: 5))),
            Case(
                "signatures", .contradiction,
                .update(.unsigned(file: "7.snapshot.json", by: .root, count))),
            Case("unreachable", .unreachable, fetch(.timedOut(seconds: 30))),
            Case("server-error", .unreachable, fetch(.status(503))),
            Case("forbidden", .contradiction, fetch(.status(403))),
            Case(
                "storage", .local,
                .storage(StorageError(path: "demo.whl", reason: "No space left on device"))),
            Case("no-such-file", .contradiction, .noSuchFile(wheelPath)),
            Case(
                "unknown-file", .contradiction,
                .unknownFile(name: wheel, sha256: sha256("a"), offered: [wheelPath.string])),
        ]
    }

    private static func policyCases() throws -> [Case] {
        [
            Case("no-policy", .absence, .noPolicy(wheelPath)),
            Case("no-evidence", .absence, .noEvidence(wheelPath, layouts: ["wheel", "strict"])),
            Case(
                "not-published", .absence,
                .evidenceNotPublished(path("in-toto-metadata/x/tag.12345678.link"))),
            Case(
                "layout-signatures", .contradiction,
                .layoutUnsigned(
                    layout: "wheel", try signatureCount(),
                    mayStillSign: [try keyID("oscar"), try keyID("carol")])),
            Case(
                "wrong-policy", .contradiction,
                .layoutDoesNotGovern(layout: "weak", wheelPath)),
            Case(
                "malformed-policy", .contradiction,
                .malformedPolicy(.missing(path: "x-carnet.layouts"))),
        ]
    }

    private static func chainCases() throws -> [Case] {
        let bob = UTF8Text(Link.fileName(step: "wheel", keyID: try keyID("bob")))
        let carol = UTF8Text(Link.fileName(step: "wheel", keyID: try keyID("carol")))
        let alice = try keyID("alice")
        let digest = { (text: String) in
            [Artifact.Digest(algorithm: "sha256", hex: UTF8Text(sha256(text)))]
        }
        let missing = SupplyChainError.missingLinks(
            step: "wheel", required: 2, accepted: [alice], missing: [bob, carol])
        let errors: [(String, Refusal.Kind, SupplyChainError)] = [
            ("step-threshold", .absence, missing),
            ("sublayout-absence", .absence, .sublayout(file: bob, missing)),
            ("stranger", .contradiction, .strangers(step: "wheel", files: [carol])),
            (
                "disagreement", .contradiction,
                .disagreement(
                    ArtifactDisagreement(
                        step: "wheel", list: .products, artifact: "dist/demo.whl",
                        left: .init(keyID: alice, file: "a.link", digests: digest("a")),
                        right: .init(
                            keyID: try keyID("bob"), file: "b.link", digests: digest("b"))))
            ),
            ("layout-expired", .stale, .expired(at: now, now: now.adding(days: 1))),
            (
                "product", .contradiction,
                .product(
                    .relabelled(name: UTF8Text(wheel), step: "wheel", names: ["dist/old.whl"]))
            ),
            (
                "rule", .contradiction,
                .ruleBroken(
                    ArtifactRuleViolation(
                        .disallowed, of: ArtifactRule(tokens: ["DISALLOW", "*"])!, item: "wheel",
                        list: .materials, names: ["setup"]))
            ),
            (
                "inspection", .contradiction,
                .inspectionRefused(name: "unpack", command: ["sh", "-c", "true"])
            ),
            ("supply-chain", .contradiction, .nestedTooDeeply(maximum: 8)),
        ]
        return errors.map { Case($0.0, $0.1, .supplyChain(layout: "wheel", $0.2)) }
    }

    @Test("each refusal has one cause, a remedy and a next step, to the letter")
    func refusals() throws {
        let exits: [Refusal.Kind: Int32] = [
            .contradiction: 1, .absence: 3, .stale: 4, .unreachable: 5, .local: 2,
        ]
        let cases =
            try VerdictTests.repositoryCases() + VerdictTests.policyCases()
            + VerdictTests.chainCases()
        for row in cases {
            let verdict = try VerdictTests.verdict(row.error)
            try expectGolden(verdict.text, row.name)
            #expect(verdict.refusal?.kind == row.kind, "\(row.name)")
            #expect(verdict.exitCode == exits[row.kind], "\(row.name)")
            #expect(!verdict.isVerified)
            #expect(verdict.outcome == (row.kind == .absence ? "incomplete" : "refused"))
            #expect(verdict.text.hasPrefix("REFUSED — do not install   demo/"))
            #expect(!verdict.text.contains("VERIFIED"))
        }
    }

    @Test("a verdict with neither refusal nor evidence is a bug, never a yes")
    func nothing() throws {
        let verdict = Verdict(path: wheelPath.string, repository: "demo", asOf: now)
        #expect(!verdict.isVerified)
        #expect(verdict.exitCode == 70)
        #expect(verdict.outcome == "refused")
        #expect(verdict.json["exit_code"] == 70)
        try expectGolden(verdict.text, "no-answer")
    }

    @Test("evidence beside a refusal does not show")
    func both() throws {
        var verdict = try VerdictTests.verdict(.noPolicy(wheelPath))
        verdict.evidence = .unattested(role: .targets)
        #expect(!verdict.isVerified && verdict.exitCode == 3)
        #expect(verdict.json["evidence"] == nil && verdict.json["not_checked"] == nil)
        try expectGolden(verdict.text, "no-policy")
    }

    @Test("a file name cannot make up a line of its own")
    func evilName() throws {
        let verdict = Verdict(path: "a\nVERIFIED   demo", repository: "demo", asOf: now)
        #expect(
            verdict.text.hasPrefix(
                "REFUSED — do not install   demo/\"a\\u{a}VERIFIED   demo\"   [E-NO-ANSWER]\n"))
    }
}
