// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

@Suite("Wildcards, as Python's fnmatch.fnmatchcase reads them")
struct WildcardTests {
    @Test("vectors written by Python")
    func vectors() throws {
        let rows = try table("wildcards.txt")
        #expect(rows.count > 400)
        for row in rows {
            let pattern = try text(row[0])
            let candidate = try text(row[1])
            let expected = row[2] == Array("yes".utf8)
            let wildcard = Wildcard(pattern)
            let words = "\(quoted(pattern)) with \(quoted(candidate))"
            #expect(wildcard.matches(candidate) == expected, "\(words)")
            #expect(wildcard.matches(Substring(candidate.string)) == expected, "\(words)")
        }
    }

    @Test("a pattern that asks for ever more backtracking comes to an end")
    func pathological() {
        let length = 20_000
        let text = String(repeating: "a", count: length)
        let stars = Wildcard(UTF8Text(String(repeating: "*a", count: 200) + "*b"))
        #expect(!stars.matches(UTF8Text(text)))
        #expect(stars.matches(UTF8Text(text + "b")))
        let pairs = Wildcard(UTF8Text(String(repeating: "a*", count: 200) + "b"))
        #expect(!pairs.matches(UTF8Text(text)))
        let sets = Wildcard(UTF8Text(String(repeating: "*[a-z]?", count: 100) + "!"))
        #expect(!sets.matches(UTF8Text(text)))
        let many = Wildcard(UTF8Text(String(repeating: "*", count: length)))
        #expect(many.matches(UTF8Text(text)))
    }

    @Test(
        "a literal pattern matches itself alone, byte by byte",
        arguments: ["", "a", "a/b.c", "[", "a]", "!", "\\", "\u{E9}", "e\u{301}", "\r\n"])
    func literals(_ pattern: String) {
        let wildcard = Wildcard(UTF8Text(pattern))
        #expect(wildcard.isLiteral)
        #expect(wildcard.matches(UTF8Text(pattern)))
        #expect(!wildcard.matches(UTF8Text(pattern + "x")))
    }

    @Test("a precomposed and a decomposed name are two names")
    func unicode() {
        let decomposed: UTF8Text = "e\u{301}"
        #expect(!Wildcard("\u{E9}").matches(decomposed))
        #expect(!Wildcard("e*").matches("\u{E9}" as UTF8Text))
        #expect(Wildcard("e*").matches(decomposed))
        #expect(Wildcard("\u{E9}") != Wildcard("e\u{301}"))
    }

    @Test("patterns with a wildcard are not literal", arguments: ["*", "?", "[a]", "a*", "[*]"])
    func notLiteral(_ pattern: String) { #expect(!Wildcard(UTF8Text(pattern)).isLiteral) }

    @Test("a match may begin in the middle of a longer text")
    func substring() {
        let path = "releases/app-1.0.tar"
        #expect(Wildcard("app-*").matches(path.dropFirst(9)))
        #expect(!Wildcard("releases*").matches(path.dropFirst(9)))
        #expect(!Wildcard("app-1.0").matches(path.dropFirst(9)))
    }
}
