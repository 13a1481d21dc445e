// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("TLS")
    struct TLSTests {
        @Test("a certificate of the given CA file is accepted, by no other file or none")
        func trust() async throws {
            let server = try TLSServer(answers: ["a": "HTTP/1.0 200 OK\r\n\r\nover TLS"])
            let url = server.url("a")
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
            let url = server.url("a")
            let reason = await failure(transport(caFile: server.folder.path + "/none.pem"), url)
            guard case .unreachable(let words) = reason else {
                Issue.record("\(String(describing: reason)), expected unreachable")
                return
            }
            #expect(words.hasPrefix("CA file not usable: "))
        }

        @Test("so is one of the given directory, and neither file nor directory goes by the other")
        func directory() async throws {
            let server = try TLSServer(answers: ["a": "HTTP/1.0 200 OK\r\n\r\nover TLS"])
            let trusted = try TestFolder()
            #expect(try Command.run(["cp", server.caFile, trusted.path]) == 0)
            #expect(try Command.run(["openssl", "rehash", trusted.path]) == 0)
            let other = try TLSServer(answers: [:])
            for file in [nil, other.caFile] {
                let transport = transport(caFile: file, caDirectory: trusted.path)
                let bytes = try await transport.fetch(server.url("a"), maximumBytes: 8)
                #expect(bytes == Array("over TLS".utf8))
            }
            let empty = try TestFolder()
            let reason = await failure(transport(caDirectory: empty.path), server.url("a"))
            #expect("\(String(describing: reason))".contains("not accepted: "))
            let none = transport(caDirectory: empty.path + "/none")
            #expect(
                await failure(none, server.url("a"))
                    == .unreachable("CA directory not usable: no such file or directory"))
            let file = transport(caDirectory: server.caFile)
            #expect(
                await failure(file, server.url("a"))
                    == .unreachable("CA directory not usable: not a directory"))
        }

        @Test("a redirect from https to http is refused, and nothing asked there")
        func weakerScheme() async throws {
            try await withServer(Script { $0.answer(body: "evil") }) { plain in
                let server = try TLSServer(answers: [
                    "a": "HTTP/1.0 302 Found\r\nLocation: \(plain.url("/"))\r\n\r\n"
                ])
                let transport = transport(caFile: server.caFile)
                let url = server.url("a")
                #expect(await failure(transport, url) == .redirectRefused(to: plain.url("/")))
                #expect(plain.connections == 0)
            }
        }
    }
}
