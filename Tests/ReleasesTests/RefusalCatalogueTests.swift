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

/// Every way in which a file can be refused, as people are told of it. The texts are read, one by one,
/// before they are kept: `Fixtures/Verdicts/refusals`.
@Suite("A hundred refusals, to the letter")
struct RefusalCatalogueTests {
    private static let file = "timestamp.json"
    private static let url = "https://demo.example/metadata/timestamp.json"

    private static func keys(_ names: String...) throws -> [KeyID] { try names.map(keyID) }

    /// Signed by olga alone, of two of three.
    private static func count(_ signers: [String] = ["olga"]) throws -> SignatureCount {
        let bytes = try SignedFile.bytes(
            signing: [:], with: try signers.map { (try keyID($0), try key($0)) })
        let entries = try ["olga", "oscar", "otto"].map {
            Authority.Entry(try keyID($0), try key($0).publicKey)
        }
        return try SignedFile(bytes).count(by: Authority(entries, threshold: 2))
    }

    // MARK: the repository

    private static func fetches() -> [UpdateError] {
        let reasons: [FetchError.Reason] = [
            .notFound, .status(403), .status(410), .status(429), .status(503),
            .tooLarge(maximumBytes: 16384), .tooSlow(minimumBytesPerSecond: 1024, seconds: 20),
            .timedOut(seconds: 120), .truncated, .redirectRefused(to: "http://elsewhere.example/"),
            .schemeRefused("http"), .unreachable("could not resolve host"), .cancelled,
        ]
        return reasons.map { .fetch(file: file, FetchError(url: url, reason: $0)) }
    }

    private static func states() throws -> [UpdateError] {
        [
            .noTrustedRoot, .untrustedRoot(.threshold(try count([]))), .noMirror,
            .missing(file: "7.snapshot.json"), .notCached(role: .timestamp, version: nil),
            .notCached(role: RepositoryPlan.releases, version: 3),
            .malformed(file: file, .missing(path: "signed.expires")),
            .duplicateSignature(file: "2.root.json", try keyID("olga")),
            .unsigned(
                file: "7.snapshot.json", by: .root, try count(), missing: try keys("oscar", "otto")),
            .wrongVersion(file: "7.snapshot.json", found: 6, expected: 7),
            .rollback(role: .timestamp, offered: 6, trusted: 7),
            .rollback(role: .snapshot, offered: 6, trusted: 7),
            .rollback(role: RepositoryPlan.releases, offered: 3, trusted: 4),
            .vanished(role: RepositoryPlan.releases), .expired(role: .root, since: now),
            .expired(role: .timestamp, since: now), .expired(role: .snapshot, since: now),
            .expired(role: RepositoryPlan.layouts, since: now),
            .wrongDigest(file: "4.releases.json", found: sha256("a"), expected: sha256("b")),
            .wrongLength(file: wheelPath.string, found: 6, expected: 5),
            .wrongLength(file: wheelPath.string, found: 4, expected: 5),
            .notInSnapshot(role: RepositoryPlan.releases), .tooManyRoots(maximum: 1024),
            .tooManyRoles(maximum: 32), .revoked(role: RepositoryPlan.releases),
            .rotationMissing(file: "releases.rotate.1"),
            .rotationReplaced(file: "releases.rotate.1"),
            .tooManyRotations(role: RepositoryPlan.releases, maximum: 32),
            .notResumable(file: wheelPath.string, .rangeRefused("416")),
            .notResumable(
                file: wheelPath.string, .wrongDigest(found: sha256("a"), expected: sha256("b"))),
            .notResumable(file: wheelPath.string, .wrongLength(found: 6, expected: 5)),
            .sinkRefused(file: wheelPath.string),
        ]
    }

    // MARK: the policy

