// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import TestKit
import Testing

extension TransportTests {
    @Suite("Credentials")
    struct CredentialTests {
        private let folder: TestFolder
        private static let secret = "s3cr3t-T0ken~+/=="

        init() throws { folder = try TestFolder() }

        private func token(_ origin: String, _ text: String = secret) throws -> BearerToken {
            let name = "token-\(UInt64.random(in: 0...(.max)))"
            return try BearerToken(file: try folder.write(text, to: name), origin: origin)
        }

        @Test("the token goes to its origin, with every request, after a redirect to the same")
        func origin() async throws {
            let script = Script {
                $0.target == "/a" ? $0.redirect("/b") : $0.answer(body: "x")
            }
            try await withServer(script) { server in
                let credentials = TransportCredentials(
                    token: try token(server.url("/deep/path"), Self.secret + "\r\n"))
                _ = try await transport(credentials: credentials).fetch(
                    server.url("/a"), maximumBytes: 1)
                let values = server.requests.map { $0.value(of: "Authorization") }
                #expect(values == ["Bearer \(Self.secret)", "Bearer \(Self.secret)"])
            }
        }

        @Test("it goes to no other port of the same host")
        func otherPort() async throws {
            try await withServer(Script { $0.answer(body: "x") }) { server in
                let credentials = TransportCredentials(token: try token("http://127.0.0.1:1/"))
                _ = try await transport(credentials: credentials).fetch(
                    server.url("/"), maximumBytes: 1)
                #expect(server.requests.map { $0.value(of: "Authorization") } == [nil])
            }
        }

        @Test(
            "what its origin is",
            arguments: [
                ("https://example.org", "https://EXAMPLE.org:443/x?y", true),
                ("https://example.org/a", "https://example.org/b", true),
                ("https://example.org", "https://www.example.org/", false),
                ("https://example.org", "https://example.org:8443/", false),
                // Where a redirect from the one may lead to the other.
                ("https://127.0.0.1:80", "http://127.0.0.1:80/", false),
                ("http://127.0.0.1:80", "https://127.0.0.1:80/", false),
                ("https://example.org", "http://example.org:443/", false),
                ("http://localhost:8080", "http://127.0.0.1:8080/", false),
            ])
        func sameOrigin(origin: String, url: String, isSame: Bool) throws {
            #expect(try token(origin).isFor(RequestURL(url)) == isSame)
        }

        @Test(
            "a token that everybody could read on its way is refused",
            arguments: [
                "http://example.org/", "http://192.0.2.1/", "file:///a", "example.org", "ftp://h/",
            ])
        func plainOrigin(origin: String) throws {
            let path = try folder.write(Self.secret, to: "token")
            #expect {
                try BearerToken(file: path, origin: origin)
            } throws: { error in
                guard case CredentialError.originRefused = error else { return false }
                return !"\(error)".contains(Self.secret)
            }
        }

