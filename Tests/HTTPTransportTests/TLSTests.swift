// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import Testing

extension TransportTests {
    @Suite("TLS")
    struct TLSTests {
        @Test("a certificate of the given CA file is accepted, by no other file or none")
        func trust() async throws {
            let server = try TLSServer(answers: ["a": "HTTP/1.0 200 OK\r\n\r\nover TLS"])
            let url = "https://127.0.0.1:\(server.port)/a"
            let trusting = transport(caFile: server.caFile)
            let bytes = try await trusting.fetch(url, maximumBytes: 8)
            #expect(bytes == Array("over TLS".utf8))

            let other = try TLSServer(answers: [:])
            for transport in [transport(), transport(caFile: other.caFile)] {
                let reason = await failure(transport, url)
                guard case .unreachable(let words) = reason else {
                    Issue.record("\(String(describing: reason)), expected unreachable")
                    continue
                }
                #expect(
                    words.hasPrefix("certificate of 127.0.0.1:\(server.port) not accepted: "))
            }
        }

        @Test("a CA file that is none lets nothing through")
        func badCAFile() async throws {
            let server = try TLSServer(answers: ["a": "HTTP/1.0 200 OK\r\n\r\nover TLS"])
            let url = "https://127.0.0.1:\(server.port)/a"
            let reason = await failure(transport(caFile: server.folder + "/none.pem"), url)
            guard case .unreachable(let words) = reason else {
                Issue.record("\(String(describing: reason)), expected unreachable")
                return
            }
            #expect(words.hasPrefix("CA file not usable: "))
        }

        @Test("a redirect from https to http is refused, and nothing asked there")
        func weakerScheme() async throws {
            try await withServer(Script { $0.answer(body: "evil") }) { plain in
                let server = try TLSServer(answers: [
                    "a": "HTTP/1.0 302 Found\r\nLocation: \(plain.url("/"))\r\n\r\n"
                ])
                let transport = transport(caFile: server.caFile)
                let url = "https://127.0.0.1:\(server.port)/a"
                #expect(await failure(transport, url) == .redirectRefused(to: plain.url("/")))
                #expect(plain.connections == 0)
            }
        }
    }
}
