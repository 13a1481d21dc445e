// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import MetadataSigning
import Testing

@Suite("Links that are made to do harm")
struct HostileLinkTests {
    private func refusal(_ bytes: [UInt8]) async throws -> SupplyChainError? {
        var chain = try TestChain()
        chain.files[chain.alice.file("tag")] = bytes
        return try await chain.refusal()
    }

    @Test("a link that ends early is malformed, wherever it ends", arguments: Container.allCases)
    func truncated(container: Container) async throws {
        let chain = try TestChain()
        let whole = try container.file(chain.tag.json, by: [chain.alice])
        for length in 0..<whole.count {
            guard case .malformedLink = try await refusal(Array(whole.prefix(length))) else {
                Issue.record("\(length) bytes of \(whole.count) are taken")
                return
            }
        }
        #expect(try await refusal(whole) == nil)
    }

    @Test("a link with one bit changed is never a link of the step", arguments: Container.allCases)
    func flipped(container: Container) async throws {
        let chain = try TestChain()
        let whole = try container.file(chain.tag.json, by: [chain.alice])
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 1 << UInt8(index % 8)
            // The digits of a signature are the same in capitals.
            if index % 8 == 5, (0x41...0x46).contains(bytes[index]) { continue }
            switch try await refusal(bytes) {
            case .malformedLink, .invalidLinks, .strangers: break
            case let other: Issue.record("byte \(index): \(String(describing: other))")
            }
        }
    }

    @Test("a name that is not UTF-8 is malformed")
    func notUTF8() async throws {
        for name in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0xAF]] as [[UInt8]] {
            let hex = String(repeating: "0", count: 64)
            let bytes =
                Array(#"{"signatures":[],"signed":{"_type":"link","materials":{"a"#.utf8) + name
                + Array(#"":{"sha256":"\#(hex)"}}}}"#.utf8)
            guard case .malformedLink(_, .malformed(.invalidUTF8)) = try await refusal(bytes)
            else {
                Issue.record("\(name) is taken")
                return
            }
        }
    }

    @Test("a hundred thousand signatures do no more than the one that counts")
    func manySignatures() async throws {
        let chain = try TestChain()
        let signed = chain.tag.json
        let file = try JSONDocument(Container.metablock.file(signed, by: [chain.alice])).root.tree()
        let good = try #require(file["signatures"]?.elements)
        var signatures: [JSON] = []
        for number in 0..<100_000 {
            let id = String(number + 1 << 20, radix: 16)
            signatures.append(["keyid": .text("\(id)\(id)"), "sig": "00"])
        }
        let many: JSON = ["signatures": .array(signatures + good), "signed": signed]
        #expect(try await refusal(many.compactBytes()) == nil)
        let strangers: JSON = ["signatures": .array(signatures), "signed": signed]
        guard
            case .malformedLink(_, .malformed(.tooLarge)) = try await refusal(
                strangers.compactBytes())
        else {
            Issue.record("what nobody vouches for is taken, or looked at")
            return
        }
        let twice: JSON = ["signatures": .array(good + good), "signed": signed]
        #expect(
            try await refusal(twice.compactBytes())
                == .malformedLink(
                    file: chain.alice.file("tag"), .duplicateSignature(chain.alice.id)))
    }

    @Test("more values than a link of a million artifacts has are refused at once")
    func manyValues() async throws {
        var bytes = Array(#"{"signatures":[],"signed":{"_type":"link","x":["#.utf8)
        bytes += String(repeating: "0,", count: 9 << 20).utf8
        bytes += "0]}}".utf8
        guard case .malformedLink(_, .malformed(.tooManyValues)) = try await refusal(bytes) else {
            Issue.record("taken")
            return
        }
    }

    @Test("folders of folders of values are refused at the depth where no link goes")
    func deep() async throws {
        let depth = 100_000
        let bytes =
            Array(#"{"signatures":[],"signed":"#.utf8)
            + Array(repeating: UInt8(ascii: "["), count: depth)
        guard case .malformedLink(_, .malformed(.tooDeep)) = try await refusal(bytes) else {
            Issue.record("taken")
            return
        }
    }

    @Test("a layout in its own folder, and so on, is followed as far as the levels go")
    func cycle() async throws {
        var chain = try TestChain()
        chain.steps[1] = step("build", [chain.alice])
        let inner = chain.layout([step("build", [chain.alice])], keys: [chain.alice])
        let file = try Container.metablock.file(inner.json, by: [chain.alice])
        var folder = ""
        for _ in 0..<40 {
            chain.files[UTF8Text("\(folder)\(chain.alice.file("build"))")] = file
            folder += chain.alice.folder("build")
        }
        var refusal = try await chain.refusal()
        var levels = 0
        while case .sublayout(_, let inner) = refusal {
            refusal = inner
            levels += 1
        }
        #expect(refusal == .nestedTooDeeply(maximum: 8))
        #expect(levels == 9)
    }
}
