// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Repetitions that go on where the last try stood")
    struct ResumeTests {
        private static let body = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

        @Test(
            "a stream that broke off goes on where it stood, and the sink gets no byte twice",
            arguments: [HostileExchange.Framing.length, .chunked],
            [HostileExchange.Ending.close, .reset])
        func goesOn(
            framing: HostileExchange.Framing, ending: HostileExchange.Ending
        ) async throws {
            let script = Script { exchange in
                exchange.number == 1
                    ? exchange.truncated(
                        Self.body, at: 40_000, headers: ["ETag: \"v1\""], framing: framing,
                        ending: ending)
                    : exchange.file(Self.body, entityTag: "\"v1\"")
            }
            try await withServer(script) { server in
                let sink = RecordingSink()
                try await transport().stream(
                    server.url("/"), maximumBytes: 100_000, into: sink)
                #expect(sink.bytes == Self.body)
                #expect(server.requests.count == 2)
                let request = try #require(server.requests.last)
                #expect(request.value(of: "Range") == "bytes=40000-")
                #expect(request.value(of: "If-Range") == "\"v1\"")
            }
        }

        @Test("it goes on twice, from an offset and by whole files as well")
        func goesOnTwice() async throws {
            let script = Script { exchange in
                switch exchange.number {
                case 1:
                    let part = "206 Partial Content\r\nContent-Range: bytes 1000-99999/100000"
                    exchange.send("HTTP/1.1 \(part)\r\nContent-Length: 99000\r\n\r\n")
                    exchange.send(Array(Self.body[1000..<30_000]))
                    return false
                case 2: return exchange.truncated(Self.body, at: 60_000)
                default: return exchange.fileIgnoringRange(Self.body)
                }
            }
            try await withServer(script) { server in
                let sink = RecordingSink()
                try await transport().stream(
                    server.url("/"), from: 1000, maximumBytes: 100_000, into: sink)
                #expect(sink.bytes == Array(Self.body[1000...]))
                let ranges = server.requests.map { $0.value(of: "Range") }
                #expect(ranges == ["bytes=1000-", "bytes=30000-", "bytes=60000-"])
            }
        }

        @Test("a weak tag, a broken one and none prove nothing and are not sent")
        func weakTag() async throws {
            for tag in ["W/\"v1\"", "v1", "\"v\"1\"", "\"", ""] {
                let script = Script { exchange in
                    exchange.number == 1
                        ? exchange.truncated(Self.body, at: 10, headers: ["ETag: \(tag)"])
                        : exchange.file(Self.body)
                }
                try await withServer(script) { server in
                    let sink = RecordingSink()
                    try await transport().stream(
                        server.url("/"), maximumBytes: 100_000, into: sink)
                    #expect(sink.bytes == Self.body)
                    #expect(server.requests.last?.value(of: "Range") == "bytes=10-")
                    #expect(server.requests.last?.value(of: "If-Range") == nil)
                }
            }
        }

        @Test("a file that has changed meanwhile is refused, once the sink has a part of the old")
        func changed() async throws {
            let script = Script { exchange in
                exchange.number == 1
                    ? exchange.truncated(Self.body, at: 10, headers: ["ETag: \"v1\""])
                    : exchange.file(Array(repeating: 7, count: 100_000), entityTag: "\"v2\"")
            }
            try await withServer(script) { server in
                let sink = RecordingSink()
                let reason = FetchError.Reason.rangeRefused("the file has changed meanwhile")
                await #expect(throws: FetchError(url: server.url("/"), reason: reason)) {
                    try await transport().stream(
                        server.url("/"), maximumBytes: 100_000, into: sink)
                }
                #expect(sink.bytes == Array(Self.body[..<10]))
                #expect(server.requests.count == 2)
            }
        }

        @Test("a stale tag on a part, and another length, are a changed file too")
        func changedPart() async throws {
            let parts = [
                "bytes 10-99999/100000\r\nETag: \"v2\"", "bytes 10-99/100\r\nETag: \"v1\"",
            ]
            for part in parts {
                let script = Script { exchange in
                    if exchange.number == 1 {
                        return exchange.truncated(Self.body, at: 10, headers: ["ETag: \"v1\""])
                    }
                    exchange.send("HTTP/1.1 206 Partial Content\r\nContent-Range: \(part)\r\n\r\n")
                    return exchange.silence()
                }
                try await withServer(script) { server in
                    let reason = FetchError.Reason.rangeRefused("the file has changed meanwhile")
                    await #expect(throws: FetchError(url: server.url("/"), reason: reason)) {
                        try await transport().stream(
                            server.url("/"), maximumBytes: 100_000, into: RecordingSink())
                    }
                }
            }
        }

        @Test("what is fetched into memory is taken from the start, unless a tag proves the rest")
        func memory() async throws {
            let script = Script { exchange in
                exchange.number == 1
                    ? exchange.truncated(Array(repeating: 1, count: 100), at: 50)
                    : exchange.answer(body: Array(repeating: 2, count: 100))
            }
            try await withServer(script) { server in
                let bytes = try await transport().fetch(server.url("/"), maximumBytes: 100)
                #expect(bytes == Array(repeating: 2, count: 100))
                #expect(server.requests.last?.value(of: "Range") == nil)
            }
            let tagged = Script { exchange in
                switch exchange.number {
                case 1: exchange.truncated(Self.body, at: 50, headers: ["ETag: \"v1\""])
                case 2: exchange.file(Array(repeating: 2, count: 100), entityTag: "\"v2\"")
                default: exchange.file(Array(repeating: 3, count: 100), entityTag: "\"v3\"")
                }
            }
            try await withServer(tagged) { server in
                let bytes = try await transport().fetch(server.url("/"), maximumBytes: 100_000)
                #expect(bytes == Array(repeating: 3, count: 100))
                let ranges = server.requests.map { $0.value(of: "Range") }
                #expect(ranges == [nil, "bytes=50-", nil])
            }
        }

        @Test("a stream that lacked nothing but its end is whole")
        func lostEnd() async throws {
            let script = Script { exchange in
                exchange.number == 1
                    ? exchange.truncated(Self.body, at: 100_000, framing: .chunked)
                    : exchange.file(Self.body)
            }
            try await withServer(script) { server in
                let sink = RecordingSink()
                try await transport().stream(
                    server.url("/"), maximumBytes: 100_000, into: sink)
                #expect(sink.bytes == Self.body)
                #expect(server.requests.count == 2)
            }
        }

        @Test("another try begins with the URL asked for, redirect and all")
        func redirectedAgain() async throws {
            let script = Script { exchange in
                switch exchange.target {
                case "/a": exchange.redirect("/b\(exchange.number)")
                case "/b1": exchange.truncated(Self.body, at: 10)
                default: exchange.file(Self.body)
                }
            }
            try await withServer(script) { server in
                let sink = RecordingSink()
                try await transport().stream(
                    server.url("/a"), maximumBytes: 100_000, into: sink)
                #expect(sink.bytes == Self.body)
                #expect(server.targets == ["/a", "/b1", "/a", "/b2"])
            }
        }
    }
}
