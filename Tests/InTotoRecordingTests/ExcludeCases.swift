// SPDX-License-Identifier: Apache-2.0

/// Patterns and which of ``excludePaths`` they exclude, as pathspec 1.1.1 answers
/// `GitIgnoreSpec.from_lines("gitwildmatch", patterns).match_file(path)`; the interop tests ask
/// it again.
struct ExcludeCase: Sendable {
    let patterns: [String]
    let excluded: [String]

    init(_ patterns: [String], _ excluded: [String]) {
        self.patterns = patterns
        self.excluded = excluded
    }
}

let excludePaths = [
    ".", "a", "b.pyc", "a/b.pyc", "dir/.git", "dir/.git/config", ".git/HEAD", ".gitignore",
    "x.link", "x.link-unfinished", ".x.12345678.link-unfinished", "note~", "build/out.o",
    "src/build/out.o", "src/a/b/c.txt", "src/c.txt", "docs/a.md", "docs/x/a.md", "foo",
    "foo/bar", "foo/foo/baz", "lib/foo", "../up/foo", "/abs/foo", "a b", "#hash", "!bang",
    "back\\slash", "star*", "[x]", "é.txt", "e\u{301}.txt", "A1", "a1", "a-", "a]", "trail ",
    "deep/1/2/3/end",
]

