// SPDX-License-Identifier: Apache-2.0

import Glibc
import RepositoryServer
import Testing

@Suite("Serving: while files change", .timeLimit(.minutes(10)))
struct PublishTests {
    @Test(
        "a publish is visible at once, however fast one follows the other", arguments: [0.0, 0.1])
    func visibleAtOnce(settleSeconds: Double) async throws {
        let scratch = try Scratch.repository()
        var limits = settled
        limits.settleSeconds = settleSeconds
        try await serving(scratch, limits: limits) { port in
            let client = try Client(port: port)
            for version in 1...200 {
                let text = "{\"version\":\(1000 + version)}"
                try scratch.write("metadata/timestamp.json", text)
                #expect(try client.get("/metadata/timestamp.json").text == text)
            }
        }
    }

    @Test("a file that appears or goes is seen at once")
    func appears() async throws {
        let scratch = try Scratch.repository()
        try await serving(scratch, limits: settled) { port in
            let client = try Client(port: port)
            #expect(try client.get("/metadata/2.root.json").status == 404)
            try scratch.write("metadata/2.root.json", "two")
            #expect(try client.get("/metadata/2.root.json").text == "two")
            #expect(unlink(scratch.at("metadata/2.root.json")) == 0)
            #expect(try client.get("/metadata/2.root.json").status == 404)
        }
    }

    @Test("a file rewritten in place, with the same length, is not served from memory")
    func rewrittenInPlace() async throws {
        let scratch = try Scratch.repository()
        try await serving(scratch) { port in
            let client = try Client(port: port)
            for round in 0..<400 {
                let text = ["[]", "{}"][round % 2]
                let file = open(scratch.at("metadata/timestamp.json"), O_WRONLY)
                #expect(pwrite(file, text, 2, 0) == 2)
                close(file)
                #expect(try client.get("/metadata/timestamp.json").text == text)
            }
        }
    }

    @Test("a folder exchanged for another is seen at once")
    func exchangedFolder() async throws {
        let scratch = try Scratch.repository()
        try scratch.makeFolder("next")
        try scratch.write("next/timestamp.json", "[]")
        try await serving(scratch, limits: settled) { port in
            let client = try Client(port: port)
            #expect(try client.get("/metadata/timestamp.json").text == "{}")
            try scratch.move("metadata", to: "last")
            try scratch.move("next", to: "metadata")
            #expect(try client.get("/metadata/timestamp.json").text == "[]")
        }
    }

    @Test("a download goes on with the file it began with")
    func replacedWhileSent() async throws {
        let scratch = try Scratch.repository()
        let first = noise(16 << 20, seed: 4)
        let second = noise(16 << 20, seed: 5)
        try scratch.write("targets/a", first)
        try await serving(scratch) { port in
            let client = try Client(port: port, receiveBytes: 65536)
            try client.request("GET", "/targets/a")
            try client.wait(forBytes: 100_000)
            try scratch.write("targets/a", second)
            let answer = try client.answer()
            #expect(answer.status == 200)
            #expect(answer.body == first)
            #expect(try client.get("/targets/a").body == second)
        }
    }

    @Test("a file that loses bytes while it is sent ends the connection, not the server")
    func truncatedWhileSent() async throws {
        let scratch = try Scratch.repository()
        try scratch.makeSparse("targets/a", bytes: 64 << 20)
        try await serving(scratch) { port in
            let client = try Client(port: port, receiveBytes: 65536)
            try client.request("GET", "/targets/a")
            try client.wait(forBytes: 100_000)
            #expect(truncate(scratch.at("targets/a"), 1000) == 0)
            #expect(try client.waitForEnd() < 64 << 20)
            #expect(try Client(port: port).get("/metadata/timestamp.json").status == 200)
        }
    }
}