        @Test(
            "a file with anything but one token is refused",
            arguments: [
                ("", "empty, expected a token"), ("\n", "empty, expected a token"),
                ("a b", "other characters"), ("a\nb\n", "other characters"),
                ("===", "other characters"), ("a=b", "other characters"),
                ("\u{e9}", "other characters"), ("a\r\nX: y", "other characters"),
                (String(repeating: "a", count: 16_385), "longer than 16384 bytes"),
            ])
        func file(text: String, words: String) throws {
            #expect {
                try token("https://example.org", text)
            } throws: { error in
                error is CredentialError && "\(error)".contains(words)
            }
        }

        @Test("a token file that is not there, and one that is no file, say so")
        func missingFile() {
            let none = folder.path + "/none"
            #expect(throws: CredentialError.unreadable(path: none, code: 2)) {
                try BearerToken(file: none, origin: "https://example.org")
            }
            #expect(throws: CredentialError.unreadable(path: folder.path, code: 21)) {
                try BearerToken(file: folder.path, origin: "https://example.org")
            }
        }

        @Test("no message shows a token", arguments: ["401 Unauthorized", "302 Found", "500 No"])
        func tokenInMessages(status: String) async throws {
            let location = "http://192.0.2.1/"
            let script = Script {
                $0.answer(status, headers: ["Location: \(location)"], body: "x")
            }
            try await withServer(script) { server in
                let token = try token(server.url("/"))
                let transport = transport(credentials: TransportCredentials(token: token))
                let reason = await failure(transport, server.url("/"))
                #expect(!"\(String(describing: reason)) \(token)".contains(Self.secret))
                #expect(!"\(TransportCredentials(token: token))".contains(Self.secret))
            }
        }

        @Test("a netrc file is read if it is named, and gives each host its own")
        func netrc() async throws {
            let file = try folder.write(
                "machine example.org login x password y\nmachine 127.0.0.1 login u password p\n",
                to: "netrc")
            try await withServer(Script { $0.answer(body: "x") }) { server in
                let transport = transport(credentials: TransportCredentials(netrcFile: file))
                _ = try await transport.fetch(server.url("/"), maximumBytes: 1)
                let other = server.url("/").replacing("127.0.0.1", with: "127.0.0.2")
                // Another host that the file does not name; nobody listens there.
                #expect(await failure(transport, other) != nil)
                #expect(server.requests.map { $0.value(of: "Authorization") } == ["Basic dTpw"])
            }
        }

        @Test("what a netrc file says goes over no plain http to another machine")
        func netrcPlain() async throws {
            let file = try folder.write("default login u password p\n", to: "netrc")
            try await withServer(Script { $0.answer(body: "x") }) { proxy in
                let transport = transport(
                    credentials: TransportCredentials(netrcFile: file),
                    environment: ["http_proxy": "http://127.0.0.1:\(proxy.port)"]
                ) { $0.allowsPlainHTTPBeyondLoopback = true }
                _ = try await transport.fetch("http://repository.test/", maximumBytes: 1)
                #expect(proxy.requests.map { $0.value(of: "Authorization") } == [nil])
            }
        }

        @Test("a netrc file that is not there is a failure, not nothing")
        func netrcMissing() async throws {
            try await withServer(Script { $0.answer(body: "x") }) { server in
                let credentials = TransportCredentials(netrcFile: folder.path + "/none")
                #expect(
                    await failure(transport(credentials: credentials), server.url("/"))
                        == .unreachable("netrc file not usable: no such file or directory"))
                #expect(server.connections == 0)
            }
        }

        @Test("a URL's own credentials come first, and stay over a redirect to the same host")
        func ofURL() async throws {
            let file = try folder.write("default login x password y\n", to: "netrc")
            let script = Script {
                $0.target == "/a" ? $0.redirect("/b") : $0.answer(body: "x")
            }
            try await withServer(script) { server in
                let credentials = TransportCredentials(
                    netrcFile: file, token: try token(server.url("/")))
                let url = server.url("/a").replacing("127.0.0.1", with: "u:p@127.0.0.1")
                _ = try await transport(credentials: credentials).fetch(url, maximumBytes: 1)
                #expect(server.targets == ["/a", "/b"])
                #expect(server.requests.first?.value(of: "Authorization") == "Basic dTpw")
                #expect(server.requests.last?.value(of: "Authorization") == "Basic dTpw")
            }
        }

        @Test(
            "no message shows the credentials of a URL",
            arguments: [
                "http://user:geheim@127.0.0.1:1/a@b", "http://user:geheim@repository.test/",
                "ftp://user:geheim@example.org/", "https://user:geheim@example.org:99999/",
                "https:/user:geheim@example.org/", "user:geheim@example.org/a",
                "https://user:geheim/1@example.org/", "https://user:geheim@[::1/",
                "file://user:geheim@example.org/a", "https://user:geheim@exa mple.org/",
            ])
        func ofURLInMessages(url: String) async {
            do {
                _ = try await transport { $0.retries = 0 }.fetch(url, maximumBytes: 1)
                Issue.record("bytes, expected none")
            } catch {
                #expect(!"\(error) \(error.url)".contains("geheim"))
                #expect(!"\(error) \(error.url)".contains("user"))
            }
        }

        @Test("nor does one of a redirect")
        func ofRedirect() async throws {
            let locations = ["http://user:geheim@192.0.2.1/", "/b"]
            for location in locations {
                try await withServer(Script { $0.redirect(location) }) { server in
                    let url = server.url("/").replacing("127.0.0.1", with: "user:geheim@127.0.0.1")
                    let reason = await failure(transport(), url)
                    #expect(!"\(String(describing: reason))".contains("geheim"))
                    guard case .redirectRefused = reason else {
                        Issue.record("expected a refused redirect")
                        return
                    }
                }
            }
        }

        @Test(
            "what a URL is without credentials",
            arguments: [
                ("https://u:p@example.org/a@b?c@d", "https://example.org/a@b?c@d"),
                ("https://example.org:80/@scope/x", "https://example.org:80/@scope/x"),
                ("https://[::1]/@x", "https://[::1]/@x"),
                ("https://[::1]:8/@x", "https://[::1]:8/@x"),
                ("https://u@p@example.org/", "https://example.org/"),
                ("https://u:p/q@example.org/", "https://example.org/"),
                ("u:p@example.org", "example.org"), ("no at all", "no at all"),
                ("https://example.org?x@y", "https://example.org?x@y"), ("", ""),
                ("staged:metadata/1.root.json", "staged:metadata/1.root.json"),
            ])
        func redaction(url: String, shown: String) {
            #expect(FetchError(url: url, reason: .notFound).url == shown)
        }
    }
}
