// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@Suite("Serving: connections", .timeLimit(.minutes(10)))
struct ConnectionTests {
    @Test("a large file arrives byte for byte")
    func large() async throws {
        let scratch = try Scratch.repository()
        let bytes = noise(16 << 20, seed: 6)
        try scratch.write("targets/a", bytes)
        let answer = try await serving(scratch) { try Client(port: $0).get("/targets/a") }
        #expect(answer.status == 200)
        #expect(answer.body == bytes)
    }

    @Test("fifty clients at once all get their answers, in order")
    func manyClients() async throws {
        let scratch = try Scratch.repository()
        let small = noise(2000, seed: 7)
        let large = noise(600_000, seed: 8)
        try scratch.write("targets/small", small)
        try scratch.write("targets/large", large)
        try await serving(scratch, limits: settled) { port in
            let clients = try (0..<50).map { _ in try Client(port: port) }
            for client in clients {
                for name in ["small", "large", "none", "small"] {
                    try client.request("GET", "/targets/" + name)
                }
            }
            for client in clients.reversed() {
                #expect(try client.answer().body == small)
                #expect(try client.answer().body == large)
                #expect(try client.answer().status == 404)
                #expect(try client.answer().body == small)
            }
        }
    }

    @Test("requests sent in one go are answered one after the other, even behind a large file")
    func pipelined() async throws {
        let scratch = try Scratch.repository()
        let large = noise(3 << 20, seed: 9)
        try scratch.write("targets/large", large)
        try await serving(scratch, limits: settled) { port in
            let client = try Client(port: port)
            let small = "GET /metadata/timestamp.json HTTP/1.1\r\nHost: a\r\n\r\n"
            let big = "GET /targets/large HTTP/1.1\r\nHost: a\r\n\r\n"
            try client.send(String(repeating: small, count: 500) + big + small + big + small)
            for _ in 0..<500 { #expect(try client.answer().text == "{}") }
            for _ in 0..<2 {
                #expect(try client.answer().body == large)
                #expect(try client.answer().text == "{}")
            }
        }
    }

    @Test("who says that nothing more will come still gets all answers, then the end")
    func halfClosed() async throws {
        let scratch = try Scratch.repository()
        let large = noise(3 << 20, seed: 10)
        let small = noise(200_000, seed: 15)
        try scratch.write("targets/large", large)
        try scratch.write("targets/small", small)
        try await serving(scratch, limits: settled) { port in
            let client = try Client(port: port)
            try client.request("GET", "/targets/large")
            try client.request("GET", "/metadata/timestamp.json")
            client.finishSending()
            #expect(try client.answer().body == large)
            #expect(try client.answer().text == "{}")
            #expect(try client.waitForEnd() == 0)
            let slow = try Client(port: port, receiveBytes: 4096)
            for _ in 0..<20 { try slow.request("GET", "/targets/small") }
            slow.finishSending()
            for _ in 0..<20 { #expect(try slow.answer().body == small) }
            #expect(try slow.waitForEnd() == 0)
            let silent = try Client(port: port)
            silent.finishSending()
            #expect(try silent.waitForEnd() == 0)
        }
    }

    @Test(
        "the connection ends when the client wants it, or speaks no HTTP/1.1",
        arguments: [
            "GET /metadata/timestamp.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            "GET /metadata/timestamp.json HTTP/1.0\r\n\r\n",
            "GET /metadata/timestamp.json HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            """
            GET /metadata/timestamp.json HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r
            Upgrade: h2c\r\n\r\n
            """,
        ])
    func closes(request: String) async throws {
        try await serving(Scratch.repository(), limits: settled) { port in
            let client = try Client(port: port)
            try client.send(request)
            let answer = try client.answer()
            #expect(answer.status == 200)
            #expect(answer.text == "{}")
            #expect(answer.fields["connection"] == "close")
            #expect(try client.waitForEnd() == 0)
        }
    }

    @Test("a large file, too, can be the last answer")
    func closesAfterLarge() async throws {
        let scratch = try Scratch.repository()
        let bytes = noise(400_000, seed: 11)
        try scratch.write("targets/a", bytes)
        try await serving(scratch) { port in
            let client = try Client(port: port)
            #expect(try client.get("/targets/a", ["Connection: close"]).body == bytes)
            #expect(try client.waitForEnd() == 0)
        }
    }

    @Test(
        "what is no request is refused, and the connection ends",
        arguments: [
            ("GET /metadata/timestamp.json HTTP/1.1\r\n\r\n", 400),
            ("GET /metadata/timestamp.json HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("\u{16}\u{3}\u{1}\r\n\r\n", 400),
            ("GET /metadata/timestamp.json HTTP/2.0\r\nHost: a\r\n\r\n", 400),
            ("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        ])
    func malformed(request: String, status: Int) async throws {
        try await serving(Scratch.repository()) { port in
            let client = try Client(port: port)
            try client.send(request)
            #expect(try client.answer().status == status)
            #expect(try Client(port: port).get("/metadata/timestamp.json").status == 200)
        }
    }

    @Test("a head that is too long, in its path, its lines or their number, is refused")
    func longHead() async throws {
        let lines = [
            "GET /" + String(repeating: "a", count: 20000) + " HTTP/1.1\r\nHost: a\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nA: " + String(repeating: "a", count: 20000) + "\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n"
                + String(repeating: "A: \(String(repeating: "a", count: 4000))\r\n", count: 5),
            "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "A: b\r\n", count: 200),
        ]
        try await serving(Scratch.repository()) { port in
            for head in lines {
                let client = try Client(port: port)
                try client.send(head + "\r\n")
                let answer = try client.answer()
                #expect(answer.status == 431)
            }
        }
    }

    @Test("a refusal waits for the answers before it")
    func malformedBehindLarge() async throws {
        let scratch = try Scratch.repository()
        let large = noise(3 << 20, seed: 12)
        try scratch.write("targets/large", large)
        try await serving(scratch) { port in
            let client = try Client(port: port)
            try client.send("GET /targets/large HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n")
            #expect(try client.answer().body == large)
            #expect(try client.answer().status == 400)
        }
    }
}
