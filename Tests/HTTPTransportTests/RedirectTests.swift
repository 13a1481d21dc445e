// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Redirects")
    struct RedirectTests {
        @Test(
            "a redirect to the same host and port is followed",
            arguments: ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
        func sameHost(status: String) async throws {
            let script = Script { exchange in
                switch exchange.target {
                case "/a": exchange.redirect("/b/../c%2F", status: status)
                case "/b/../c%2F", "/c%2F": exchange.answer(body: "here")
                default: exchange.answer("404 Not Found")
                }
            }
            try await withServer(script) { server in
                let sink = RecordingSink()
                try await transport().stream(server.url("/a"), maximumBytes: 4, into: sink)
                #expect(sink.bytes == Array("here".utf8))
                #expect(server.connections == 1)
            }
        }

        /// attack: slow retrieval: a redirect after the other
        @Test("the fifth redirect is followed, the sixth refused")
        func loop() async throws {
            let script = Script { exchange in
                let count = Int(exchange.target.dropFirst()) ?? 0
                return count == 0 ? exchange.answer(body: "x") : exchange.redirect("/\(count - 1)")
            }
            try await withServer(script) { server in
                let transport = transport()
                let bytes = try await transport.fetch(server.url("/5"), maximumBytes: 1)
                #expect(bytes == Array("x".utf8))
                #expect(
                    await failure(transport, server.url("/6"))
                        == .redirectRefused(to: server.url("/0")))
                #expect(server.targets.last == "/1")
            }
        }

        /// attack: slow retrieval: a redirect to itself
        @Test("a redirect to itself ends")
        func itself() async throws {
            try await withServer(Script { $0.redirect($0.target) }) { server in
                #expect(
                    await failure(transport(), server.url("/a"))
                        == .redirectRefused(to: server.url("/a")))
                #expect(server.requests.count == 6)
            }
        }

        @Test("a redirect to another port is refused, and nothing asked there")
        func otherPort() async throws {
            try await withServer(Script { $0.answer(body: "evil") }) { other in
                try await withServer(Script { $0.redirect(other.url("/")) }) { server in
                    #expect(
                        await failure(transport(), server.url("/"))
                            == .redirectRefused(to: other.url("/")))
                }
                #expect(other.connections == 0)
            }
        }

        @Test("a redirect to another host by name is refused, even if it is the same machine")
        func otherHost() async throws {
            try await withServer(Script { $0.redirect("http://localhost:\(portOf($0))/") }) {
                server in
                #expect(
                    await failure(transport(), server.url("/"))
                        == .redirectRefused(to: "http://localhost:\(server.port)/"))
                #expect(server.requests.count == 1)
            }
        }

        @Test(
            "a redirect out of HTTP, or to what is no URL, is refused",
            arguments: [
                "file:///etc/hostname", "ftp://127.0.0.1/", "gopher://127.0.0.1:70/",
                "https://192.0.2.1/", "//192.0.2.1/x", "http://127.0.0.1:99999/",
            ])
        func otherScheme(location: String) async throws {
            try await withServer(Script { $0.redirect(location) }) { server in
                guard
                    case .redirectRefused(let target) = await failure(
                        transport(), server.url("/"))
                else {
                    Issue.record("expected a refused redirect")
                    return
                }
                #expect(target.hasSuffix(location))
                #expect(server.requests.count == 1)
            }
        }

        @Test("the target of a refused redirect is escaped and cut in the error")
        func longTarget() async throws {
            let location = "http://192.0.2.1/\u{1b}[31m" + String(repeating: "a", count: 500)
            try await withServer(Script { $0.redirect(location) }) { server in
                guard
                    case .redirectRefused(let target) = await failure(
                        transport(), server.url("/"))
                else {
                    Issue.record("expected a refused redirect")
                    return
                }
                #expect(target.utf8.count <= 200)
                #expect(target.utf8.allSatisfy { (0x20...0x7e).contains($0) })
                #expect(target.hasPrefix("http://192.0.2.1/"))
            }
        }

        @Test(
            "which redirects are allowed",
            arguments: [
                ("https://example.org/a", "https://EXAMPLE.org:443/b", true),
                ("http://example.org/a", "https://example.org/a", true),
                ("http://127.0.0.1:8080/a", "https://127.0.0.1:8080/a", true),
                ("http://127.0.0.1/a", "http://0x7f.1/b", true),
                ("https://u:p@example.org/a", "https://u:p@example.org/b", true),
                ("https://u:p@example.org/a", "https://example.org/b", true),
                ("https://example.org/a", "http://example.org/a", false),
                ("https://example.org/a", "http://example.org:443/a", false),
                ("http://example.org:8080/a", "https://example.org/a", false),
                ("https://example.org/a", "https://example.org:8443/a", false),
                ("https://example.org/a", "https://www.example.org/a", false),
                ("https://example.org/a", "https://example.org./a", false),
                ("https://example.org/a", "https://u:p@example.org/a", false),
                ("https://example.org/a", "https://example.org@192.0.2.1/a", false),
                ("https://[fe80::1%25eth0]/a", "https://[fe80::1%25eth1]/a", false),
                ("https://example.org/a", "file://localhost/a", false),
                ("file:///a", "file:///b", false), ("file:///a", "https://example.org/", false),
            ])
        func rule(from: String, to: String, isAllowed: Bool) throws {
            let first = try RequestURL(from)
            #expect(try first.mayRedirect(to: RequestURL(to)) == isAllowed)
        }
    }
}

/// The port a request was sent to, by its own Host line.
private func portOf(_ exchange: HostileExchange) -> String {
    exchange.request.value(of: "Host")?.split(separator: ":").last.map(String.init) ?? ""
}
