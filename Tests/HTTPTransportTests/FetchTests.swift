// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import Synchronization
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Fetching over HTTP")
    struct FetchTests {
        @Test("a file arrives whole, in memory and through a sink")
        func whole() async throws {
            let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            try await withServer(Script { $0.answer(body: body) }) { server in
                let transport = transport()
                let fetched = try await transport.fetch(
                    server.url("/a"), maximumBytes: body.count)
                #expect(fetched == body)
                let sink = RecordingSink()
                try await transport.stream(
                    server.url("/b"), maximumBytes: body.count, into: sink)
                #expect(sink.bytes == body)
                #expect(sink.calls > 1)
            }
        }

        @Test("an empty file is a file")
        func empty() async throws {
            try await withServer(Script { $0.answer() }) { server in
                let transport = transport()
                let bytes = try await transport.fetch(server.url("/"), maximumBytes: 0)
                #expect(bytes == [])
            }
        }

        @Test("requests one after the other use one connection, after a 404 as well")
        func keepAlive() async throws {
            let script = Script { exchange in
                exchange.target == "/none"
                    ? exchange.answer("404 Not Found", body: "nothing here")
                    : exchange.answer(body: "x")
            }
            try await withServer(script) { server in
                let transport = transport()
                for _ in 0..<3 {
                    _ = try await transport.fetch(server.url("/"), maximumBytes: 1)
                    #expect(await failure(transport, server.url("/none")) == .notFound)
                }
                #expect(server.requests.count == 6)
                #expect(server.connections == 1)
            }
        }

        @Test("the request names the program and asks for no encoding")
        func requestHeader() async throws {
            try await withServer(Script { $0.answer() }) { server in
                _ = try await transport().fetch(server.url("/"), maximumBytes: 0)
                let request = try #require(server.requests.first)
                #expect(request.header.hasPrefix("GET / HTTP/1.1\r\n"))
                #expect(request.value(of: "User-Agent") == "carnet/0.0.1")
                for name in ["Accept-Encoding", "Range", "If-Range", "Authorization", "TE"] {
                    #expect(request.value(of: name) == nil)
                }
            }
        }

        @Test(
            "the path is sent as it is",
            arguments: [
                "/a%2Fb", "/a/../b", "/./a/%2e%2e/b", "//a///b", "/%C3%A9?x=%2F", "/..%2F..%2Fc",
            ])
        func path(target: String) async throws {
            try await withServer(Script { $0.answer() }) { server in
                _ = try await transport().fetch(server.url(target), maximumBytes: 0)
                #expect(server.targets == [target])
            }
        }

        @Test("an encoded body comes as raw bytes")
        func contentEncoding() async throws {
            // An empty gzip file.
            let body: [UInt8] = [
                0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            ]
            let script = Script {
                $0.answer(headers: ["Content-Encoding: gzip"], body: body)
            }
            try await withServer(script) { server in
                let bytes = try await transport().fetch(server.url("/"), maximumBytes: 100)
                #expect(bytes == body)
            }
        }

        @Test("a chunked body is put together")
        func chunked() async throws {
            let script = Script {
                $0.send(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            }
            try await withServer(script) { server in
                let bytes = try await transport().fetch(server.url("/"), maximumBytes: 5)
                #expect(bytes == Array("abcde".utf8))
            }
        }

        @Test(
            "another status than 200 is an error, and its body reaches no sink",
            arguments: [
                ("404 Not Found", FetchError.Reason.notFound), ("403 Forbidden", .status(403)),
                ("500 Internal Server Error", .status(500)), ("304 Not Modified", .status(304)),
                ("206 Partial Content", .status(206)), ("204 No Content", .status(204)),
                ("302 Found", .status(302)), ("410 Gone", .status(410)),
            ])
        func status(line: String, reason: FetchError.Reason) async throws {
            let hasBody = !line.hasPrefix("304") && !line.hasPrefix("204")
            try await withServer(Script { $0.answer(line, body: hasBody ? "secret" : "") }) {
                server in
                let sink = RecordingSink()
                let expected = FetchError(url: server.url("/"), reason: reason)
                await #expect(throws: expected) {
                    try await transport().stream(server.url("/"), maximumBytes: 9, into: sink)
                }
                #expect(sink.calls == 0)
            }
        }

        @Test("a 404 with an endless body is a 404, and is not read on")
        func endless404() async throws {
            let sentBytes = Mutex(0)
            let script = Script { exchange in
                exchange.send("HTTP/1.1 404 Not Found\r\n\r\n")
                let block = [UInt8](repeating: 0x41, count: 16_384)
                while exchange.send(block) { sentBytes.withLock { $0 += block.count } }
                return false
            }
            try await withServer(script) { server in
                #expect(await failure(transport(), server.url("/")) == .notFound)
            }
            // Most of it is in the sockets' buffers.
            #expect(sentBytes.withLock { $0 } < 16_000_000)
        }

        @Test("an interim answer is passed over, with what it announces")
        func interim() async throws {
            let script = Script { exchange in
                exchange.send("HTTP/1.1 103 Early Hints\r\nContent-Length: 99999\r\n\r\n")
                exchange.send("HTTP/1.1 200 OK\r\n\r\nx")
                return false
            }
            try await withServer(script) { server in
                let bytes = try await transport().fetch(server.url("/"), maximumBytes: 1)
                #expect(bytes == Array("x".utf8))
            }
        }

        @Test("a refused connection says by whom")
        func refused() async throws {
            let port = try await withServer(Script { _ in false }) { $0.port }
            let reason = await failure(transport(), "http://127.0.0.1:\(port)/")
            #expect(reason == .unreachable("connection refused by 127.0.0.1:\(port)"))
        }

        @Test("a connection closed without an answer is no file")
        func noAnswer() async throws {
            try await withServer(Script { _ in false }) { server in
                guard case .unreachable = await failure(transport(), server.url("/")) else {
                    Issue.record("expected unreachable")
                    return
                }
            }
        }

        @Test("what is no HTTP is no file")
        func otherProtocol() async throws {
            let script = Script { exchange in
                exchange.send("SSH-2.0-OpenSSH_9.2\r\n\r\n")
                return false
            }
            try await withServer(script) { server in
                guard case .unreachable = await failure(transport(), server.url("/")) else {
                    Issue.record("expected unreachable")
                    return
                }
            }
        }
    }
}
