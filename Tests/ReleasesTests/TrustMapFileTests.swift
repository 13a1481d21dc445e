// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Releases
import TUFMetadata
import TestKit
import Testing

@Suite("TAP 4: the map file")
struct TrustMapFileTests {
    private static let repositories =
        #""repositories":{"acme":["https://acme.test/"],"b":["https://b.test/x"]}"#

    private func read(_ text: String) throws -> TrustMap { try TrustMap(Array(text.utf8)) }

    private func map(_ entry: String) -> String {
        "{\(TrustMapFileTests.repositories),\"mapping\":[\(entry)]}"
    }

    private func entry(
        paths: String = #"["*"]"#, repositories: String = #"["acme","b"]"#,
        threshold: String = "1", terminating: String = "true", more: String = ""
    ) -> String {
        "{\"paths\":\(paths),\"repositories\":\(repositories),\"threshold\":\(threshold),"
            + "\"terminating\":\(terminating)\(more)}"
    }

    private func words(_ text: String) -> String {
        do throws(JSONError) {
            _ = try TrustMap(Array(text.utf8))
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    /// TAP 4a: names, mirrors and the order of entries
    @Test("the example of the TAP is read, and written as it was")
    func example() throws {
        let text = """
            {"repositories": {"Django": ["https://djangoproject.com/"],
                              "PyPI": ["https://pypi.python.org/", "https://mirror.test/pypi"]},
             "mapping": [
               {"paths": ["/django/django-1.*.tgz"], "repositories": ["Django", "PyPI"],
                "terminating": false, "threshold": 1},
               {"paths": ["*"], "repositories": ["PyPI"], "terminating": true, "threshold": 1}]}
            """
        let map = try read(text)
        #expect(map.repositories.map(\.name) == ["Django", "PyPI"])
        #expect(
            map.repository("PyPI")?.urls
                == ["https://pypi.python.org/", "https://mirror.test/pypi"])
        #expect(map.repository("pypi") == nil)
        #expect(map.entries.map(\.repositories) == [["Django", "PyPI"], ["PyPI"]])
        #expect(map.entries.map(\.threshold) == [1, 1])
        #expect(map.entries.map(\.isTerminating) == [false, true])
        #expect(map.entries[0].covers(path("django/django-1.8.tgz")))
        #expect(try TrustMap(map.json.indentedBytes()) == map)
        let tree = try JSONDocument(Array(text.utf8)).root.tree()
        #expect(map.json.canonicalBytes() == tree.canonicalBytes())
    }

    @Test(
        "* and ? take slashes, case and every byte count, a slash at the front does not",
        arguments: [
            ("*", "a/b/c", true), ("demo/*", "demo/1/x", true), ("/demo/*", "demo/x", true),
            ("//demo/*", "demo/x", true), ("demo/*", "Demo/x", false), ("a?c", "a/c", true),
            ("demo/?.whl", "demo/ab.whl", false), ("*.whl", "x/y.whl", true),
            ("*.whl", "x/y.WHL", false), ("demo/[ab].whl", "demo/b.whl", true),
            ("demo/[!ab].whl", "demo/b.whl", false), ("demo", "demo/x", false),
            ("caf\u{E9}/*", "cafe\u{301}/x", false), ("caf\u{E9}/*", "caf\u{E9}/x", true),
        ])
    func patterns(pattern: String, target: String, isCovered: Bool) throws {
        let map = try read(map(entry(paths: "[\"\(pattern)\"]")))
        #expect(map.entries[0].covers(path(target)) == isCovered)
    }

    /// attack: go-tuf CVE-2026-24686: a repository named ../escaped, an empty list of URLs
    @Test(
        "a name that could leave its folder or stands for the map is refused",
        arguments: [
            "../escaped", "..", ".", "", ".hidden", "a/b", "a\\\\b", "/etc", "a b", "caf\u{E9}",
            "a\\u0000", "any", String(repeating: "n", count: 65),
        ])
    func hostileNames(name: String) throws {
        let text = "{\"repositories\":{\"\(name)\":[\"https://a.test/\"]},\"mapping\":[]}"
        let found = words(text)
        #expect(found.hasPrefix("repositories: name \"") && found.hasSuffix(", expected"))
    }

    @Test("every fault of the repositories is named with its place")
    func faultyRepositories() {
        func words(_ repositories: String) -> String {
            self.words("{\"repositories\":\(repositories),\"mapping\":[]}")
        }
        let url = "a URL such as https://example.org/x expected"
        #expect(words("{}") == "repositories: an object found, one repository or more expected")
        #expect(words(#"{"a":[]}"#) == "repositories.a: no URLs found, one or more expected")
        #expect(words(#"{"a":"https://a.test"}"#).hasSuffix("an array expected"))
        for wrong in ["", "a.test", "ftp://a.test/", "https://", "https:///x", "file://host/x"] {
            #expect(
                words("{\"a\":[\"\(wrong)\"]}") == "repositories.a[0]: \"\(wrong)\" found, \(url)")
        }
        #expect(words(#"{"a":["https://a.test/\n"]}"#).hasSuffix(url))
        #expect(words(#"{"a":["https://a.test/\u00e9"]}"#).hasSuffix(url))
        #expect(
            words(#"{"a":["https://a.test/","https://a.test/"]}"#)
                == "repositories.a[1]: \"https://a.test/\" found, each URL once expected")
        #expect(
            words(#"{"a":["https://a.test/"],"a":["https://b.test/"]}"#)
                .hasPrefix("key \"a\" twice in one object"))
        let many = (0...64).map { "\"r\($0)\":[\"https://a.test/\"]" }.joined(separator: ",")
        #expect(words("{\(many)}").hasSuffix("at most 64 repositories expected"))
        let urls = (0...16).map { "\"https://a.test/\($0)\"" }.joined(separator: ",")
        #expect(words("{\"a\":[\(urls)]}") == "repositories.a: 17 URLs found, at most 16 expected")
    }