    private static func policies() throws -> [ReleaseError] {
        let layout = path("in-toto-metadata/wheel.layout")
        return [
            .noSuchFile(wheelPath), .unknownFile(name: wheel, sha256: sha256("a"), offered: []),
            .unknownFile(name: wheel, sha256: sha256("a"), offered: [wheelPath.string]),
            .noPolicy(wheelPath), .noEvidence(wheelPath, layouts: ["wheel"]),
            .noEvidence(wheelPath, layouts: ["wheel", "strict"]),
            .evidenceNotPublished(path("in-toto-metadata/x/tag.12345678.link")),
            .layoutUnsigned(layout: "wheel", try count(), mayStillSign: try keys("oscar", "otto")),
            .layoutUnsigned(layout: "wheel", try count([]), mayStillSign: []),
            .layoutDoesNotGovern(layout: "weak", wheelPath),
            .policyFromWrongRole(
                layout, found: RepositoryPlan.releases, expected: RepositoryPlan.layouts),
            .layoutCount(wheelPath, found: 0), .layoutCount(wheelPath, found: 2),
            .ambiguousPath(wheelPath, layout: "wheel"),
            .parameterOfPath("version", layout: "wheel"),
            .malformedPolicy(.missing(path: "x-carnet.layouts")),
            .malformedLayout(layout: "wheel", .malformed(.missing(path: "signed.steps"))),
            .malformedLayoutKey(layout, .malformed(.missing(path: "keytype"))),
            .tooMuchEvidence(wheelPath, found: 2000, maximum: 1024), .evidenceTwice(layout),
            .offline(file: wheelPath.string),
            .storage(StorageError(path: "demo.whl", reason: "No space left on device")),
        ]
    }

    // MARK: the supply chain

    private static func layoutFaults() throws -> [SupplyChainError] {
        let (alice, bob) = (try keyID("alice"), try keyID("bob"))
        let faults: [LayoutFault] = [
            .deviates("unknown field \"stepz\""), .noSteps, .unsafeStepName("../tag"),
            .threshold(step: "wheel", found: 0), .malformedKeyID(KeyID("xyz")), .unusableKey(alice),
            .mislabelledKey(listed: alice, named: bob.text),
            .unlistedKey(step: "wheel", keyID: bob),
            .ambiguousKeyIDs(step: "wheel", alice, bob),
            .tooFewKeys(step: "wheel", found: 1, threshold: 2), .unknownProductStep("wheal"),
            .unruledProduct(step: "wheel"),
        ]
        let parameters: [ParameterFault] = [
            .name("a b"), .value(name: "version", "1/0"), .missing("version", in: "v{version}"),
            .syntax("v{version"),
        ]
        return faults.map { .layout($0) } + parameters.map { .parameter($0) }
            + [.expired(at: now, now: now.adding(days: 1))]
    }

    private static func links() throws -> [SupplyChainError] {
        let (alice, bob) = (try keyID("alice"), try keyID("bob"))
        let file = UTF8Text(Link.fileName(step: "wheel", keyID: bob))
        let missing = SupplyChainError.missingLinks(
            step: "wheel", required: 2, accepted: [alice], missing: [file])
        let reasons: [RejectedLink.Reason] = [
            .stranger, .badSignature, .unsigned, .revoked("was declared compromised on 2026-11-20"),
        ]
        let digest = { (text: String) in
            [Artifact.Digest(algorithm: "sha256", hex: UTF8Text(sha256(text)))]
        }
        let sides = (
            ArtifactDisagreement.Side(keyID: alice, file: "a.link", digests: digest("a")),
            ArtifactDisagreement.Side(keyID: bob, file: "b.link", digests: nil)
        )
        return [
            missing, .missingLinks(step: "wheel", required: 1, accepted: [], missing: [file]),
            .missingLinks(step: "wheel", required: 3, accepted: [], missing: [file]),
            .sublayout(file: file, missing), .strangers(step: "wheel", files: [file]),
            .malformedLink(file: file, .malformed(.missing(path: "signed.name"))),
            .linkDeviates(file: file, "unknown field \"x\""),
            .linkOfAnotherStep(file: file, found: "tag", expected: "wheel"),
            .nestedTooDeeply(maximum: 8),
            .disagreement(
                ArtifactDisagreement(
                    step: "wheel", list: .products, artifact: "dist/demo.whl", left: sides.0,
                    right: sides.1)),
        ]
            + reasons.map {
                .invalidLinks(
                    step: "wheel", required: 2, accepted: [alice],
                    rejected: [RejectedLink(file: file, reason: $0)])
            }
    }

