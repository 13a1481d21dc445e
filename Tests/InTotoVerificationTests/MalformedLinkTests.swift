// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Testing

@Suite("in-toto 1.0 §4.4: files that are no link of their step")
struct MalformedLinkTests {
    @Test("a link of another step is refused", arguments: Container.allCases)
    func linkOfAnotherStep(container: Container) async throws {
        var chain = try TestChain()
        let file = chain.alice.file("tag")
        chain.files[file] = try container.file(chain.build.json, by: [chain.alice])
        #expect(
            try await chain.refusal()
                == .linkOfAnotherStep(file: file, found: "build", expected: "tag"))
    }

    @Test("a member that Python would drop or fill in is refused, but in DSSE")
    func deviation() async throws {
        for container in Container.allCases {
            for json in [
                try TestChain().tag.json.with("x", 1),
                try TestChain().tag.json.with("environment", nil),
            ] {
                var chain = try TestChain()
                let file = chain.alice.file("tag")
                chain.files[file] = try container.file(json, by: [chain.alice])
                let refusal = try await chain.refusal()
                guard container == .metablock else {
                    #expect(refusal == nil)
                    continue
                }
                guard case .linkDeviates(file, _) = refusal else {
                    Issue.record("\(json) is taken")
                    return
                }
            }
        }
    }

    @Test(
        "a functionary's file that is no link is refused, whoever signed it",
        arguments: ["", "{", "[]", "{}", "{\"signed\":{},\"signatures\":[]}"])
    func malformed(text: String) async throws {
        var chain = try TestChain()
        chain.listed = [chain.alice, chain.bob, chain.carol]
        chain.steps[0] = step("tag", chain.listed)
        chain.files[chain.carol.file("tag")] = Array(text.utf8)
        guard case .malformedLink(let file, _) = try await chain.refusal() else {
            Issue.record("taken")
            return
        }
        #expect(file == chain.carol.file("tag"))
    }

    @Test("a type that is neither link nor layout, or malformed and badly signed, is refused")
    func shapes() async throws {
        var chain = try TestChain()
        for json in [chain.tag.json.with("_type", "x"), chain.tag.json.with("products", "x")] {
            for signer in [chain.alice, chain.mallory] {
                chain.files[chain.alice.file("tag")] =
                    try Container.metablock.file(json, by: [signer])
                guard case .malformedLink = try await chain.refusal() else {
                    Issue.record("taken")
                    return
                }
            }
        }
    }

    @Test("a large file that nobody vouches for is refused before it is looked at closely")
    func largeUnsigned() async throws {
        var chain = try TestChain()
        let padding = UTF8Text(String(repeating: "x", count: 1 << 20))
        let json = chain.tag.json.with("byproducts", ["stdout": .string(padding)])
        chain.files[chain.alice.file("tag")] =
            try Container.metablock.file(json, by: [chain.mallory])
        guard case .malformedLink(_, .malformed(.tooLarge)) = try await chain.refusal() else {
            Issue.record("taken, or looked at")
            return
        }
    }

    @Test("another payload type is refused")
    func payloadType() async throws {
        var chain = try TestChain()
        let file = chain.alice.file("tag")
        chain.files[file] = try Envelope.bytes(
            signing: chain.tag.json.compactBytes(), payloadType: "application/json",
            with: [(chain.alice.id, chain.alice.key)])
        #expect(
            try await chain.refusal()
                == .malformedLink(
                    file: file,
                    .payloadType(
                        found: "application/json", expected: InTotoFile.payloadType.string)))
    }
}
