// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("What a hostile server sends")
    struct HostileAnswerTests {
        @Test(
            "a compressed bomb comes as the bytes it is, or not at all",
            arguments: Bomb.Encoding.allCases)
        func bomb(encoding: Bomb.Encoding) async throws {
            try await withServer(Script { $0.bomb(encoding) }) { server in
                let bytes = try await transport().fetch(server.url("/"), maximumBytes: 10_000)
                #expect(bytes == Bomb.bytes(encoding))
            }
            // libcurl would undo an encoding of the transfer without having asked for it.
            for field in ["Transfer-Encoding", "TRANSFER-encoding"] {
                try await withServer(Script { $0.bomb(encoding, field: field) }) { server in
                    let words = "transfer encoding \(encoding.rawValue), expected none or chunked"
                    #expect(
                        await failure(transport(), server.url("/"), maximumBytes: 2 << 20)
                            == .unreachable(words))
                    #expect(server.requests.count == 1)
                }
            }
        }

        @Test("two transfer encodings are refused, whichever comes first")
        func twoEncodings() async throws {
            for encodings in [
                "gzip, chunked", "chunked, gzip", "chunked\r\nTransfer-Encoding: gzip",
            ] {
                let script = Script { exchange in
                    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: \(encodings)\r\n\r\n")
                    return exchange.silence()
                }
                try await withServer(script) { server in
                    let reason = await failure(transport(), server.url("/"))
                    #expect("\(String(describing: reason))".contains("transfer encoding"))
                }
            }
        }

        @Test("chunks that lie give no file", arguments: HostileExchange.ChunkLie.allCases)
        func chunks(lie: HostileExchange.ChunkLie) async throws {
            try await withServer(Script { $0.chunked(lie) }) { server in
                let sink = RecordingSink()
                let transport = transport {
                    $0.slowSeconds = 1
                    $0.retries = 0
                }
                do throws(FetchError) {
                    try await transport.stream(
                        server.url("/"), maximumBytes: 100_000, into: sink)
                    Issue.record("a file, expected none")
                } catch {
                    let slow = FetchError.Reason.tooSlow(minimumBytesPerSecond: 1024, seconds: 1)
                    switch lie {
                    case .endless: #expect(error.reason == .tooLarge(maximumBytes: 100_000))
                    case .noEnd, .endlessExtension: #expect(error.reason == slow)
                    // libcurl has one code for what is no chunk and for a broken connection.
                    case .short, .vastSize, .long, .noSize, .hugeSize:
                        #expect(error.reason == .truncated)
                    }
                }
                #expect(sink.bytes.count <= 100_000)
            }
        }

        @Test(
            "one byte a second is too slow, whatever length is announced", arguments: [nil, 1000])
        func oneByteASecond(announced: Int?) async throws {
            try await withServer(Script { $0.drippingFile(announced: announced) }) { server in
                let transport = transport {
                    $0.slowSeconds = 1
                    $0.minimumBytesPerSecond = 10
                }
                #expect(
                    await failure(transport, server.url("/"))
                        == .tooSlow(minimumBytesPerSecond: 10, seconds: 1))
            }
        }

        @Test("a pace above the limit is none too slow, though the file takes long")
        func steadyPace() async throws {
            let script = Script { exchange in
                exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 2600\r\n\r\n")
                for _ in 0..<26 {
                    exchange.send([UInt8](repeating: 1, count: 100))
                    exchange.waitForEnd(100)
                }
                return true
            }
            try await withServer(script) { server in
                let transport = transport {
                    $0.slowSeconds = 1
                    $0.minimumBytesPerSecond = 100
                }
                let bytes = try await transport.fetch(server.url("/"), maximumBytes: 2600)
                #expect(bytes.count == 2600)
            }
        }

        @Test("silence is too slow: without an answer, and in the middle of a TLS handshake")
        func silence() async throws {
            try await withServer(Script { $0.silence() }) { server in
                let transport = transport {
                    $0.slowSeconds = 1
                    $0.connectSeconds = 1
                }
                #expect(
                    await failure(transport, server.url("/"))
                        == .tooSlow(minimumBytesPerSecond: 1024, seconds: 1))
                let url = "https://127.0.0.1:\(server.port)/"
                #expect(
                    await failure(transport, url)
                        == .unreachable("no connection to 127.0.0.1:\(server.port) in 1 s"))
            }
        }

        @Test("a header as long as allowed is taken, one byte more is not")
        func headerLimit() async throws {
            let length = 2000
            try await withServer(Script { $0.file([1], withHeaderLineOf: length) }) { server in
                // Status line, Content-Length, the long line, and the empty one.
                let whole = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n".utf8.count + length + 4
                let bytes = try await transport { $0.maximumHeaderBytes = whole }.fetch(
                    server.url("/"), maximumBytes: 1)
                #expect(bytes == [1])
                let reason = await failure(
                    transport { $0.maximumHeaderBytes = whole - 1 }, server.url("/"))
                #expect(reason == .unreachable("header longer than \(whole - 1) bytes"))
            }
        }

        @Test("floods of interim answers, endless lines and trailers end")
        func floods() async throws {
            let scripts: [Script] = [
                Script { $0.interimFlood() }, Script { $0.interimFlood("103 Early Hints") },
                Script { $0.endlessHeader() }, Script { $0.endlessHeaderLine() },
                Script { $0.endlessTrailer() },
                Script { $0.slowHeader(every: 100) },
            ]
            for script in scripts {
                try await withServer(script) { server in
                    #expect(
                        await failure(transport { $0.slowSeconds = 1 }, server.url("/")) != nil)
                    #expect(server.requests.count == 1)
                }
            }
        }

        @Test("an error's body is read up to the limit and its connection then kept or not")
        func errorBody() async throws {
            let script = Script {
                $0.answer("404 Not Found", body: [UInt8](repeating: 1, count: 1000))
            }
            for (limit, connections) in [(1000, 1), (999, 3)] {
                try await withServer(script) { server in
                    let transport = transport { $0.maximumErrorBodyBytes = limit }
                    for _ in 0..<3 {
                        #expect(await failure(transport, server.url("/")) == .notFound)
                    }
                    #expect(server.connections == connections)
                }
            }
        }

        @Test("a page for people comes as it is: only its reader can know better")
        func loginPage() async throws {
            try await withServer(Script { $0.loginPage() }) { server in
                let bytes = try await transport().fetch(server.url("/"), maximumBytes: 1000)
                #expect(bytes.starts(with: "<!DOCTYPE html>".utf8))
            }
        }

        @Test("redirects that lead nowhere end", arguments: [0, 3])
        func redirects(maximum: Int) async throws {
            let transport = transport { $0.maximumRedirects = maximum }
            try await withServer(Script { $0.redirectForEver() }) { server in
                #expect(
                    await failure(transport, server.url("/0"))
                        == .redirectRefused(to: server.url("/\(maximum + 1)")))
                #expect(server.targets == (0...maximum).map { "/\($0)" })
            }
            try await withServer(Script { $0.redirectToItself() }) { server in
                #expect(
                    await failure(transport, server.url("/a"))
                        == .redirectRefused(to: server.url("/a")))
                #expect(server.requests.count == maximum + 1)
            }
            try await withServer(Script { $0.redirectNowhere() }) { server in
                #expect(await failure(transport, server.url("/")) == .status(301))
                #expect(server.requests.count == 1)
            }
        }

        @Test("a long file that is announced lies in memory once")
        func reserve() async throws {
            let body = [UInt8](repeating: 1, count: 3_000_000)
            try await withServer(Script { $0.answer(body: body) }) { server in
                let bytes = try await transport().fetch(server.url("/"), maximumBytes: 4_000_000)
                #expect(bytes == body)
                // Grown by doubling it would have room for 2^k bytes.
                #expect((3_000_000..<3_100_000).contains(bytes.capacity))
            }
        }

        @Test("a length that is only announced costs nothing")
        func announcedOnly() async throws {
            let script = Script { exchange in
                exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\nx")
                return exchange.silence()
            }
            try await withServer(script) { server in
                let transport = transport { $0.slowSeconds = 1 }
                let reason = await failure(transport, server.url("/"), maximumBytes: .max)
                #expect(reason == .tooSlow(minimumBytesPerSecond: 1024, seconds: 1))
            }
        }
    }
}
