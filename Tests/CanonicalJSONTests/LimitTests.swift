// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

@Suite("Limits of a document")
struct LimitTests {
    private func nested(_ depth: Int, _ open: String, _ close: String) -> String {
        String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
    }

    @Test("as many levels as allowed, and not one more", arguments: [1, 2, 64])
    func depth(_ maximum: Int) throws {
        let limits = JSONLimits(maximumDepth: maximum)
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            let levels = open.hasPrefix("[{") ? maximum / 2 : maximum
            _ = try parse(nested(levels, open, close), limits: limits)
        }
        Refusal(nested(maximum + 1, "[", "]"), .tooDeep(maximum: maximum, offset: maximum))
            .check(limits: limits)
        Refusal(
            nested(maximum + 1, "{\"a\":", "}"), .tooDeep(maximum: maximum, offset: maximum * 5)
        ).check(limits: limits)
    }

    @Test("a million open brackets are refused at the limit, not at the end of the stack")
    func depthBomb() {
        Refusal(String(repeating: "[", count: 1 << 20), .tooDeep(maximum: 64, offset: 64)).check()
        Refusal(String(repeating: "{\"a\":", count: 1 << 18), .tooDeep(maximum: 64, offset: 320))
            .check()
    }

    @Test("siblings do not add to the depth")
    func siblings() throws {
        let text = "[" + Array(repeating: "[[]]", count: 100).joined(separator: ",") + "]"
        _ = try parse(text, limits: JSONLimits(maximumDepth: 3))
    }

    @Test("as many values and keys as allowed, and not one more")
    func values() throws {
        // The object, three keys, three values, and one element.
        let text = #"{"a":1,"b":"x","c":[null]}"#
        _ = try parse(text, limits: JSONLimits(maximumValues: 8))
        for maximum in 0..<8 {
            Refusal(text, .tooManyValues(maximum: maximum))
                .check(limits: JSONLimits(maximumValues: maximum))
        }
    }

    @Test("as many bytes as allowed, and not one more")
    func bytes() throws {
        _ = try parse("[10]", limits: JSONLimits(maximumBytes: 4))
        Refusal("[10]", .tooLarge(bytes: 4, maximum: 3)).check(limits: JSONLimits(maximumBytes: 3))
        Refusal("[10] ", .tooLarge(bytes: 5, maximum: 4)).check(limits: JSONLimits(maximumBytes: 4))
    }

    @Test("an offset always fits the node list, whatever limit is asked for")
    func hugeLimit() {
        #expect(JSONLimits(maximumBytes: Int.max).maximumBytes < Int(UInt32.max))
    }

    @Test("integers keep all their digits, up to 4300 of them")
    func digits() throws {
        let longest = "-" + String(repeating: "9", count: 4300)
        let root = try parse(longest).root
        #expect(root.canonicalBytes() == Array(longest.utf8))
        #expect(throws: JSONError.self) { try root.integer() }
    }
}
