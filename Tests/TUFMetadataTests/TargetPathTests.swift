// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import TUFMetadata
import Testing

@Suite("Paths of target files, and patterns of them")
struct TargetPathTests {
    /// TUF 1.0.34 §4.5b: relative, with slashes between segments
    /// attack: python-tuf CVE-2021-41131: a target named ../x, a/../b or absolute
    @Test(
        "hostile and malformed paths do not exist",
        arguments: [
            "", "/", "//", "/a", "a/", "a//b", ".", "..", "./a", "a/.", "a/./b", "../a", "a/..",
            "a/../b", "a/b/../../..", "../../etc/passwd", "/etc/passwd", "\\", "a\\b", "..\\a",
            "C:\\a", "\\\\host\\a", "\0", "a\0", "a\0/b", "a\0.txt", "\n", "a\nb", "a\r", "\t",
            "\u{7F}",
            "\u{1B}[2J", "a/\u{0}", String(repeating: "a", count: 191),
            String(repeating: "\u{E9}", count: 96), "x/" + String(repeating: "a", count: 191),
            String(repeating: "a/", count: 512) + "b",
            Array(repeating: "ab", count: 342).joined(separator: "/"),
        ])
    func hostile(_ text: String) { #expect(TargetPath(UTF8Text(text)) == nil) }

    @Test(
        "unusual paths that are safe",
        arguments: [
            "a", "a/b/c", "...", "a/...", "..a", "a..", ".hidden", "a/..b/c", "-", "~", "~root",
            "a b", " ",
            "%2e%2e/a", "%2F", "C:", "a:b", "a*", "?", "[", "\u{E9}", "e\u{301}", "\u{301}",
            "a/\u{301}b",
            "\u{85}", "\u{202E}", "\u{2028}", "\u{1F600}", "$(id)", "`id`", "a;b", "con",
            "a\u{2215}b",
            "\u{FF0E}\u{FF0E}/a", String(repeating: "a", count: 190),
            String(repeating: "a/", count: 511) + "bc",
        ])
    func safe(_ text: String) throws {
        let path = try #require(TargetPath(UTF8Text(text)))
        #expect(path.text == UTF8Text(text))
        let parts = path.directory.isEmpty ? path.fileName : "\(path.directory)/\(path.fileName)"
        #expect(UTF8Text(parts) == UTF8Text(text))
        #expect(!path.fileName.utf8.contains(UInt8(ascii: "/")))
        let digest = String(repeating: "a", count: 64)
        let name = path.path(withHash: digest).utf8.split(separator: UInt8(ascii: "/")).last
        #expect(try #require(name).count <= 255)
        #expect(!"\(path)".unicodeScalars.contains { $0.properties.generalCategory == .format })
    }

    /// TUF 1.0.34 §5.7.3c: the digest before the last segment
    @Test(
        "the digest goes before the last segment, and a URL encodes each segment",
        arguments: [
            ("a", "D.a", "a", "D.a"), ("a/b.c", "a/D.b.c", "a/b.c", "a/D.b.c"),
            ("x/y/z w", "x/y/D.z w", "x/y/z%20w", "x/y/D.z%20w"),
            ("é/%41?#", "é/D.%41?#", "%C3%A9/%2541%3F%23", "%C3%A9/D.%2541%3F%23"),
            ("a+b&c=d;e", "D.a+b&c=d;e", "a%2Bb%26c%3Dd%3Be", "D.a%2Bb%26c%3Dd%3Be"),
            ("a/\u{301}b", "a/D.\u{301}b", "a/%CC%81b", "a/D.%CC%81b"),
            ("~_-.9", "D.~_-.9", "~_-.9", "D.~_-.9"),
        ])
    func locations(text: String, hashed: String, url: String, hashedURL: String) throws {
        let path = try path(UTF8Text(text))
        #expect(path.path(withHash: nil) == text)
        #expect(UTF8Text(path.path(withHash: "D")) == UTF8Text(hashed))
        #expect(path.urlPath(withHash: nil) == url)
        #expect(path.urlPath(withHash: "D") == hashedURL)
    }

    @Test("paths are compared and ordered by bytes")
    func identity() throws {
        let (composed, decomposed) = (try path("\u{E9}"), try path("e\u{301}"))
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(try path("\u{FF5E}") < path("\u{1F600}"))
        #expect(try path("Z") < path("a"))
    }

    /// TUF 1.0.34 §4.5i: those of a shell
    @Test("patterns, as python-tuf's DelegatedRole reads them")
    func patternVectors() throws {
        let rows = try delegationVectors("patterns")
        #expect(rows.count > 300)
        for row in rows {
            let pattern = PathPattern(try #require(row[0].text))
            let target = try path(try #require(row[1].text))
            #expect(pattern.matches(target) == (row[2] == true), "\(row[0]) with \(row[1])")
        }
    }

    /// TUF 1.0.34 §4.5j: no wildcard matches a slash
    /// attack: python-tuf GHSA-qp9x: README.MD against patterns
    @Test("a wildcard does not cross a slash, and case counts")
    func slashes() throws {
        #expect(try PathPattern("*/*").matches(path("a/b")))
        #expect(try !PathPattern("*").matches(path("a/b")))
        #expect(try !PathPattern("a?b").matches(path("a/b")))
        #expect(try !PathPattern("*.md").matches(path("README.MD")))
        #expect(PathPattern("\u{E9}") != PathPattern("e\u{301}"))
    }

    @Test("a segment that begins with a combining mark stays what it is")
    func combining() throws {
        #expect(try PathPattern("a/\u{301}b").matches(path("a/\u{301}b")))
        #expect(try PathPattern("*/?b").matches(path("a/\u{301}b")))
        #expect(try !PathPattern("*/b").matches(path("a/\u{301}b")))
        #expect(try path("a/\u{301}b").fileName.unicodeScalars.first == "\u{301}")
    }

    @Test("a pattern that asks for ever more backtracking comes to an end")
    func pathological() throws {
        let text = String(repeating: "a", count: 190)
        let pattern = PathPattern(UTF8Text(String(repeating: "*a", count: 60) + "*b"))
        #expect(try !pattern.matches(path(UTF8Text(text))))
    }
}

@Suite("Patterns of whole segments")
struct PlainPatternTests {
    /// What each pattern says, segment by segment.
    private func matches(_ pattern: String, _ path: String) -> Bool {
        let patterns = pattern.split(separator: "/", omittingEmptySubsequences: false)
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        return patterns.count == segments.count
            && zip(patterns, segments).allSatisfy {
                Wildcard(UTF8Text(String($0))).matches(UTF8Text(String($1)))
            }
    }

    @Test("match what their segments match, one for one")
    func segments() throws {
        let patterns = [
            "", "*", "**", "*/*", "a", "a/*", "*/a", "*/b/*", "a/**/c", "a/", "/a", "a//b", "*/",
            "/*",
            "a*/b", "*a/b", "a/b*", "a/?", "a/[b]", "a/]", "a\\/b", "a/b", "ab/*", "*/*/*",
        ]
        let paths = [
            "a", "b", "ab", "a/b", "a/bc", "b/a", "ab/b", "a/b/c", "b/b/a", "a/]", "a/b/c/d", "*/*",
        ]
        for pattern in patterns {
            for text in paths {
                let expected = matches(pattern, text)
                #expect(
                    try PathPattern(UTF8Text(pattern)).matches(path(UTF8Text(text))) == expected,
                    "\(pattern) \(text)")
            }
        }
    }
}