    /// attack: go-tuf CVE-2026-24686: an unknown repository in a mapping
    @Test("every fault of an entry is named with its place")
    func faultyEntries() {
        func words(_ entry: String) -> String { self.words(map(entry)) }
        #expect(words(entry()) == "no error")
        #expect(words("") == "mapping: no entries found, one or more expected")
        #expect(
            words(entry(repositories: #"["acme","other"]"#))
                == "mapping[0].repositories[1]: \"other\" found, one of acme, b expected")
        #expect(
            words(entry(repositories: #"["acme","acme"]"#))
                == "mapping[0].repositories[1]: \"acme\" found, each repository once expected")
        #expect(
            words(entry(repositories: "[]"))
                == "mapping[0].repositories: no repositories found, one or more expected")
        for threshold in ["0", "-1", "3", "9223372036854775808"] {
            #expect(
                words(entry(threshold: threshold))
                    == "mapping[0].threshold: \(threshold) found, an integer from 1 to 2 expected")
        }
        #expect(words(entry(threshold: "1.5")).hasPrefix("fraction or exponent"))
        #expect(
            words(entry(threshold: "\"1\""))
                == "mapping[0].threshold: \"1\" found, an integer expected")
        #expect(
            words(entry(terminating: "0"))
                == "mapping[0].terminating: 0 found, true or false expected")
        #expect(
            words(entry(more: ",\"treshold\":2"))
                == "mapping[0]: member \"treshold\" found, only paths, repositories, threshold, "
                + "terminating expected")
        for member in ["paths", "repositories", "threshold", "terminating"] {
            var incomplete = MapScene.entry("acme")
            incomplete.set(UTF8Text(member), nil)
            let text = String(decoding: incomplete.compactBytes(), as: UTF8.self)
            #expect(words(text) == "mapping[0].\(member): missing")
        }
        #expect(words("5") == "mapping[0]: 5 found, an object expected")
    }

    @Test("a pattern that no path can match would open a hole, so it is refused")
    func faultyPatterns() {
        #expect(
            words(map(entry(paths: "[]")))
                == "mapping[0].paths: no paths found, one or more expected")
        for pattern in [
            "", "/", "//", "a//b", "../x", "a/./b", "a\\\\b", "a\\\\*", "a\\n*", "a/",
            String(repeating: "a", count: 1025), String(repeating: "*", count: 1025),
        ] {
            #expect(
                words(map(entry(paths: "[\"*\",\"\(pattern)\"]")))
                    .hasSuffix("found, a pattern that some target path can match expected"),
                "\(pattern)")
        }
    }

    @Test("what is no JSON, too deep or too long is refused")
    func bounds() {
        #expect(words("") == "JSON ends too early")
        #expect(words("[]") == "document: an array found, an object expected")
        #expect(words("// a map\n{}").hasSuffix("expected JSON"))
        #expect(words(map(entry()) + " x").hasPrefix("data after the end"))
        #expect(words("{\"mapping\":[]}") == "repositories: missing")
        #expect(
            words("{\"delegations\":[]}")
                == "document: member \"delegations\" found, only repositories, mapping expected")
        let deep = String(repeating: "[", count: 9) + String(repeating: "]", count: 9)
        #expect(words("{\"mapping\":\(deep)}").hasPrefix("nested too deeply"))
        let long = map(entry()) + String(repeating: " ", count: TrustMap.Limits.bytes)
        #expect(words(long).hasSuffix("at most \(TrustMap.Limits.bytes) expected"))
    }

    @Test("the map is read out in sentences, with what is odd about it")
    func sentences() throws {
        let three = MapScene.entry("a", "b", "c", paths: ["x/*", "y/*"], threshold: 2)
        let map = try MapSceneNames.map([
            MapScene.entry("a", paths: ["one"], terminating: false),
            MapScene.entry("a", "b", paths: ["demo/*"]),
            MapScene.entry("a", "b", paths: ["any/*"], threshold: 1, terminating: false), three,
            MapScene.entry("a", "b", "c"), MapScene.entry("b"),
        ])
        #expect(
            map.sentences == [
                "one is taken from a; else the entries below are asked",
                "demo/* is taken from a and b, both must agree; then the search ends",
                "any/* is taken from a or b, whichever lists it first; else the entries below "
                    + "are asked",
                "x/* and y/* are taken from a, b and c, 2 of the 3 must agree; then the search "
                    + "ends",
                "* is taken from a, b and c, all 3 must agree; then the search ends",
                "* is taken from b; then the search ends",
            ])
        #expect(
            map.remarks == [
                "d: no entry asks it",
                "entry 5 takes every path and ends the search, so those below it are never asked",
            ])
    }
}

/// Maps over repositories a, b, c and d that need not exist.
private enum MapSceneNames {
    static func map(_ entries: [JSON]) throws -> TrustMap {
        let members = ["a", "b", "c", "d"].map {
            JSON.Member(UTF8Text($0), .array([.text("https://\($0).test/")]))
        }
        let map: JSON = ["repositories": .object(members), "mapping": .array(entries)]
        return try TrustMap(map.indentedBytes())
    }
}
