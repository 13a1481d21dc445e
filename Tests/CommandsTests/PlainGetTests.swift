// SPDX-License-Identifier: Apache-2.0
import Commands
import Testing

@Suite("A command line of get, read without the parser")
struct PlainGetTests {
    @Test(
        "what is spelled plainly is read as the parser reads it",
        arguments: [
            ["demo/a.tar.gz"],
            ["demo/a", "demo/b", "other/c*"],
            ["-o", "out", "demo/a"],
            ["demo/a", "--output", "out", "--jobs", "8"],
            ["demo/a", "-j", "+3"],
            ["--root", "root.json", "--from", "https://a", "--from", "https://b", "a.whl"],
            ["--fingerprint", "00ff", "--from", "https://a", "a"],
            ["--metadata-url", "http://a/m", "--targets-url", "http://a/t", "--root", "r", "a"],
            ["--offline", "--tuf-only", "--json", "--unsandboxed", "--allow-http", "demo/a"],
            ["--no-cache", "demo/a"],
            ["--cache", "folder", "--as-of", "2026-01-31T12:00:00Z", "demo/a"],
            ["--ca-file", "a", "--ca-dir", "b", "--netrc", "c", "--token-file", "d", "demo/a"],
            ["--limit", "redirects=1", "demo/a", "--limit", "retries=0"],
            ["--html", "page.html", "demo/a"],
            ["demo/é", "-o", "e\u{301}"],
        ])
    func same(_ words: [String]) throws {
        let plain = try #require(GetReading.plain(words))
        #expect(plain == GetReading.parsed(words))
        #expect(plain.split(separator: "\n").count > 20)
        for word in words where !word.hasPrefix("-") && Int(word) == nil {
            #expect(plain.contains(word.debugDescription))
        }
        #expect(!plain.contains("none"), "every property has a value")
    }

    @Test(
        "what is spelled otherwise is the parser's",
        arguments: [
            ["demo/a", "--output=out"],
            ["demo/a", "-o=out"],
            ["demo/a", "--json", "--json"],
            ["demo/a", "--jobs", "2", "--jobs", "3"],
            ["demo/a", "--param", "version=1"],
            ["demo/a", "--allow-inspection", "unpack"],
            ["--", "demo/a"],
        ])
    func parsers(_ words: [String]) {
        #expect(GetReading.plain(words) == nil)
        #expect(GetReading.parsed(words) != nil)
    }

    @Test(
        "what the parser refuses is never read plainly",
        arguments: [
            [],
            [""],
            ["--json"],
            ["demo/a", "-o"],
            ["demo/a", "-o", "-j"],
            ["demo/a", "--jobs", "0"],
            ["demo/a", "--jobs", "65"],
            ["demo/a", "--jobs", "many"],
            ["demo/a", "--jobs", ""],
            ["demo/a", "--unknown"],
            ["demo/a", "--jsonx"],
            ["demo/a", "--as-of", "yesterday"],
            ["demo/a", "--cache", "folder", "--no-cache"],
            ["demo/a", "demo/b", "--html", "page.html"],
            ["demo/a", "--help"],
            ["demo/a", "-h"],
        ])
    func refused(_ words: [String]) {
        #expect(GetReading.plain(words) == nil)
    }
}