let excludeCases: [ExcludeCase] = [
    ExcludeCase(
        ["*.link*", ".git", "*.pyc", "*~"],
        [
            "b.pyc", "a/b.pyc", "dir/.git", "dir/.git/config", ".git/HEAD", "x.link",
            "x.link-unfinished", ".x.12345678.link-unfinished", "note~",
        ]),
    ExcludeCase(["*"], excludePaths),
    ExcludeCase(
        [".*"],
        [
            ".", "dir/.git", "dir/.git/config", ".git/HEAD", ".gitignore",
            ".x.12345678.link-unfinished", "../up/foo",
        ]),
    ExcludeCase(["**"], excludePaths),
    ExcludeCase(
        ["**/"],
        [
            "a/b.pyc", "dir/.git", "dir/.git/config", ".git/HEAD", "build/out.o",
            "src/build/out.o", "src/a/b/c.txt", "src/c.txt", "docs/a.md", "docs/x/a.md",
            "foo/bar", "foo/foo/baz", "lib/foo", "../up/foo", "/abs/foo", "deep/1/2/3/end",
        ]),
    ExcludeCase(
        ["*/"],
        [
            "a/b.pyc", "dir/.git", "dir/.git/config", ".git/HEAD", "build/out.o",
            "src/build/out.o", "src/a/b/c.txt", "src/c.txt", "docs/a.md", "docs/x/a.md",
            "foo/bar", "foo/foo/baz", "lib/foo", "../up/foo", "/abs/foo", "deep/1/2/3/end",
        ]),
    ExcludeCase(["/*"], excludePaths),
    ExcludeCase(["/foo"], ["foo", "foo/bar", "foo/foo/baz"]),
    ExcludeCase(
        ["foo"],
        [
            "foo", "foo/bar", "foo/foo/baz", "lib/foo", "../up/foo", "/abs/foo",
        ]),
    ExcludeCase(["foo/"], ["foo/bar", "foo/foo/baz"]),
    ExcludeCase(["foo/**"], ["foo/bar", "foo/foo/baz"]),
    ExcludeCase(
        ["**/foo"],
        [
            "foo", "foo/bar", "foo/foo/baz", "lib/foo", "../up/foo", "/abs/foo",
        ]),
    ExcludeCase(["**/foo/**"], ["foo/bar", "foo/foo/baz"]),
    ExcludeCase(["foo/*"], ["foo/bar", "foo/foo/baz"]),
    ExcludeCase(["/foo/bar"], ["foo/bar"]),
    ExcludeCase(["src/**/c.txt"], ["src/a/b/c.txt", "src/c.txt"]),
    ExcludeCase(["src/*/c.txt"], []),
    ExcludeCase(["docs/*.md"], ["docs/a.md"]),
    ExcludeCase(["*.md", "!docs/x/a.md"], ["docs/a.md"]),
    ExcludeCase(
        ["foo", "!foo/bar"],
        [
            "foo", "foo/foo/baz", "lib/foo", "../up/foo", "/abs/foo",
        ]),
    ExcludeCase(["foo/", "!foo"], []),
    ExcludeCase(
        ["!foo", "foo"],
        [
            "foo", "foo/bar", "foo/foo/baz", "lib/foo", "../up/foo", "/abs/foo",
        ]),
    ExcludeCase(["foo/**", "!foo/bar"], ["foo/foo/baz"]),
    ExcludeCase(["build"], ["build/out.o", "src/build/out.o"]),
    ExcludeCase(["/build"], ["build/out.o"]),
    ExcludeCase(["src/build/"], ["src/build/out.o"]),
    ExcludeCase(["a?"], ["a1", "a-", "a]"]),
    ExcludeCase(["a[0-9]"], ["a1"]),
    ExcludeCase(["a[!0-9]"], ["a-", "a]"]),
    ExcludeCase(["a[^0-9]"], ["a-", "a]"]),
    ExcludeCase(["[]x]"], ["docs/x/a.md"]),
    ExcludeCase(["a[]-]"], ["a-", "a]"]),
    ExcludeCase(["[A-Z]?"], ["A1"]),
    ExcludeCase(["\\#hash"], ["#hash"]),
    ExcludeCase(["\\!bang"], ["!bang"]),
    ExcludeCase(["#hash"], []),
    ExcludeCase(["!bang"], []),
    ExcludeCase(["back\\\\slash"], ["back\\slash"]),
    ExcludeCase(["star\\*"], ["star*"]),
    ExcludeCase(["\\[x\\]"], ["[x]"]),
    ExcludeCase(["[x"], []),
    ExcludeCase(["é.txt"], ["é.txt"]),
    ExcludeCase(["?.txt"], ["src/a/b/c.txt", "src/c.txt", "é.txt"]),
    ExcludeCase(["??.txt"], ["e\u{301}.txt"]),
    ExcludeCase(["[é].txt"], ["é.txt"]),
    ExcludeCase(["trail\\ "], ["trail "]),
    ExcludeCase(["trail "], []),
    ExcludeCase(["a b"], ["a b"]),
    ExcludeCase(["/"], []),
    ExcludeCase([""], []),
    ExcludeCase(["***"], excludePaths),
    ExcludeCase(["a**1"], ["a1"]),
    ExcludeCase(["deep/**/end"], ["deep/1/2/3/end"]),
    ExcludeCase(["deep/**/3/*"], ["deep/1/2/3/end"]),
    ExcludeCase(["deep/**"], ["deep/1/2/3/end"]),
    ExcludeCase(["abs/foo"], ["/abs/foo"]),
    ExcludeCase(["/abs"], ["/abs/foo"]),
    ExcludeCase(["../up"], ["../up/foo"]),
    ExcludeCase([".."], ["../up/foo"]),
    ExcludeCase(["*.txt", "!*.txt"], []),
    ExcludeCase(
        ["f*o"],
        [
            "foo", "foo/bar", "foo/foo/baz", "lib/foo", "../up/foo", "/abs/foo",
        ]),
    ExcludeCase(
        ["f*o*"],
        [
            "foo", "foo/bar", "foo/foo/baz", "lib/foo", "../up/foo", "/abs/foo",
        ]),
    ExcludeCase(
        ["*oo*"],
        [
            "foo", "foo/bar", "foo/foo/baz", "lib/foo", "../up/foo", "/abs/foo",
        ]),
    ExcludeCase(["./foo"], []),
    ExcludeCase(["foo//bar"], []),
    ExcludeCase(
        ["**/**/foo"],
        [
            "foo", "foo/bar", "foo/foo/baz", "lib/foo", "../up/foo", "/abs/foo",
        ]),
    ExcludeCase(["[[]x]"], ["[x]"]),
    ExcludeCase(["[\\x]"], ["docs/x/a.md"]),
]
