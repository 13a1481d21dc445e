// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoRecording
import Testing

@Suite("Exclude patterns of in-toto 3.1.0 (pathspec, gitwildmatch)")
struct ExcludePatternsTests {
    @Test("a pattern excludes what pathspec excludes", arguments: excludeCases)
    func asPathspec(_ example: ExcludeCase) throws {
        let patterns = try ExcludePatterns(example.patterns)
        let excluded = excludePaths.filter { patterns.excludes(UTF8Text($0)) }
        #expect(excluded.map { UTF8Text($0) } == example.excluded.map { UTF8Text($0) })
    }

    @Test("a set never matches a slash, as in git")
    func setsAndSlashes() throws {
        let patterns = try ExcludePatterns(["a[!b]c", "d[.-0]e"])
        #expect(patterns.excludes("axc"))
        #expect(!patterns.excludes("a/c"))
        #expect(!patterns.excludes("d/e"))
    }

    @Test("a line break in a path is a character like any other")
    func lineBreaks() throws {
        let patterns = try ExcludePatterns(["*.pyc", "a?b"])
        #expect(patterns.excludes("x\ny/z.pyc"))
        #expect(!patterns.excludes("z.pyc\n"))
        #expect(patterns.excludes("a\nb"))
    }

    @Test("precomposed and decomposed letters are different")
    func normalForms() throws {
        let patterns = try ExcludePatterns(["caf\u{E9}"])
        #expect(patterns.excludes("caf\u{E9}"))
        #expect(!patterns.excludes("cafe\u{301}"))
    }

    @Test(
        "a pattern that pathspec or its regular expressions refuse is an error",
        arguments: [
            ("!", PatternFault.empty), ("a\\", .endsWithBackslash), ("[z-a]", .reversedRange),
        ])
    func malformed(_ pattern: String, _ fault: PatternFault) {
        #expect(throws: RecordingError.excludePattern(pattern, fault)) {
            try ExcludePatterns([pattern])
        }
    }

    @Test("many stars do not take exponential time")
    func manyStars() throws {
        let pattern = String(repeating: "*a", count: 2000)
        let patterns = try ExcludePatterns(["x\(pattern)b", "**/a/**/b/**/\(pattern)/c"])
        #expect(!patterns.excludes(UTF8Text("x" + String(repeating: "a", count: 4000))))
        #expect(!patterns.excludes(UTF8Text(String(repeating: "a/b/", count: 1000))))
    }
}
