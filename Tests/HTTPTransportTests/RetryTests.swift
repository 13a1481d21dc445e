// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Repetitions")
    struct RetryTests {
        @Test(
            "a server's own fault is passed over, twice and no more",
            arguments: [
                "500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable",
                "429 Too Many Requests",
            ])
        func fault(status: String) async throws {
            for faults in 0...3 {
                let script = Script {
                    $0.number <= faults ? $0.fault(status) : $0.answer(body: "x")
                }
                try await withServer(script) { server in
                    if faults <= 2 {
                        let bytes = try await transport().fetch(server.url("/"), maximumBytes: 1)
                        #expect(bytes == Array("x".utf8))
                    } else {
                        let code = Int(status.prefix(3)) ?? 0
                        #expect(await failure(transport(), server.url("/")) == .status(code))
                    }
                    #expect(server.requests.count == min(faults + 1, 3))
                }
            }
        }

        @Test(
            "no other answer is asked for twice",
            arguments: [
                "200 OK", "404 Not Found", "403 Forbidden", "401 Unauthorized", "410 Gone",
                "304 Not Modified", "206 Partial Content", "301 Moved Permanently",
                "408 Request Timeout", "416 Range Not Satisfiable",
            ])
        func otherAnswers(status: String) async throws {
            let script = Script {
                $0.answer(status, body: status.hasPrefix("304") ? "" : "x")
            }
            try await withServer(script) { server in
                _ = try? await transport().fetch(server.url("/"), maximumBytes: 1)
                #expect(server.requests.count == 1)
            }
        }

        @Test("nothing that is refused here is asked for twice")
        func refusals() async throws {
            let refused: [(String, Script)] = [
                ("too large", Script { $0.endlessFile() }),
                ("header", Script { $0.endlessHeader() }),
                ("header line", Script { $0.endlessHeaderLine() }),
                ("redirect", Script { $0.redirect("http://192.0.2.1/") }),
                ("encoding", Script { $0.bomb(.gzip, field: "Transfer-Encoding") }),
            ]
            for (name, script) in refused {
                try await withServer(script) { server in
                    #expect(await failure(transport(), server.url("/")) != nil)
                    #expect(server.requests.count == 1, "\(name)")
                }
            }
            try await withServer(Script { $0.silence() }) { server in
                let transport = transport { $0.slowSeconds = 1 }
                #expect(
                    await failure(transport, server.url("/"))
                        == .tooSlow(minimumBytesPerSecond: 1024, seconds: 1))
                #expect(server.requests.count == 1)
            }
            try await withServer(Script { $0.answer(body: "xy") }) { server in
                let sink = RecordingSink(refusingAfter: 0)
                await #expect(throws: FetchError(url: server.url("/"), reason: .sinkRefused)) {
                    try await transport().stream(server.url("/"), maximumBytes: 2, into: sink)
                }
                #expect(server.requests.count == 1)
            }
        }

        @Test("how often is a matter of the limits", arguments: [0, 1, 5])
        func count(retries: Int) async throws {
            try await withServer(Script { $0.fault() }) { server in
                let transport = transport {
                    $0.retries = retries
                    $0.retryMilliseconds = 1
                }
                #expect(await failure(transport, server.url("/")) == .status(503))
                #expect(server.requests.count == retries + 1)
            }
        }

        @Test("a connection that ends before the answer is made again")
        func noAnswer() async throws {
            let script = Script { exchange in
                switch exchange.number {
                case 1: return false
                case 2:
                    exchange.send("HTTP/1.1 200")
                    return exchange.reset()
                default: return exchange.answer(body: "x")
                }
            }
            try await withServer(script) { server in
                let bytes = try await transport().fetch(server.url("/"), maximumBytes: 1)
                #expect(bytes == Array("x".utf8))
            }
        }

        @Test("a kept connection that has ended meanwhile is no fault at all")
        func closedBetween() async throws {
            try await withServer(Script { $0.answerAndClose([1]) }) { server in
                let transport = transport { $0.retries = 0 }
                for _ in 0..<5 {
                    let bytes = try await transport.fetch(server.url("/"), maximumBytes: 1)
                    #expect(bytes == [1])
                }
                #expect(server.requests.count == 5)
            }
        }
    }
}
