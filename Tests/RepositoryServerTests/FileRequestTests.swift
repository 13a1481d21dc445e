// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("Serving: files, methods and header fields", .timeLimit(.minutes(10)))
struct FileRequestTests {
    @Test("a file comes whole, with the fields that a client relies on")
    func whole() async throws {
        let scratch = try Scratch.repository()
        let answer = try await serving(scratch) { port in
            try Client(port: port).get("/metadata/timestamp.json")
        }
        #expect(answer.status == 200)
        #expect(answer.text == "{}")
        #expect(answer.fields["content-length"] == "2")
        #expect(answer.fields["content-type"] == "application/json")
        #expect(answer.fields["x-content-type-options"] == "nosniff")
        #expect(answer.fields["accept-ranges"] == "bytes")
        #expect(answer.fields["connection"] == nil)
        #expect(answer.fields["date"]?.utf8.count == 29)
        let tag = try #require(answer.fields["etag"])
        #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.utf8.count > 2)
    }

    @Test("only files whose name tells their version or digest are immutable")
    func cachePolicy() async throws {
        let scratch = try Scratch.repository()
        let digest = String(repeating: "0a", count: 32)
        let kept = [
            "metadata/1.root.json", "metadata/12.a%2Fb.json", "targets/\(digest).tool",
            "targets/\(digest)\(digest).tool",
        ]
        let checked = [
            "metadata/timestamp.json", "metadata/root.json", "metadata/1.root.txt",
            "targets/tool", "targets/1.tool.json", "targets/\(digest)0.tool",
            "targets/\(digest)",
        ]
        for name in kept + checked { try scratch.write(name, "x") }
        try await serving(scratch) { port in
            let client = try Client(port: port)
            for name in kept {
                let field = try client.get("/" + name).fields["cache-control"]
                #expect(field == "public, max-age=31536000, immutable", "\(name)")
            }
            for name in checked {
                #expect(try client.get("/" + name).fields["cache-control"] == "no-cache", "\(name)")
            }
        }
    }

    @Test("a target is an octet stream")
    func contentType() async throws {
        let scratch = try Scratch.repository()
        try scratch.write("targets/page.html", "<p>")
        let answer = try await serving(scratch) { port in
            try Client(port: port).get("/targets/page.html")
        }
        #expect(answer.fields["content-type"] == "application/octet-stream")
    }

    @Test("HEAD gives the length and no body, of small and large files", arguments: [3, 300_000])
    func head(length: Int) async throws {
        let scratch = try Scratch.repository()
        try scratch.write("targets/a", noise(length, seed: 1))
        try await serving(scratch) { port in
            let client = try Client(port: port)
            for _ in 0..<2 {
                try client.request("HEAD", "/targets/a")
                let answer = try client.answer(hasBody: false)
                #expect(answer.status == 200)
                #expect(answer.fields["content-length"] == "\(length)")
            }
            // A body would stand where this answer is looked for.
            #expect(try client.get("/targets/a").body.count == length)
            try client.request("HEAD", "/targets/none")
            #expect(try client.answer(hasBody: false).status == 404)
            #expect(try client.get("/targets/a").status == 200)
        }
    }

    @Test(
        "any other method is refused, and the connection goes on",
        arguments: ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"])
    func otherMethod(method: String) async throws {
        try await serving(Scratch.repository()) { port in
            let client = try Client(port: port)
            try client.request(method, "/metadata/timestamp.json")
            let answer = try client.answer()
            #expect(answer.status == 405)
            #expect(answer.fields["allow"] == "GET, HEAD")
            #expect(try client.get("/metadata/timestamp.json").status == 200)
        }
    }

    @Test("a request with a body gets its refusal, although the body was still on its way")
    func requestBody() async throws {
        try await serving(Scratch.repository()) { port in
            for (method, status) in [("PUT", 405), ("GET", 400)] {
                let client = try Client(port: port)
                try client.request(method, "/metadata/timestamp.json", ["Content-Length: 300000"])
                try client.send(String(repeating: "x", count: 200_000))
                let answer = try client.answer()
                #expect(answer.status == status)
                #expect(answer.fields["connection"] == "close")
                try client.send(String(repeating: "x", count: 100_000))
                client.finishSending()
                #expect(try client.waitForEnd() == 0)
            }
        }
    }

    @Test("an empty file is a file")
    func empty() async throws {
        let scratch = try Scratch.repository()
        try scratch.write("targets/empty", "")
        try await serving(scratch, limits: settled) { port in
            let client = try Client(port: port)
            for _ in 0..<2 {
                let answer = try client.get("/targets/empty")
                #expect(answer.status == 200)
                #expect(answer.body.isEmpty)
            }
            #expect(try client.get("/targets/empty", ["Range: bytes=0-"]).status == 416)
            #expect(try client.get("/targets/empty", ["Range: bytes=-5"]).status == 200)
        }
    }

    @Test("a query is not part of the name")
    func query() async throws {
        try await serving(Scratch.repository()) { port in
            let client = try Client(port: port)
            #expect(try client.get("/metadata/timestamp.json?a=/../b").text == "{}")
            let absolute = "http://localhost/metadata/timestamp.json?x"
            #expect(try client.get(absolute).text == "{}")
        }
    }
}
