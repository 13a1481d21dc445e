// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient
import Testing

extension TransportTests {
    @Suite("Schemes and URLs")
    struct SchemeTests {
        @Test(
            "plain http beyond loopback is refused before anything is sent",
            arguments: [
                "http://192.0.2.1/", "http://example.org/", "http://127.0.0.1.example.org/",
                "http://localhost.example.org/", "http://128.0.0.1/", "http://[::2]/",
                "http://[::ffff:192.0.2.1]/", "http://127.0.0.1@192.0.2.1/",
                "HTTP://192.0.2.1:80/", "http://0.0.0.0/",
            ])
        func plainHTTP(url: String) async {
            let transport = transport()
            #expect(await failure(transport, url) == .schemeRefused("http"))
            #expect(!transport.isRunning)
        }

        @Test(
            "loopback is 127.0.0.0/8, ::1 and localhost, in any spelling",
            arguments: [
                "http://127.0.0.1/", "http://127.255.3.4:8080/", "http://[::1]:80/",
                "http://LocalHost/", "http://0x7f.0.0.1/", "http://2130706433/",
                "http://[0:0::0:1]/", "http://u:p@localhost/",
            ])
        func loopback(url: String) throws {
            #expect(try RequestURL(url).isLoopback)
        }

        @Test("plain http goes further if allowed")
        func allowed() async {
            // A cancelled task, so that the rule lets it pass and yet nothing is sent.
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await failure(
                    transport { $0.allowsPlainHTTPBeyondLoopback = true }, "http://192.0.2.1/")
            }
            #expect(await task.value == .cancelled)
        }

        @Test("other schemes are refused by name", arguments: ["ftp", "gopher", "ssh", "data"])
        func otherScheme(scheme: String) async {
            let transport = transport()
            #expect(await failure(transport, "\(scheme)://h/x") == .schemeRefused(scheme))
            #expect(!transport.isRunning)
        }

        @Test(
            "what is no absolute URL of printable ASCII is refused",
            arguments: [
                "", "/a", "example.org/a", "https://", "https:///a", "https:/a/b", "https:a/b",
                "https://example.org/a b", "file:/a",
                "https://example.org/\r\nX: y", "https://example.org/\u{0}", "https://exämple.org/",
                "https://example.org:99999/", "https://exa mple.org/", "http://[::1/",
                "file://example.org/a", "file:///a%00b", "file:///a?b", "file:///a%0ab",
            ])
        func malformed(url: String) async {
            let transport = transport()
            let reason = await failure(transport, url)
            guard case .unreachable(let words) = reason else {
                Issue.record("\(String(describing: reason)), expected unreachable")
                return
            }
            #expect(words.hasPrefix("not an absolute URL: "))
            #expect(!transport.isRunning)
        }
    }
}