    private static func rules() -> [SupplyChainError] {
        func broken(
            _ kind: ArtifactRuleViolation.Kind, _ words: [UTF8Text],
            _ list: ArtifactMatch.List, _ names: [UTF8Text], count: Int? = nil
        ) -> SupplyChainError {
            .ruleBroken(
                ArtifactRuleViolation(
                    kind, of: ArtifactRule(tokens: words)!, item: "wheel", list: list,
                    names: names, count: count))
        }
        let digest = [Artifact.Digest(algorithm: "sha256", hex: UTF8Text(sha256("b")))]
        let faults: [ProductFault] = [
            .notGiven, .withoutSHA256(name: "demo.whl"),
            .differs(name: "demo.whl", step: "wheel", found: sha256("a"), expected: digest),
            .relabelled(name: "demo.whl", step: "wheel", names: ["dist/old.whl"]),
            .unknown(name: "demo.whl", step: "wheel"),
        ]
        return [
            broken(.disallowed, ["DISALLOW", "*"], .materials, ["setup.py"]),
            broken(
                .disallowed, ["DISALLOW", "*"], .products, ["a", "b", "c", "d", "e"], count: 40),
            broken(.required, ["REQUIRE", "LICENSE"], .products, ["LICENSE"]),
            broken(
                .unmatchable, ["MATCH", "*", "IN", "src", "WITH", "PRODUCTS", "FROM", "tag"],
                .materials, ["src\\a"]),
        ] + faults.map { .product($0) }
    }

    private static func inspections() -> [SupplyChainError] {
        let failures: [InspectionFailure] = [
            .exited(status: 1), .killed(signal: 9), .timedOut(seconds: 60),
            .notStarted("No such file or directory"), .notConfined("bwrap: no permission"),
            .tooMuchOutput(maximumBytes: 1 << 20), .tooMuchWritten(maximumBytes: 4 << 30),
            .notUnderstood(argument: "-Z", program: "unzip", understood: "-d FOLDER"),
            .argumentMissing("FOLDER", program: "unzip", understood: "-d FOLDER"),
            .noSuchFile(name: "other.whl", product: "demo.whl"),
            .notUnpacked("entry \"../x\": leads out of its folder"), .productChanged,
        ]
        return [.inspectionRefused(name: "unpack", command: ["sh", "-c", "true"])]
            + failures.map { .inspectionFailed(name: "unpack", $0) }
    }

    // MARK: all of them

    private static func all() throws -> [(group: String, errors: [ReleaseError])] {
        func chain(_ errors: [SupplyChainError]) -> [ReleaseError] {
            errors.map { .supplyChain(layout: "wheel", $0) }
        }
        return [
            ("fetches", fetches().map { .update($0) }),
            ("states", try states().map { .update($0) }),
            ("policies", try policies()), ("layouts", chain(try layoutFaults())),
            ("links", chain(try links())), ("rules", chain(rules())),
            ("inspections", chain(inspections())),
        ]
    }

    private static func verdict(_ error: ReleaseError) throws -> Verdict {
        var names: [KeyID: String] = [:]
        for name in ["olga", "oscar", "otto", "alice", "bob"] { names[try keyID(name)] = name }
        var verdict = Verdict(path: wheelPath.string, repository: "demo", asOf: now)
        verdict.refusal = Refusal(error, names: NameBook(names))
        return verdict
    }

    @Test("each has one cause, somebody who can mend it and a next step", arguments: 0..<7)
    func texts(number: Int) throws {
        let (group, errors) = try Self.all()[number]
        let verdicts = try errors.map(Self.verdict)
        try expectGolden(verdicts.map(\.text).joined(separator: "\n"), "refusals/\(group)")
        for (verdict, error) in zip(verdicts, errors) {
            let text = verdict.text
            let refusal = try #require(verdict.refusal)
            #expect(text.hasPrefix("REFUSED — do not install   demo/"), "\(error)")
            #expect(!verdict.isVerified && verdict.exitCode != 0, "\(error)")
            #expect(!text.contains("VERIFIED") && !text.contains("✓"), "\(text)")
            #expect(text.split(separator: "\n").count <= 6, "\(text)")
            #expect(refusal.cause.hasSuffix("."), "\(text)")
            #expect(!refusal.remedy.isEmpty && !refusal.next.isEmpty, "\(text)")
            // What is only not there yet is no alarm.
            if refusal.kind == .absence {
                #expect(verdict.outcome == "incomplete" && !text.contains("attack"), "\(text)")
            }
        }
    }

    @Test("there are at least a hundred, and no two say the same")
    func number() throws {
        let texts = try Self.all().flatMap(\.errors).map { try Self.verdict($0).text }
        #expect(texts.count >= 100)
        #expect(Set(texts).count == texts.count)
    }
}
