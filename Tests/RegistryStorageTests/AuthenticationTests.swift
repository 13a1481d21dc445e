// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import MetadataSigning
import RegistryStorage
import RepositoryStorage
import Synchronization
import TestKit
import Testing

@Suite("Registry: who asks")
struct AuthenticationTests {
    private static let manifest = FileManifest(
        "targets/x", ContentDigest(of: [7]), length: 1, data: [7], made: RegistryFixture.now
    ).bytes

    /// A registry that wants tokens which it counts up, and gives them itself.
    ///
    /// - Parameter isGood: whether a token of this number, from 1, is taken.
    private static func script(
        realm: String? = nil, expires: String = "300",
        isGood: @escaping @Sendable (Int, Int) -> Bool = { token, _ in token > 0 }
    ) -> HostileServer.Script {
        let tokens = TokenCount()
        return HostileServer.Script { exchange in
            let host = exchange.request.value(of: "Host") ?? ""
            if exchange.target.hasPrefix("/token") {
                let number = tokens.next()
                return exchange.answer(body: "{\"token\":\"t\(number)\",\"expires_in\":\(expires)}")
            }
            let sent = exchange.request.value(of: "Authorization") ?? ""
            let number = Int(sent.dropFirst("Bearer t".count)) ?? 0
            guard isGood(number, exchange.number) else {
                let realm = realm ?? "http://\(host)/token"
                return exchange.answer(
                    "401 Unauthorized",
                    headers: [
                        "WWW-Authenticate: Bearer realm=\"\(realm)\",service=\"a b\","
                            + "scope=\"repository:demo:pull\""
                    ], body: #"{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}"#)
            }
            return exchange.answer(
                headers: ["Content-Type: \(MediaType.manifest)"], body: manifest)
        }
    }

    private func store(
        _ server: HostileServer, login: RegistryLogin = .anonymous(remark: ""),
        now: @escaping @Sendable () -> Instant = { RegistryFixture.now }
    ) throws -> RegistryStore {
        try RegistryStore(
            RegistryPlace("oci://127.0.0.1:\(server.port)/demo"), login: login,
            transport: RegistryFixture.transport(), now: now)
    }

    @Test("a token is asked for where the registry says, with what it wants, and kept")
    func token() async throws {
        try await HostileServer.run(AuthenticationTests.script()) { server in
            let store = try store(server, login: .password(user: "al", password: "pw"))
            for _ in 0..<3 {
                #expect(try await store.read("targets/x", maximumBytes: 1)?.bytes == [7])
            }
            let asked = server.requests.filter { $0.target.hasPrefix("/token") }
            #expect(asked.map(\.target) == ["/token?service=a%20b&scope=repository:demo:pull"])
            #expect(asked.first?.value(of: "Authorization") == "Basic YWw6cHc=")
            #expect(server.requests.count == 5)
            #expect(server.requests.last?.value(of: "Authorization") == "Bearer t1")
        }
    }

    @Test("many that need a token at once ask for one")
    func together() async throws {
        try await HostileServer.run(AuthenticationTests.script()) { server in
            let store = try store(server)
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        (try? await store.read("targets/x", maximumBytes: 1)) != nil
                    }
                }
                for await isRead in group { #expect(isRead) }
            }
            #expect(server.targets.count { $0.hasPrefix("/token") } == 1)
        }
    }

    @Test("a token that is over is not sent again; one that ends early is replaced")
    func expiry() async throws {
        let time = TestClock()
        try await HostileServer.run(AuthenticationTests.script(expires: "100")) { server in
            let store = try store(server, now: { time.now })
            _ = try await store.find("targets/x")
            time.advance(99)
            _ = try await store.find("targets/x")
            #expect(server.requests.last?.value(of: "Authorization") == "Bearer t1")
            time.advance(1)
            _ = try await store.find("targets/x")
            #expect(server.requests.last?.value(of: "Authorization") == "Bearer t2")
        }
        // The third request refuses the first token.
        let early = AuthenticationTests.script { token, request in
            token > (request < 3 ? 0 : 1)
        }
        try await HostileServer.run(early) { server in
            let store = try store(server)
            _ = try await store.find("targets/x")
            _ = try await store.find("targets/x")
            #expect(server.requests.last?.value(of: "Authorization") == "Bearer t2")
        }
    }

    @Test("a registry that takes no token is told as refusing, after a second one")
    func never() async throws {
        try await HostileServer.run(AuthenticationTests.script { _, _ in false }) { server in
            let store = try store(server)
            let error = await #expect(throws: RepositoryStoreError.self) {
                _ = try await store.find("targets/x")
            }
            guard case .denied(let words) = error?.reason else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(words.contains("who are you") && words.contains("anonymous"))
            #expect(server.targets.count { $0.hasPrefix("/token") } <= 2)
        }
    }

    @Test(
        "nobody gets credentials at a place that others can overhear, or that is none",
        arguments: [
            "http://auth.invalid/token", "file:///etc/passwd", "", "/token", "ftp://127.0.0.1/t",
            "http://u:p@127.0.0.1:1/t",
        ])
    func realm(realm: String) async throws {
        try await HostileServer.run(AuthenticationTests.script(realm: realm)) { server in
            let store = try store(server, login: .password(user: "al", password: "topsecret"))
            let error = await #expect(throws: RepositoryStoreError.self) {
                _ = try await store.find("targets/x")
            }
            guard case .denied(let words) = error?.reason else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(words.contains("https URL expected") && !words.contains("topsecret"))
            #expect(server.targets.count == 1)
        }
    }

    @Test(
        "an answer without a usable token is no token",
        arguments: [
            "", "{}", "{\"token\":\"\"}", "{\"token\":\"a b\"}", "{\"token\":\"a\\nb\"}",
            "{\"token\":1}", "endless",
        ])
    func nonsense(body: String) async throws {
        let script = HostileServer.Script { exchange in
            guard exchange.target.hasPrefix("/token") else {
                let host = exchange.request.value(of: "Host") ?? ""
                return exchange.answer(
                    "401 Unauthorized",
                    headers: ["WWW-Authenticate: Bearer realm=\"http://\(host)/token\""])
            }
            return body == "endless" ? exchange.endlessFile() : exchange.answer(body: body)
        }
        try await HostileServer.run(script) { server in
            let store = try store(server)
            let error = await #expect(throws: RepositoryStoreError.self) {
                _ = try await store.find("targets/x")
            }
            guard case .unexpected = error?.reason else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}

/// Counts tokens up.
private final class TokenCount: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}

/// A time of day that stands until it is advanced.
private final class TestClock: Sendable {
    private let seconds = Atomic(RegistryFixture.now.seconds)

    var now: Instant { Instant(seconds: seconds.load(ordering: .relaxed)) }

    func advance(_ count: Int) { seconds.add(count, ordering: .relaxed) }
}
