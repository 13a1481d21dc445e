// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

@Suite("Signed files made to exhaust their reader", .timeLimit(.minutes(10)))
struct BombTests {
    private func read(_ signed: String, limits: JSONLimits = JSONLimits()) throws -> SignedFile {
        try SignedFile(Array(#"{"signatures":[],"signed":\#(signed)}"#.utf8), limits: limits)
    }

    private func refusal(_ signed: String, limits: JSONLimits = JSONLimits()) -> SigningError? {
        #expect(throws: SigningError.self) { try read(signed, limits: limits) }
    }

    /// Length of what stands before `signed`.
    private let lead = #"{"signatures":[],"signed":"#.utf8.count

    @Test("64 levels and no more")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            #"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
                + "}"
        }
        _ = try read(nested(62))
        let error = JSONError.tooDeep(maximum: 64, offset: lead + 5 + 62)
        #expect(refusal(nested(63)) == .malformed(error))
        #expect(refusal(nested(1 << 20)) == .malformed(error))
        #expect(error.description == "nested too deeply at byte 93, at most 64 levels expected")
    }

    @Test("as many values as allowed, however they are packed")
    func values() {
        let limits = JSONLimits(maximumValues: 10_000)
        for unit in ["0", "[]", "{}", "\"\"", "null"] {
            let list = Array(repeating: unit, count: 20_000).joined(separator: ",")
            let error = JSONError.tooManyValues(maximum: 10_000)
            #expect(refusal("{\"a\":[\(list)]}", limits: limits) == .malformed(error))
        }
    }

    @Test(
        "numbers that no integer holds, or that take long to read",
        arguments: [
            ("1e999", JSONError.fraction(offset: 0)), ("-1E+400", .fraction(offset: 0)),
            ("1.0", .fraction(offset: 0)), ("0e0", .fraction(offset: 0)),
            (String(repeating: "9", count: 4301), .malformedNumber(offset: 0)),
            (String(repeating: "9", count: 1 << 20), .malformedNumber(offset: 0)),
            (String(repeating: "0", count: 1 << 20), .malformedNumber(offset: 0)),
            ("-" + String(repeating: "-", count: 1000), .malformedNumber(offset: 0)),
        ] as [(String, JSONError)])
    func numbers(text: String, error: JSONError) {
        let offset = lead + 5
        let expected: JSONError =
            if case .fraction = error { .fraction(offset: offset) } else {
                .malformedNumber(offset: offset)
            }
        #expect(refusal("{\"a\":\(text)}") == .malformed(expected))
    }

    @Test("a hundred thousand escapes shrink in the canonical form")
    func escapes() throws {
        let count = 100_000
        let text = String(repeating: "\\u0041\\/\\ud83d\\ude00\\\"", count: count / 10)
        let file = try read("{\"a\":\"\(text)\"}")
        let letters = String(repeating: "A/\u{1F600}\\\"", count: count / 10)
        #expect(file.signed.canonicalBytes() == Array("{\"a\":\"\(letters)\"}".utf8))
    }

    @Test("tens of thousands of keys in the worst order, one of them twice")
    func keys() throws {
        let count = 30_000
        let prefix = String(repeating: "p", count: 60)
        let members = (0..<count).reversed().map { "\"\(prefix)\($0 + 100_000)\":0" }
        let file = try read("{\(members.joined(separator: ","))}")
        let canonical = "{\(members.reversed().joined(separator: ","))}"
        #expect(file.signed.canonicalBytes() == Array(canonical.utf8))
        let twice = "{\((members + [members[0]]).joined(separator: ","))}"
        let offset = lead + twice.utf8.count - members[0].utf8.count - 1
        let key = "\(prefix)\(count - 1 + 100_000)"
        #expect(refusal(twice) == .malformed(.duplicateKey(key, offset: offset)))
    }

    @Test("keys that are all escapes, so that none can be compared where it stands")
    func escapedKeys() throws {
        let count = 5000
        let members = (0..<count).reversed().map { "\"\\u006b\($0 + 10_000)\":0" }
        let file = try read("{\(members.joined(separator: ","))}")
        let sorted = (0..<count).map { "\"k\($0 + 10_000)\":0" }.joined(separator: ",")
        #expect(file.signed.canonicalBytes() == Array("{\(sorted)}".utf8))
        let twice = members.joined(separator: ",") + ",\"k10007\":0"
        let offset = lead + 1 + twice.utf8.count - 10
        #expect(refusal("{\(twice)}") == .malformed(.duplicateKey("k10007", offset: offset)))
    }

    @Test("ten thousand signatures of strangers, and the right one last")
    func signatures() throws {
        let key = try seeded(1)
        let strangers = (0..<10_000).map { #"{"keyid":"\#($0)","sig":"00"}"# }
        let own = #"{"keyid":"own","sig":"\#(hex(try key.sign(Array("{}".utf8))))"}"#
        let list = (strangers + [own]).joined(separator: ",")
        let file = try SignedFile(Array(#"{"signatures":[\#(list)],"signed":{}}"#.utf8))
        let count = file.count(by: Authority([.init(KeyID("own"), key.publicKey)], threshold: 1))
        #expect(count.accepted == [KeyID("own")])
        #expect(count.rejected.count == 10_000)
        #expect(count.rejected.allSatisfy { $0.reason == .unknownKey })
    }
}
