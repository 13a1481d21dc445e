// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Limits: endless data, slow retrieval, header bombs")
    struct LimitTests {
        private static let okay = "HTTP/1.1 200 OK\r\n"

        @Test("as many bytes as allowed are a file, one more is not")
        func exactLimit() async throws {
            let body = [UInt8](repeating: 0x61, count: 40_000)
            for isAnnounced in [true, false] {
                let script = Script { exchange in
                    if isAnnounced { return exchange.answer(body: body) }
                    exchange.send(Self.okay + "\r\n")
                    exchange.send(body)
                    return false
                }
                try await withServer(script) { server in
                    let transport = transport()
                    let url = server.url("/")
                    let bytes = try await transport.fetch(url, maximumBytes: 40_000)
                    #expect(bytes == body)
                    #expect(
                        await failure(transport, url, maximumBytes: 39_999)
                            == .tooLarge(maximumBytes: 39_999))
                }
            }
        }

        /// attack: endless data: a target file
        @Test("an endless body ends at the limit, and the sink got no more than allowed")
        func endless() async throws {
            let script = Script { exchange in
                exchange.send(Self.okay + "\r\n")
                let block = [UInt8](repeating: 0x41, count: 10_000)
                while exchange.send(block) {}
                return false
            }
            try await withServer(script) { server in
                let sink = RecordingSink()
                let reason = FetchError.Reason.tooLarge(maximumBytes: 1_000_000)
                await #expect(throws: FetchError(url: server.url("/"), reason: reason)) {
                    try await transport().stream(
                        server.url("/"), maximumBytes: 1_000_000, into: sink)
                }
                #expect(sink.bytes.count <= 1_000_000)
            }
        }

        @Test(
            "too long a file is refused by its announced length, before its first byte",
            arguments: ["11", "99999999999999999999999999", " \t0000011 "])
        func announced(length: String) async throws {
            let script = Script { exchange in
                exchange.send(Self.okay + "CONTENT-length:\(length)\r\n\r\n")
                exchange.waitForEnd()
                return false
            }
            try await withServer(script) { server in
                let reason = await failure(transport(), server.url("/"), maximumBytes: 10)
                #expect(reason == .tooLarge(maximumBytes: 10))
            }
        }

        /// attack: slow retrieval: a byte now and then
        @Test("a body that drips is too slow")
        func slowBody() async throws {
            let script = Script { exchange in
                exchange.send(Self.okay + "\r\n")
                exchange.drip("ten bytes.", every: 100)
                return false
            }
            try await withServer(script) { server in
                let reason = await failure(impatient, server.url("/"), maximumBytes: 1_000_000)
                #expect(reason == .tooSlow(minimumBytesPerSecond: 1024, seconds: 1))
            }
        }

        /// attack: slow retrieval: a byte of the header now and then
        @Test("headers that drip are too slow")
        func slowHeaders() async throws {
            let script = Script { exchange in
                exchange.send(Self.okay)
                exchange.drip("X-Drop: 1\r\n", every: 100)
                return false
            }
            try await withServer(script) { server in
                #expect(
                    await failure(impatient, server.url("/"))
                        == .tooSlow(minimumBytesPerSecond: 1024, seconds: 1))
            }
        }

        @Test("chunks whose extensions never end are too slow")
        func chunkExtension() async throws {
            let script = Script { exchange in
                exchange.send(Self.okay + "Transfer-Encoding: chunked\r\n\r\n5")
                exchange.drip(";x=y", every: 10)
                return false
            }
            try await withServer(script) { server in
                #expect(
                    await failure(impatient, server.url("/"))
                        == .tooSlow(minimumBytesPerSecond: 1024, seconds: 1))
            }
        }

        @Test("the total time ends a transfer of any pace")
        func totalTime() async throws {
            let script = Script { exchange in
                exchange.send(Self.okay + "\r\n")
                exchange.drip("ten bytes.", every: 50)
                return false
            }
            try await withServer(script) { server in
                let transport = transport {
                    $0.minimumBytesPerSecond = 0
                    $0.fetchSeconds = 1
                }
                #expect(await failure(transport, server.url("/")) == .timedOut(seconds: 1))
            }
        }

        @Test("the total time counts over redirects")
        func totalTimeOverRedirects() async throws {
            let script = Script { exchange in
                // Each hop alone is in time.
                if exchange.waitForEnd(400) { return false }
                return exchange.redirect("/next")
            }
            try await withServer(script) { server in
                let transport = transport { $0.fetchSeconds = 1 }
                #expect(await failure(transport, server.url("/")) == .timedOut(seconds: 1))
                #expect((2...4).contains(server.requests.count))
            }
        }

        @Test("more than 64 KiB of header ends the transfer", arguments: [10, 70_000])
        func headerBomb(lineLength: Int) async throws {
            let line = "X: " + String(repeating: "a", count: lineLength) + "\r\n"
            let script = Script { exchange in
                exchange.send(Self.okay)
                while exchange.send(line) {}
                return false
            }
            try await withServer(script) { server in
                #expect(
                    await failure(transport(), server.url("/"))
                        == .unreachable("header longer than 65536 bytes"))
            }
        }

        @Test(
            "a header line without an end, and interim answers without one, end too",
            arguments: [
                ("HTTP/1.1 200 OK\r\nX: ", "aaaaaaaaaaaaaaaa"),
                ("", "HTTP/1.1 100 Go on\r\n\r\n"),
                ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: trailer\r\n"),
            ])
        func endlessHeader(start: String, piece: String) async throws {
            let script = Script { exchange in
                exchange.send(start)
                while exchange.send(piece) {}
                return false
            }
            try await withServer(script) { server in
                let reason = await failure(transport(), server.url("/"))
                guard case .unreachable(let words) = reason else {
                    Issue.record("\(String(describing: reason)), expected unreachable")
                    return
                }
                #expect(words.contains("header"))
            }
        }

        @Test(
            "an answer shorter than announced is truncated",
            arguments: [
                "Content-Length: 5\r\n\r\nab", "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
                "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
            ])
        func truncated(rest: String) async throws {
            for isReset in [false, true] {
                let script = Script { exchange in
                    exchange.send(Self.okay + rest)
                    if isReset { exchange.reset() }
                    return false
                }
                try await withServer(script) { server in
                    #expect(await failure(transport(), server.url("/")) == .truncated)
                }
            }
        }

        private var impatient: HTTPTransport { transport { $0.slowSeconds = 1 } }
    }
}
