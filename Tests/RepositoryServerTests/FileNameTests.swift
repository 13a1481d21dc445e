// SPDX-License-Identifier: Apache-2.0

import RepositoryServer
import Testing

@Suite("Serving: percent-encoded names", .timeLimit(.minutes(10)))
struct FileNameTests {
    @Test("a role's file is stored as it is named in the URL")
    func encodedOnDisk() async throws {
        let scratch = try Scratch.repository()
        try scratch.write("metadata/1.a%2Fb.json", "slash")
        try scratch.write("metadata/1.%2E%2E.json", "dots")
        try await serving(scratch) { port in
            let client = try Client(port: port)
            #expect(try client.get("/metadata/1.a%2Fb.json").text == "slash")
            #expect(try client.get("/metadata/1.%2E%2E.json").text == "dots")
            // Names compare byte by byte.
            #expect(try client.get("/metadata/1.a%2fb.json").status == 404)
        }
    }

    @Test(
        "a target's name is decoded, once",
        arguments: [
            ("/targets/a%20b", "a b"), ("/targets/a+b", "a+b"), ("/targets/a%2Bb", "a+b"),
            ("/targets/%C3%A9", "é"), ("/targets/100%25", "100%"), ("/targets/a%2520b", "a%20b"),
            ("/targets/q%3Fx", "q?x"), ("/targets/sub%20dir/%7Ex", "sub dir/~x"),
        ])
    func decoded(target: String, name: String) async throws {
        let scratch = try Scratch.repository()
        try scratch.makeFolder("targets/sub dir")
        try scratch.write("targets/" + name, "found")
        let answer = try await serving(scratch) { try Client(port: $0).get(target) }
        #expect(answer.status == 200)
        #expect(answer.text == "found")
    }

    @Test("a plus sign is no space")
    func plus() async throws {
        let scratch = try Scratch.repository()
        try scratch.write("targets/a b", "x")
        let answer = try await serving(scratch) { try Client(port: $0).get("/targets/a+b") }
        #expect(answer.status == 404)
    }

    @Test("a file named as in the URL goes before the decoded name, even if it comes later")
    func precedence() async throws {
        let scratch = try Scratch.repository()
        try scratch.write("targets/a b", "decoded")
        try await serving(scratch, limits: settled) { port in
            let client = try Client(port: port)
            #expect(try client.get("/targets/a%20b").text == "decoded")
            #expect(try client.get("/targets/a%20b").text == "decoded")
            try scratch.write("targets/a%20b", "literal")
            #expect(try client.get("/targets/a%20b").text == "literal")
        }
    }

    @Test("names that are equal as text and differ in bytes are different files")
    func canonicalEquivalence() async throws {
        let scratch = try Scratch.repository()
        try scratch.write("targets/\u{e9}", "one")
        try scratch.write("targets/e\u{301}", "two")
        try await serving(scratch, limits: settled) { port in
            let client = try Client(port: port)
            #expect(try client.get("/targets/%C3%A9").text == "one")
            #expect(try client.get("/targets/e%CC%81").text == "two")
        }
        #expect(PathKey(path: "\u{e9}") != PathKey(path: "e\u{301}"))
        #expect(PathKey(path: "") == PathKey(path: ""))
    }

    @Test("a path decodes to file names or to none")
    func segments() throws {
        let path = try RequestPath("/targets/a%20b/c".utf8)
        #expect(
            path.literal.map { String(decoding: $0, as: UTF8.self) } == ["targets", "a%20b", "c"])
        let decoded = try #require(path.decoded)
        #expect(decoded.map { String(decoding: $0, as: UTF8.self) } == ["targets", "a b", "c"])
        for target in ["/targets/a", "/targets/%2F", "/targets/%00", "/targets/%2e%2e/b"] {
            #expect(try RequestPath(target.utf8).decoded == nil, "\(target)")
        }
    }
}
