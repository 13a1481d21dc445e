// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import MetadataSigning
import RegistryStorage
import RepositoryStorage
import TestKit
import Testing

@Suite("Registry: one that lies")
struct HostileRegistryTests {
    private static let name: UTF8Text = "targets/x"
    private static let tagPath = "/v2/demo/manifests/targets_-x"
    private static let bytes = RegistryFixture.noise(20_000)
    private static let blobPath = "/v2/demo/blobs/\(ContentDigest(of: bytes))"
    private static let manifest = FileManifest(
        name, ContentDigest(of: bytes), length: bytes.count, data: nil, made: RegistryFixture.now
    ).bytes
    private static let type = ["Content-Type: \(MediaType.manifest)"]

    /// What reading and streaming end with, which has to be the same.
    private func refusal(
        _ script: @escaping @Sendable (HostileExchange) -> Bool, maximumBytes: Int = 1 << 20
    ) async throws -> (reason: RepositoryStoreError.Reason?, targets: [String]) {
        try await HostileServer.run(HostileServer.Script(script)) { server in
            let store = try RegistryFixture.store(server)
            let error = await #expect(throws: RepositoryStoreError.self) {
                _ = try await store.read(HostileRegistryTests.name, maximumBytes: maximumBytes)
            }
            let streamed = await #expect(throws: RepositoryStoreError.self) {
                _ = try await store.stream(
                    HostileRegistryTests.name, from: 0, maximumBytes: maximumBytes,
                    into: CollectingSink(most: maximumBytes))
            }
            #expect(error?.place == "\(store.place)/targets/x")
            #expect(streamed?.place == error?.place)
            return (error?.reason, server.targets)
        }
    }

    private func words(_ reason: RepositoryStoreError.Reason?) throws -> String {
        guard case .unexpected(let words) = reason else {
            Issue.record("\(String(describing: reason))")
            return ""
        }
        return words
    }

    private func damage(_ reason: RepositoryStoreError.Reason?) throws -> String {
        guard case .damaged(let words) = reason else {
            Issue.record("\(String(describing: reason))")
            return ""
        }
        return words
    }

    @Test("bytes of another digest are no file")
    func otherBytes() async throws {
        let found = try await refusal { exchange in
            exchange.target == HostileRegistryTests.tagPath
                ? exchange.answer(
                    headers: HostileRegistryTests.type, body: HostileRegistryTests.manifest)
                : exchange.answer(body: [UInt8](repeating: 0, count: 20_000))
        }
        let words = try damage(found.reason)
        #expect(words.contains("\(ContentDigest(of: HostileRegistryTests.bytes)) expected"))
    }

    @Test("fewer bytes than announced are no file")
    func fewerBytes() async throws {
        let found = try await refusal { exchange in
            exchange.target == HostileRegistryTests.tagPath
                ? exchange.answer(
                    headers: HostileRegistryTests.type, body: HostileRegistryTests.manifest)
                : exchange.answer(body: Array(HostileRegistryTests.bytes.dropLast()))
        }
        #expect(try damage(found.reason).contains("19999 bytes found"))
    }

    @Test("a content without an end is left at its announced length")
    func endlessContent() async throws {
        let found = try await refusal { exchange in
            exchange.target == HostileRegistryTests.tagPath
                ? exchange.answer(
                    headers: HostileRegistryTests.type, body: HostileRegistryTests.manifest)
                : exchange.endlessFile()
        }
        #expect(try damage(found.reason).contains("20000 bytes"))
    }

    @Test("a manifest without an end is left at 4 MiB")
    func endlessManifest() async throws {
        let found = try await refusal { exchange in exchange.endlessFile() }
        #expect(try words(found.reason).contains("\(4 << 20) bytes"))
    }

    @Test("a content longer than the caller allows is not asked for")
    func tooLong() async throws {
        let found = try await refusal(
            { exchange in
                exchange.answer(
                    headers: HostileRegistryTests.type, body: HostileRegistryTests.manifest)
            }, maximumBytes: 19_999)
        #expect(found.reason == .tooLarge(maximumBytes: 19_999))
        #expect(found.targets.allSatisfy { $0 == HostileRegistryTests.tagPath })
    }

    @Test(
        "a manifest under another content type is refused",
        arguments: [
            "Content-Type: application/json", "Content-Type: \(MediaType.index)",
            "Content-Type: application/vnd.docker.distribution.manifest.v2+json", "X: y",
        ])
    func otherType(field: String) async throws {
        let found = try await refusal { exchange in
            exchange.answer(headers: [field], body: HostileRegistryTests.manifest)
        }
        #expect(try words(found.reason).contains("content type"))
    }

    @Test("a manifest that is not the one the registry names is refused")
    func otherDigest() async throws {
        let named = "Docker-Content-Digest: \(ContentDigest(of: [1]))"
        let found = try await refusal { exchange in
            exchange.answer(
                headers: HostileRegistryTests.type + [named], body: HostileRegistryTests.manifest)
        }
        #expect(try words(found.reason).contains("digest"))
    }

    @Test("the manifest of another file is refused")
    func otherFile() async throws {
        let other = FileManifest(
            "targets/y", ContentDigest(of: [1]), length: 1, data: [1], made: RegistryFixture.now
        ).bytes
        let found = try await refusal { exchange in
            exchange.answer(headers: HostileRegistryTests.type, body: other)
        }
        #expect(try damage(found.reason).contains("targets/y"))
    }

    @Test("a login page is no manifest, and a registry's own fault is told as one")
    func others() async throws {
        let page = try await refusal { $0.loginPage() }
        _ = try words(page.reason)
        let fault = try await refusal { $0.fault() }
        #expect(fault.reason == .busy(status: 503))
        // Asked once more each, by two calls.
        #expect(fault.targets.count == 4)
    }

    @Test("a manifest whose content is gone is told as damage, not as absence")
    func contentGone() async throws {
        let found = try await refusal { exchange in
            exchange.target == HostileRegistryTests.tagPath
                ? exchange.answer(
                    headers: HostileRegistryTests.type, body: HostileRegistryTests.manifest)
                : exchange.notFound()
        }
        #expect(try damage(found.reason).contains("is not"))
    }

    // MARK: redirects

    @Test("a content is followed to another host without credentials, a few times and no more")
    func redirects() async throws {
        let storage = HostileServer.Script { exchange in
            exchange.target.hasPrefix("/store/")
                ? exchange.file(HostileRegistryTests.bytes) : exchange.notFound()
        }
        try await HostileServer.run(storage) { storage in
            let target = storage.url("/store/x?permission=1")
            let script = HostileServer.Script { exchange in
                if exchange.request.value(of: "Authorization") == nil {
                    return exchange.answer(
                        "401 Unauthorized", headers: ["WWW-Authenticate: Basic realm=\"x\""])
                }
                return exchange.target == HostileRegistryTests.tagPath
                    ? exchange.answer(
                        headers: HostileRegistryTests.type, body: HostileRegistryTests.manifest)
                    : exchange.redirect(target, status: "307 Temporary Redirect")
            }
            try await HostileServer.run(script) { server in
                let store = try RegistryFixture.store(
                    "oci://127.0.0.1:\(server.port)/demo",
                    login: .password(user: "al", password: "pw"))
                let file = try await store.read(HostileRegistryTests.name, maximumBytes: 20_000)
                #expect(file?.bytes == HostileRegistryTests.bytes)
                let sink = CollectingSink()
                #expect(
                    try await store.stream(
                        HostileRegistryTests.name, from: 5, maximumBytes: 20_000, into: sink))
                #expect(sink.bytes == Array(HostileRegistryTests.bytes[5...]))
                #expect(server.requests.last?.value(of: "Authorization") == "Basic YWw6cHc=")
            }
            #expect(storage.requests.count == 2)
            #expect(storage.requests.allSatisfy { $0.value(of: "Authorization") == nil })
        }
    }

    @Test("a host that we are sent on to may not ask who we are")
    func askedElsewhere() async throws {
        let storage = HostileServer.Script { exchange in
            exchange.answer(
                "401 Unauthorized",
                headers: [
                    "WWW-Authenticate: Basic realm=\"x\", Bearer realm=\"http://"
                        + "\(exchange.request.value(of: "Host") ?? "")/token\""
                ])
        }
        try await HostileServer.run(storage) { storage in
            let target = storage.url("/x")
            let script = HostileServer.Script { exchange in
                exchange.target == HostileRegistryTests.tagPath
                    ? exchange.answer(
                        headers: HostileRegistryTests.type, body: HostileRegistryTests.manifest)
                    : exchange.redirect(target, status: "307 Temporary Redirect")
            }
            try await HostileServer.run(script) { server in
                let store = try RegistryFixture.store(
                    "oci://127.0.0.1:\(server.port)/demo",
                    login: .password(user: "al", password: "pw"))
                await #expect(throws: RepositoryStoreError.self) {
                    _ = try await store.read(HostileRegistryTests.name, maximumBytes: 20_000)
                }
            }
            #expect(storage.targets == ["/x"])
            #expect(storage.requests.allSatisfy { $0.value(of: "Authorization") == nil })
        }
    }

    @Test(
        "redirects in a circle, to weaker schemes, or to nowhere are refused",
        arguments: [
            HostileRegistryTests.blobPath, "http://registry.invalid/x", "file:///etc/passwd",
            "//127.0.0.1/x", "x", "", "ftp://127.0.0.1/x", "http://u:secret@127.0.0.1:1/x",
        ])
    func redirectsRefused(location: String) async throws {
        let found = try await refusal { exchange in
            exchange.target == HostileRegistryTests.tagPath
                ? exchange.answer(
                    headers: HostileRegistryTests.type, body: HostileRegistryTests.manifest)
                : exchange.redirect(location, status: "307 Temporary Redirect")
        }
        let words = try words(found.reason)
        #expect(words.contains("redirect refused") && !words.contains("secret"))
        #expect(found.targets.count <= 14)
    }
}
