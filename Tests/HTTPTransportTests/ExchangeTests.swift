// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Exchanges: one request, one answer of any status")
    struct ExchangeTests {
        @Test(
            "the method and the header go out as they were given, and nothing asks for leave",
            arguments: [
                (HTTPRequest.Method.get, nil), (.head, nil), (.delete, nil), (.put, "0"),
                (.post, "0"), (.patch, "0"),
            ])
        func request(method: HTTPRequest.Method, length: String?) async throws {
            try await withServer(Script { $0.answer() }) { server in
                let request = HTTPRequest(
                    method, server.url("/a%20b?x=%2F&y="),
                    headers: [("X-One", "1"), ("X-Empty", ""), ("X-One", "zwei")])
                let response = try await transport().exchange(request, maximumBytes: 0)
                #expect(response.status == 200)
                let seen = try #require(server.requests.first)
                #expect(seen.method == method.rawValue)
                #expect(seen.target == "/a%20b?x=%2F&y=")
                #expect(seen.lines.filter { $0.hasPrefix("X-One") } == ["X-One: 1", "X-One: zwei"])
                #expect(seen.value(of: "X-Empty") == "")
                #expect(seen.value(of: "Content-Length") == length)
                #expect(seen.value(of: "Expect") == nil)
                #expect(seen.value(of: "Accept-Encoding") == nil)
            }
        }

        @Test(
            "any status is a response, with its fields and its body",
            arguments: [200, 201, 202, 204, 301, 307, 401, 403, 404, 412, 416, 429, 500, 503])
        func statuses(status: Int) async throws {
            let script = Script {
                $0.answer(
                    "\(status) So", headers: ["Etag: \"x\"", "Location: http://other.test/"],
                    body: status == 204 ? "" : "words")
            }
            try await withServer(script) { server in
                let request = HTTPRequest(.get, server.url("/"))
                let response = try await transport().exchange(request, maximumBytes: 5)
                #expect(response.status == status)
                #expect(response.body == Array((status == 204 ? "" : "words").utf8))
                #expect(response.value(of: "ETAG") == "\"x\"")
                #expect(response.value(of: "location") == "http://other.test/")
                // Neither followed nor repeated.
                #expect(server.requests.count == 1)
            }
        }

        @Test("fields of interim answers do not count, repeated ones are told apart")
        func fields() async throws {
            let script = Script { exchange in
                exchange.send("HTTP/1.1 103 Early\r\nETag: early\r\n\r\n")
                return exchange.answer(headers: [
                    "Link: <a>", "link: <b>", "Same: 1", "Same:1 ", "Bad name: x", "Bytes: \u{ff}",
                ])
            }
            try await withServer(script) { server in
                let request = HTTPRequest(.get, server.url("/"))
                let response = try await transport().exchange(request, maximumBytes: 0)
                #expect(response.value(of: "ETag") == nil)
                #expect(response.values(of: "Link") == ["<a>", "<b>"])
                #expect(response.value(of: "Link") == nil)
                #expect(response.value(of: "same") == "1")
                #expect(!response.fields.contains { $0.name.contains(" ") })
                #expect(response.contentLength == 0)
            }
        }

        @Test("a transport that knows one server asks the others where they are")
        func servers() async throws {
            try await withServer(Script { $0.answer(body: "1") }) { first in
                try await withServer(Script { $0.answer(body: "2") }) { second in
                    let transport = transport()
                    let targets = ["/", "/a//b/../c?x=/%2F", "/?", "?query"]
                    for target in targets {
                        for (server, body) in [(first, "1"), (second, "2")] {
                            let request = HTTPRequest(.get, server.url(target))
                            let response = try await transport.exchange(request, maximumBytes: 1)
                            #expect(response.body == Array(body.utf8))
                        }
                    }
                    #expect(first.targets == ["/", "/a//b/../c?x=/%2F", "/?", "/?query"])
                    #expect(second.targets == first.targets)
                    // Another host, for all that the URL begins like those of the known one.
                    let other = HTTPRequest(.get, first.url("@example.org/"))
                    #expect(await reason(other, transport) == .schemeRefused("http"))
                }
            }
        }

        @Test("HEAD tells a length that would be too long for a body")
        func head() async throws {
            let script = Script { exchange in
                exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 123456789\r\n\r\n")
                return true
            }
            try await withServer(script) { server in
                let transport = transport()
                for _ in 1...2 {
                    let request = HTTPRequest(.head, server.url("/"))
                    let response = try await transport.exchange(request, maximumBytes: 0)
                    #expect(response.contentLength == 123_456_789)
                    #expect(response.body.isEmpty)
                }
                #expect(server.connections == 1)
            }
        }

        @Test("the body of a 2xx answer is bounded, announced or not")
        func bounded() async throws {
            for isAnnounced in [true, false] {
                let script = Script { exchange in
                    if isAnnounced { return exchange.answer(body: "123456") }
                    return exchange.endlessFile()
                }
                try await withServer(script) { server in
                    let request = HTTPRequest(.get, server.url("/"))
                    #expect(
                        await reason(request, maximumBytes: 5) == .tooLarge(maximumBytes: 5))
                }
            }
        }

        @Test("an error's body is kept as far as its bound, and the status stands")
        func errorBody() async throws {
            let script = Script { exchange in
                exchange.send("HTTP/1.1 500 No\r\n\r\n")
                return exchange.endlessly(Array("0123456789".utf8))
            }
            try await withServer(script) { server in
                let request = HTTPRequest(.get, server.url("/"))
                let transport = transport { $0.maximumErrorBodyBytes = 25 }
                let response = try await transport.exchange(request, maximumBytes: 5)
                #expect(response.status == 500)
                #expect(response.body == Array("0123456789012345678901234".utf8))
            }
        }

        @Test("a header bomb ends an exchange", arguments: [HTTPRequest.Method.get, .head, .put])
        func headerBomb(method: HTTPRequest.Method) async throws {
            let script = Script { exchange in
                exchange.send("HTTP/1.1 200 OK\r\n")
                while exchange.send("X: 0123456789\r\n") {}
                return false
            }
            try await withServer(script) { server in
                let request = HTTPRequest(method, server.url("/"))
                #expect(await reason(request) == .unreachable("header longer than 65536 bytes"))
            }
        }

        @Test("a body that breaks off is truncated, one that drips is too slow")
        func brokenBodies() async throws {
            try await withServer(Script { $0.truncated([1, 2, 3], at: 1) }) { server in
                let request = HTTPRequest(.get, server.url("/"))
                #expect(await reason(request) == .truncated)
                let attempt = await transport().attempt(request, maximumBytes: 10)
                #expect(attempt.isTransient)
            }
            try await withServer(Script { $0.drippingFile(every: 100) }) { server in
                var request = HTTPRequest(.get, server.url("/"))
                request.slowSeconds = 1
                #expect(
                    await reason(request) == .tooSlow(minimumBytesPerSecond: 1024, seconds: 1))
            }
        }

        @Test("what is sent nowhere: other schemes, plain HTTP elsewhere, split header lines")
        func refused() async throws {
            #expect(await reason(HTTPRequest(.get, "file:///etc")) == .schemeRefused("file"))
            #expect(await reason(HTTPRequest(.get, "http://a.test/")) == .schemeRefused("http"))
            for bad in [("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "\0"), ("X: Y", "a"), ("", "a")] {
                let request = HTTPRequest(.get, "http://127.0.0.1:9/", headers: [bad])
                #expect(
                    await reason(request)
                        == .unreachable("a header field with a byte that none may have"))
            }
        }

        @Test("no error shows the query, which may hold a signature")
        func query() async throws {
            let url = try await withServer(Script { _ in false }) { $0.url("/p?X-Signature=abc") }
            do {
                _ = try await transport().exchange(HTTPRequest(.get, url), maximumBytes: 0)
                Issue.record("an answer of nobody")
            } catch {
                #expect(!"\(error)".contains("X-Signature"))
                #expect("\(error)".contains("/p"))
            }
        }

        @Test("the caller's authorization is the only one that is sent")
        func authorization() async throws {
            try await withServer(Script { $0.answer() }) { server in
                let folder = try TestFolder()
                let netrc = try folder.write(
                    "machine 127.0.0.1 login user password secret\n", to: "netrc")
                let transport = transport(
                    credentials: TransportCredentials(netrcFile: netrc))
                var request = HTTPRequest(.get, server.url("/"))
                _ = try await transport.exchange(request, maximumBytes: 0)
                request.headers = [("authorization", "Own 1")]
                _ = try await transport.exchange(request, maximumBytes: 0)
                let sent = server.requests.map { $0.value(of: "Authorization") }
                #expect(sent == ["Basic dXNlcjpzZWNyZXQ=", "Own 1"])
            }
        }

        @Test("a cancelled exchange ends, in its pause as well")
        func cancellation() async throws {
            let (arrivals, arrived) = AsyncStream<Void>.makeStream()
            let script = Script { exchange in
                arrived.yield()
                exchange.waitForEnd()
                return false
            }
            try await withServer(script) { server in
                let task = Task { await reason(HTTPRequest(.get, server.url("/"))) }
                for await _ in arrivals { break }
                task.cancel()
                #expect(await task.value == .cancelled)
                var late = HTTPRequest(.get, server.url("/"))
                late.pauseMilliseconds = 60_000
                let pausing = Task { [late] in await reason(late) }
                pausing.cancel()
                #expect(await pausing.value == .cancelled)
                #expect(server.requests.count == 1)
            }
        }
    }

    /// Why an exchange gave no response; an issue is recorded if it gave one.
    static func reason(
        _ request: HTTPRequest, _ transport: HTTPTransport? = nil, maximumBytes: Int = 1000,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> FetchError.Reason? {
        do {
            let transport = transport ?? Self.transport()
            let response = try await transport.exchange(request, maximumBytes: maximumBytes)
            Issue.record("status \(response.status)", sourceLocation: sourceLocation)
            return nil
        } catch {
            return error.reason
        }
    }
}
