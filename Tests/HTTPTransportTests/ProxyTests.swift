// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Proxies of the environment")
    struct ProxyTests {
        @Test("https goes through the tunnel of the proxy, and the proxy sees its host only")
        func tunnel() async throws {
            let server = try TLSServer(answers: ["a": "HTTP/1.0 200 OK\r\n\r\nover TLS"])
            for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
                try await withServer(Script { $0.tunnel(toPort: server.port) }) { proxy in
                    let transport = transport(
                        caFile: server.caFile,
                        environment: [name: "http://user:pass@127.0.0.1:\(proxy.port)"])
                    let bytes = try await transport.fetch(server.url("a"), maximumBytes: 8)
                    #expect(bytes == Array("over TLS".utf8))
                    let request = try #require(proxy.requests.first)
                    #expect(request.method == "CONNECT")
                    #expect(request.target == "127.0.0.1:\(server.port)")
                    #expect(
                        request.value(of: "Proxy-Authorization") == "Basic dXNlcjpwYXNz")
                }
            }
        }

        @Test("a host of no_proxy is asked directly", arguments: ["no_proxy", "NO_PROXY"])
        func exception(name: String) async throws {
            let server = try TLSServer(answers: ["a": "HTTP/1.0 200 OK\r\n\r\nover TLS"])
            try await withServer(Script { $0.tunnel(toPort: server.port) }) { proxy in
                let transport = transport(
                    caFile: server.caFile,
                    environment: [
                        "https_proxy": "http://127.0.0.1:\(proxy.port)",
                        name: "example.org,127.0.0.1",
                    ])
                _ = try await transport.fetch(server.url("a"), maximumBytes: 8)
                #expect(proxy.connections == 0)
            }
        }

        @Test("plain http to this machine goes past every proxy")
        func loopback() async throws {
            try await withServer(Script { $0.answer(body: "evil") }) { proxy in
                try await withServer(Script { $0.answer(body: "good") }) { server in
                    let url = "http://127.0.0.1:\(proxy.port)"
                    let transport = transport(environment: ["http_proxy": url, "all_proxy": url])
                    let bytes = try await transport.fetch(server.url("/"), maximumBytes: 4)
                    #expect(bytes == Array("good".utf8))
                    #expect(proxy.connections == 0)
                }
            }
        }

        @Test("plain http to elsewhere, where allowed, is given to the proxy of http_proxy")
        func plain() async throws {
            try await withServer(Script { $0.answer(body: "here") }) { proxy in
                let url = "http://127.0.0.1:\(proxy.port)"
                let transport = transport(environment: ["http_proxy": url, "https_proxy": "x:1"]) {
                    $0.allowsPlainHTTPBeyondLoopback = true
                }
                let bytes = try await transport.fetch("http://repository.test/a", maximumBytes: 4)
                #expect(bytes == Array("here".utf8))
                #expect(proxy.targets == ["http://repository.test/a"])
            }
        }

        @Test("HTTP_PROXY is none: a request's own header may have set it")
        func upperCase() async throws {
            try await withServer(Script { $0.answer(body: "here") }) { proxy in
                let transport = transport(
                    environment: ["HTTP_PROXY": "http://127.0.0.1:\(proxy.port)"]
                ) {
                    $0.allowsPlainHTTPBeyondLoopback = true
                    $0.retries = 0
                }
                let reason = await failure(transport, "http://repository.invalid/a")
                #expect(reason == .unreachable("no address for repository.invalid"))
                #expect(proxy.connections == 0)
            }
        }

        @Test(
            "a proxy that refuses is not asked again; one that is at fault is",
            arguments: [(407, 1), (403, 1), (502, 3), (503, 3)])
        func refusal(status: Int, requests: Int) async throws {
            try await withServer(Script { $0.answer("\(status) No", body: "secret") }) { proxy in
                let transport = transport(
                    environment: ["https_proxy": "http://127.0.0.1:\(proxy.port)"])
                let reason = await failure(transport, "https://repository.test/a")
                #expect(
                    reason
                        == .unreachable("status \(status) of the proxy for repository.test:443"))
                #expect(proxy.requests.count == requests)
            }
        }

        @Test(
            "no message shows a proxy's password",
            arguments: [
                "http://user:geheim@127.0.0.1:1", "http://user:geheim@[::1",
                "user:geheim@127.0.0.1:1",
                "quic://user:geheim@127.0.0.1:1", "http://user:geh%65im@proxy.invalid:1",
            ])
        func secrets(proxy: String) async {
            let transport = transport(environment: ["https_proxy": proxy]) { $0.retries = 0 }
            let reason = await failure(transport, "https://repository.test/a")
            guard case .unreachable(let words) = reason else {
                Issue.record("\(String(describing: reason)), expected unreachable")
                return
            }
            #expect(!words.contains("geheim") && !words.contains("geh%65im"))
        }
    }
}
