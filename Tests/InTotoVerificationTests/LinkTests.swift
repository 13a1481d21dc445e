// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Testing

@Suite("in-toto 1.0 §5.2: links, signatures and thresholds")
struct LinkTests {
    /// A chain whose step `tag` needs two of alice, bob and carol; alice's link is there.
    private func twoOfThree() throws -> TestChain {
        var chain = try TestChain()
        chain.listed = [chain.alice, chain.bob, chain.carol]
        chain.steps[0] = step("tag", chain.listed, threshold: 2)
        return chain
    }

    @Test("the report tells who did what")
    func report() async throws {
        var chain = try twoOfThree()
        try chain.add(
            link("tag", products: ["src": "source"], command: ["git", "tag"]), by: chain.bob,
            .envelope)
        try chain.add(link("tag", products: ["src": "evil"]), by: chain.mallory)
        let report = try await chain.verify()
        #expect(report.layoutSigners == [chain.owner.id] && report.expires == chain.expires)
        #expect(report.product == "dist/demo.whl")
        #expect(report.steps.map(\.name) == ["tag", "build"])
        let tag = report.steps[0]
        #expect(tag.threshold == 2 && tag.distinctKeys == 2)
        #expect(tag.accepted.map(\.keyID) == [chain.alice.id, chain.bob.id])
        let file = chain.bob.file("tag")
        #expect(tag.accepted[1].file == file && tag.accepted[1].command == ["git", "tag"])
        let bytes = try #require(chain.files[file])
        #expect(tag.accepted[1].sha256 == DigestAlgorithm.sha256.hexDigest(of: bytes))
        #expect(
            tag.rejected == [RejectedLink(file: chain.mallory.file("tag"), reason: .stranger)])
        #expect(tag.materials == 0 && tag.products == 1)
        let build = report.steps[1]
        #expect(build.materialRules.map(\.consumed) == [1, 0])
        #expect(build.productRules.map(\.consumed) == [1, 0])
    }

    @Test("containers mix", arguments: Container.allCases, Container.allCases)
    func containers(layout: Container, link: Container) async throws {
        var chain = try TestChain()
        chain.container = layout
        try chain.add(chain.tag, by: chain.alice, link)
        #expect(try await chain.refusal() == nil)
    }

    @Test("too few links are an absence, and the files that would do are named")
    func absence() async throws {
        var chain = try twoOfThree()
        let refusal = try await chain.refusal()
        #expect(
            refusal
                == .missingLinks(
                    step: "tag", required: 2, accepted: [chain.alice.id],
                    missing: [chain.bob.file("tag"), chain.carol.file("tag")]))
        #expect(refusal?.isAbsence == true)
        chain.files = [:]
        #expect(try await chain.refusal()?.isAbsence == true)
    }

    @Test("an absence is told only if nothing at hand contradicts")
    func contradictionFirst() async throws {
        let chain = try twoOfThree()
        var disagreeing = chain
        disagreeing.steps[0] = step("tag", chain.listed, threshold: 3)
        try disagreeing.add(link("tag", products: ["src": "other"]), by: chain.bob)
        guard case .disagreement = try await disagreeing.refusal() else {
            Issue.record("two of three disagree")
            return
        }
        var later = chain
        later.files[chain.alice.file("build")] = [0x7B]
        guard case .malformedLink = try await later.refusal() else {
            Issue.record("a later step's link is broken")
            return
        }
        var broken = chain
        try broken.add(link("build", materials: ["x": "x"]), by: chain.alice)
        guard case .ruleBroken = try await broken.refusal() else {
            Issue.record("a rule is broken whoever else signs")
            return
        }
        var other = chain
        other.product = Product(path: "demo.whl", digests: [.sha256: sha256("other")])
        guard case .product(.differs) = try await other.refusal() else {
            Issue.record("the product is not the one built")
            return
        }
    }

    @Test("rules that need absent links are not applied before those are there")
    func rulesWait() async throws {
        var chain = try TestChain()
        chain.files[chain.alice.file("tag")] = nil
        #expect(try await chain.refusal()?.isAbsence == true)
    }

    @Test("only links by strangers are a reason of their own, not an absence")
    func strangers() async throws {
        var chain = try TestChain()
        chain.files[chain.alice.file("tag")] = nil
        try chain.add(chain.tag, by: chain.mallory)
        let named = try await chain.refusal()
        #expect(named == .strangers(step: "tag", files: [chain.mallory.file("tag")]))
        #expect(named?.isAbsence == false)
        chain.files[chain.alice.file("tag")] =
            try Container.metablock.file(chain.tag.json, by: [chain.mallory])
        #expect(
            try await chain.refusal()
                == .strangers(
                    step: "tag", files: [chain.alice.file("tag"), chain.mallory.file("tag")]))
    }

    @Test("a stranger's file is never opened")
    func strangerUnopened() async throws {
        var chain = try TestChain()
        chain.files[chain.mallory.file("tag")] = [0xFF]
        #expect(try await chain.refusal() == nil)
    }

    @Test("a functionary of one step is a stranger to another")
    func otherStep() async throws {
        var chain = try TestChain()
        chain.listed = [chain.alice, chain.bob]
        chain.steps[0] = step("tag", [chain.bob])
        #expect(
            try await chain.refusal()
                == .strangers(step: "tag", files: [chain.alice.file("tag")]))
    }

    @Test("a wrong signature is no absence, and does not count")
    func badSignature() async throws {
        var chain = try twoOfThree()
        let forged = try Functionary("mallory", id: chain.bob.id)
        chain.files[chain.bob.file("tag")] =
            try Container.metablock.file(chain.tag.json, by: [forged])
        let rejected = RejectedLink(file: chain.bob.file("tag"), reason: .badSignature)
        let refusal = try await chain.refusal()
        #expect(
            refusal
                == .invalidLinks(
                    step: "tag", required: 2, accepted: [chain.alice.id], rejected: [rejected]))
        #expect(refusal?.isAbsence == false)
        try chain.add(chain.tag, by: chain.carol)
        #expect(try await chain.verify().steps[0].rejected == [rejected])
    }

    @Test("a link without signatures does not count", arguments: Container.allCases)
    func unsigned(container: Container) async throws {
        var chain = try TestChain()
        let file = chain.alice.file("tag")
        chain.files[file] = try container.file(chain.tag.json, by: [])
        #expect(
            try await chain.refusal()
                == .invalidLinks(
                    step: "tag", required: 1, accepted: [],
                    rejected: [RejectedLink(file: file, reason: .unsigned)]))
    }

    @Test("one key under two ids counts once")
    func oneKeyTwice() async throws {
        var chain = try twoOfThree()
        let twin = try chain.alice.underLegacyID
        chain.listed.append(twin)
        chain.steps[0] = step("tag", [chain.alice, twin, chain.bob], threshold: 2)
        try chain.add(chain.tag, by: twin)
        #expect(
            try await chain.refusal()
                == .missingLinks(
                    step: "tag", required: 2, accepted: [chain.alice.id, twin.id],
                    missing: [chain.bob.file("tag")]))
        try chain.add(chain.tag, by: chain.bob)
        #expect(try await chain.verify().steps[0].distinctKeys == 2)
    }

    @Test("a signature under the key's id in the other tradition counts")
    func otherTradition() async throws {
        var chain = try TestChain()
        chain.files[chain.alice.file("tag")] =
            try Container.metablock.file(chain.tag.json, by: [chain.alice.underLegacyID])
        #expect(try await chain.verify().steps[0].accepted[0].keyID == chain.alice.id)
    }

    @Test("links that disagree are refused, at threshold 1 as well", arguments: [1, 2])
    func disagreement(threshold: Int) async throws {
        var chain = try TestChain()
        chain.listed = [chain.alice, chain.bob]
        chain.steps[0] = step("tag", chain.listed, threshold: threshold)
        func side(_ functionary: Functionary, _ content: String?) -> ArtifactDisagreement.Side {
            .init(
                keyID: functionary.id, file: functionary.file("tag"),
                digests: content.map { artifacts(["": $0])[0].digests })
        }
        for (contents, name, left, right) in [
            (["src": "other"], "src", "source", "other"),
            (["src": "source", "x": "x"], "x", nil, "x"), ([:], "src", "source", nil),
            (["a": "a"], "a", nil, "a"),
        ] as [([UTF8Text: String], UTF8Text, String?, String?)] {
            try chain.add(link("tag", products: contents), by: chain.bob)
            let refusal = try await chain.refusal()
            #expect(
                refusal
                    == .disagreement(
                        ArtifactDisagreement(
                            step: "tag", list: .products, artifact: name,
                            left: side(chain.alice, left), right: side(chain.bob, right))))
            #expect(refusal?.isAbsence == false)
        }
    }

    @Test("commands, byproducts and environment may differ; a strange command is a warning")
    func commands() async throws {
        var chain = try TestChain()
        chain.listed = [chain.alice, chain.bob]
        chain.steps[0] = step("tag", chain.listed, threshold: 2, command: ["git", "tag"])
        try chain.add(
            link("tag", products: ["src": "source"], command: ["git", "tag"]), by: chain.alice)
        try chain.add(
            link("tag", products: ["src": "source"], command: ["cat"]), by: chain.bob)
        let report = try await chain.verify()
        #expect(
            report.steps[0].warnings == [
                .command(file: chain.bob.file("tag"), found: ["cat"], expected: ["git", "tag"])
            ])
        #expect(report.steps[1].warnings == [])
    }

    @Test("names in composed and in decomposed form are two steps and two files")
    func evidenceNames() async throws {
        var chain = try TestChain()
        let good = chain.files[chain.alice.file("tag")]
        chain.files = [
            chain.alice.file("tag"): try #require(good),
            chain.alice.file("caf\u{E9}"): [], chain.alice.file("cafe\u{301}"): [],
        ]
        #expect(chain.files.count == 3)
        #expect(try await chain.refusal()?.isAbsence == true)
    }
}
