// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

@Suite("Texts in the order of their bytes")
struct ByteOrderTests {
    @Test(
        "as each would be sorted by itself, equal ones in their own order",
        arguments: [
            [], ["a"], ["b", "a"], ["a", "a", ""], ["", ""],
            ["bin-0a", "bin-09", "bin-1", "bin-", "bin"],
            ["same beginning 12345678x", "same beginning 12345678", "same beginning 1234567\u{0}"],
            ["\u{e9}", "e\u{301}", "e", "z", "\u{1F600}", "\u{FFFD}"],
            ["x\u{0}", "x", "x\u{0}\u{0}"],
        ])
    func few(texts: [String]) { check(texts.map { UTF8Text($0) }) }

    @Test("very many")
    func many() {
        var state: UInt64 = 1
        let texts = (0..<5000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return UTF8Text("role-\(String(state >> 50, radix: 16))")
        }
        check(texts)
    }

    private func check(_ texts: [UTF8Text]) {
        let expected = texts.indices.sorted {
            let (left, right) = (Array(texts[$0].utf8), Array(texts[$1].utf8))
            return left == right ? $0 < $1 : left.lexicographicallyPrecedes(right)
        }
        #expect(numbersInByteOrder(texts) == expected)
    }
}
