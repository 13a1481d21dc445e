// SPDX-License-Identifier: Apache-2.0

import Glibc
import RepositoryServer
import Testing

@Suite("Serving: what one client may take", .timeLimit(.minutes(10)))
struct LimitTests {
    @Test("who sends a request too slowly, or none, is cut off")
    func slowRequest() async throws {
        var limits = ServerLimits()
        limits.requestSeconds = 1
        try await serving(Scratch.repository(), limits: limits) { port in
            let silent = try Client(port: port)
            let slow = try Client(port: port)
            let idle = try Client(port: port)
            #expect(try idle.get("/metadata/timestamp.json").status == 200)
            let request = "GET /metadata/timestamp.json HTTP/1.1\r\nHost: a\r\nA: "
            var sent = 0
            while sent < 200, (try? slow.send(sent == 0 ? request : "a")) != nil {
                // Each byte is progress to a timer that counts bytes.
                usleep(20_000)
                sent += 1
            }
            #expect(sent < 200)
            #expect(try silent.waitForEnd() == 0)
            #expect(try idle.waitForEnd() == 0)
        }
    }

    @Test("who does not take the answer is cut off")
    func slowReader() async throws {
        let scratch = try Scratch.repository()
        try scratch.makeSparse("targets/a", bytes: 64 << 20)
        var limits = ServerLimits()
        limits.stallSeconds = 0.3
        limits.requestSeconds = 0.3
        try await serving(scratch, limits: limits) { port in
            let client = try Client(port: port, receiveBytes: 4096)
            try client.request("GET", "/targets/a")
            // Time is what is tested here: nothing can be read before it is over.
            usleep(2_000_000)
            #expect(try client.waitForEnd() < 64 << 20)
        }
    }

    @Test("a client that keeps reading is not cut off by the time it takes")
    func steadyReader() async throws {
        let scratch = try Scratch.repository()
        try scratch.makeSparse("targets/a", bytes: 24 << 20)
        var limits = ServerLimits()
        limits.requestSeconds = 1.5
        limits.stallSeconds = 1.5
        try await serving(scratch, limits: limits) { port in
            let client = try Client(port: port, receiveBytes: 65536)
            try client.request("GET", "/targets/a")
            for step in 1...24 {
                try client.wait(forBytes: step << 20 - 20)
                usleep(80_000)
            }
            #expect(try client.answer().body.count == 24 << 20)
        }
    }

    @Test("one connection more than allowed waits for its turn")
    func connections() async throws {
        var limits = ServerLimits()
        limits.connections = 2
        try await serving(Scratch.repository(), limits: limits) { port in
            var open = try (0..<2).map { _ in try Client(port: port) }
            for client in open { #expect(try client.get("/metadata/timestamp.json").status == 200) }
            let next = try Client(port: port)
            try next.request("GET", "/metadata/timestamp.json")
            #expect(!next.hasInput(withinMilliseconds: 200))
            open.removeFirst()
            #expect(try next.answer().status == 200)
        }
    }

    @Test("downloads that nobody takes cost no memory by their length")
    func memory() async throws {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch.repository()
            try scratch.makeSparse("targets/large", bytes: 64 << 20)
            try scratch.write("targets/small", noise(200_000, seed: 13))
            let grown = try await serving(scratch, limits: settled) { port in
                #expect(try Client(port: port).get("/targets/small").status == 200)
                let before = residentBytes()
                var clients: [Client] = []
                for _ in 0..<16 {
                    let client = try Client(port: port, receiveBytes: 4096)
                    try client.request("GET", "/targets/large")
                    try client.wait(forBytes: 4096)
                    clients.append(client)
                }
                for _ in 0..<16 {
                    let client = try Client(port: port, receiveBytes: 4096)
                    for _ in 0..<2000 { try client.request("GET", "/targets/small") }
                    try client.wait(forBytes: 4096)
                    clients.append(client)
                }
                return residentBytes() - before
            }
            // All together would be 1 GiB and more than 6 GB.
            #expect(grown < 64 << 20)
        }
    }

    @Test(
        "requests are not taken in while answers wait for the client",
        arguments: [400, 200_000, 8_000_000])
    func flood(length: Int) async throws {
        let scratch = try Scratch.repository()
        try scratch.makeSparse("targets/a", bytes: length)
        try await serving(scratch, limits: settled) { port in
            let client = try Client(port: port, receiveBytes: 4096)
            let request = "GET /targets/a HTTP/1.1\r\nHost: a\r\n\r\n"
            let requests = String(repeating: request, count: 1000)
            // 8 MB in all: the kernel keeps about 3 of them in between.
            #expect(client.flood(requests, maximum: 200) < 200)
            #expect(try Client(port: port).get("/metadata/timestamp.json").status == 200)
        }
    }

    @Test("the server lives through a time without file descriptors")
    func descriptors() async throws {
        await #expect(processExitsWith: .success) {
            try await serving(Scratch.repository(), limits: settled) { port in
                let client = try Client(port: port)
                #expect(try client.get("/metadata/timestamp.json").status == 200)
                var taken: [Int32] = []
                while case let copy = dup(client.descriptor), copy >= 0 { taken.append(copy) }
                close(taken.removeLast())
                // Takes the last descriptor: the server can neither accept nor open.
                let next = try Client(port: port)
                #expect(try client.get("/metadata/timestamp.json").status == 200)
                #expect(try client.get("/metadata/none.json").status == 503)
                for copy in taken { close(copy) }
                #expect(try next.get("/metadata/timestamp.json").status == 200)
            }
        }
    }
}

/// Memory of this process, as the kernel counts it.
private func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var text = [CChar](repeating: 0, count: 128)
    fgets(&text, 128, file)
    let numbers = String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        .split(separator: " ")
    return (Int(numbers[1]) ?? 0) * 4096
}
