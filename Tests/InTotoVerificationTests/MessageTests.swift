// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Testing

@Suite("Refusals in words")
struct MessageTests {
    static let key = KeyID("776a00e2aabbccdd")
    static let other = KeyID("776a00e2ffffffff")
    static let digests = [Artifact.Digest(algorithm: "sha256", hex: "ab12")]

    static let lines: [(SupplyChainError, String)] = [
        (.layout(.noSteps), "layout: no step found, at least one expected"),
        (.layout(.deviates("unknown member \"x\"")), "layout: unknown member \"x\""),
        (
            .layout(.unsafeStepName("a/\nb")),
            "layout: step name \"a/\\u{a}b\" found, "
                + "letters, digits, '.', '_', '+' and '-' expected"
        ),
        (
            .layout(.threshold(step: "tag", found: 0)),
            "layout: step tag: threshold 0 found, 1 or more expected"
        ),
        (
            .layout(.malformedKeyID(KeyID("x\u{202E}"))),
            "layout: key id \"x\\u{202e}\" found, at least 8 hexadecimal digits expected"
        ),
        (.layout(.unusableKey(key)), "layout: key 776a00e2 cannot be used"),
        (
            .layout(.mislabelledKey(listed: key, named: "00")),
            "layout: key 776a00e2 names itself \"00\""
        ),
        (
            .layout(.unlistedKey(step: "tag", keyID: key)),
            "layout: step tag: key 776a00e2 is not among the layout's usable keys"
        ),
        (
            .layout(.ambiguousKeyIDs(step: "tag", key, other)),
            "layout: step tag: keys \"776a00e2aabbccdd\" and \"776a00e2ffffffff\" "
                + "share the name of a link"
        ),
        (
            .layout(.tooFewKeys(step: "tag", found: 1, threshold: 2)),
            "layout: step tag: 1 different key found, 2 needed"
        ),
        (
            .layout(.unknownProductStep("x y")),
            "layout: no step \"x y\" to have made the product"
        ),
        (
            .layout(.unruledProduct(step: "build")),
            "layout: no rule for the products of step build, at least one expected"
        ),
        (
            .expired(at: TestChain.now, now: TestChain.now.adding(days: 1)),
            "layout: expired at 2026-11-22T12:00:00Z, it is 2026-11-23T12:00:00Z"
        ),
        (
            .parameter(.missing("version", in: "{version}")),
            "parameter version not given, needed for \"{version}\""
        ),
        (
            .malformedLink(file: "tag.776a00e2.link", .malformed(.truncated)),
            "tag.776a00e2.link: JSON ends too early"
        ),
        (
            .linkDeviates(file: "tag.776a00e2.link", "member \"environment\" missing"),
            "tag.776a00e2.link: member \"environment\" missing"
        ),
        (
            .linkOfAnotherStep(file: "tag.776a00e2.link", found: "b\u{7}", expected: "tag"),
            "tag.776a00e2.link: link of step \"b\\u{7}\" found, \"tag\" expected"
        ),
        (
            .missingLinks(
                step: "tag", required: 2, accepted: [key], missing: ["tag.1.link", "tag.2.link"]),
            "step tag: links by 1 of the 2 keys required, missing tag.1.link, tag.2.link"
        ),
        (
            .strangers(step: "tag", files: ["tag.\u{1B}.link"]),
            "step tag: only links by keys the layout does not allow, \"tag.\\u{1b}.link\""
        ),
        (
            .invalidLinks(
                step: "tag", required: 1, accepted: [],
                rejected: [
                    RejectedLink(file: "a", reason: .badSignature),
                    RejectedLink(file: "b", reason: .unsigned),
                    RejectedLink(file: "c", reason: .stranger),
                ]),
            "step tag: links by 0 of the 1 key required, a does not match its signature, "
                + "b is not signed, c signed by a key the layout does not allow"
        ),
        (
            .disagreement(
                ArtifactDisagreement(
                    step: "build", list: .products, artifact: "x y",
                    left: .init(keyID: key, file: "a", digests: digests),
                    right: .init(keyID: other, file: "b", digests: nil))),
            "step build: products: \"x y\" is sha256 ab12 in a, not in b"
        ),
        (
            .sublayout(file: "a.link", .nestedTooDeeply(maximum: 8)),
            "sublayout a.link: nested too deeply, at most 8 levels expected"
        ),
        (
            .ruleBroken(
                ArtifactRuleViolation(
                    .required, of: rule("REQUIRE a"), item: "build", list: .materials,
                    names: ["a"])),
            "build: materials: \"REQUIRE a\" does not find its file"
        ),
        (
            .product(.differs(name: "a", step: "build", found: "00", expected: digests)),
            "a: sha256 00 found, sha256 ab12 made by step build"
        ),
        (
            .product(.relabelled(name: "a", step: "build", names: ["dist/b"])),
            "a: made by step build as dist/b"
        ),
        (.product(.unknown(name: "a", step: "build")), "a: not made by step build"),
        (.product(.withoutSHA256(name: "a")), "a: no SHA-256 given"),
        (
            .inspectionRefused(name: "look", command: ["rm", "-rf", "\u{0}"]),
            "inspection look: command \"rm -rf \\u{0}\" is not allowed"
        ),
        (
            .inspectionFailed(name: "look", .timedOut(seconds: 10)),
            "inspection look: not done after 10 seconds"
        ),
        (
            .inspectionFailed(name: "look", .exited(status: 1)),
            "inspection look: exit status 1 found, 0 expected"
        ),
        (
            .inspectionFailed(name: "look", .notStarted("no\nsuch file")),
            "inspection look: not started, \"no\\u{a}such file\""
        ),
    ]

    @Test("each is one line: what, found, expected", arguments: lines)
    func line(error: SupplyChainError, words: String) {
        #expect("\(error)" == words)
    }

    @Test("only missing links are an absence, at whatever depth", arguments: lines.map(\.0))
    func absence(error: SupplyChainError) {
        var isMissing = false
        if case .missingLinks = error { isMissing = true }
        #expect(error.isAbsence == isMissing)
        #expect(SupplyChainError.sublayout(file: "x", error).isAbsence == isMissing)
    }

    @Test("a strange command is told in words")
    func warning() {
        let warning = StepWarning.command(file: "a.link", found: ["cat"], expected: ["git", "tag"])
        #expect("\(warning)" == "a.link: command \"cat\" found, \"git tag\" expected")
    }
}
