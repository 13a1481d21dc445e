// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import RegistryStorage
import RepositoryStorage
import TestKit
import Testing

@Suite("Registry: a tag list that lies")
struct HostileListTests {
    private static let type = ["Content-Type: \(MediaType.manifest)"]

    private func listing(
        _ script: @escaping @Sendable (HostileExchange) -> Bool,
        options: RegistryOptions = RegistryOptions()
    ) async throws -> (names: [UTF8Text], words: String?, requests: Int) {
        try await HostileServer.run(HostileServer.Script(script)) { server in
            let store = try RegistryFixture.store(
                "oci://127.0.0.1:\(server.port)/demo", options: options)
            var names: [UTF8Text] = []
            do {
                try await store.names("") {
                    names += $0
                    return true
                }
                return (names, nil, server.targets.count)
            } catch {
                return (names, "\(error)", server.targets.count)
            }
        }
    }

    @Test("pages are read one after the other; tags that are no files are passed over")
    func pages() async throws {
        let found = try await listing { exchange in
            switch exchange.target {
            case "/v2/demo/tags/list?n=1000":
                exchange.answer(
                    headers: ["Link: </v2/demo/tags/list?last=b&n=1000>; rel=\"next\""],
                    body: #"{"name":"demo","tags":["1.root.json","latest!","_x","targets_-a"]}"#)
            case "/v2/demo/tags/list?last=b&n=1000":
                exchange.answer(body: #"{"name":"demo","tags":["timestamp.json"]}"#)
            default: exchange.notFound()
            }
        }
        #expect(found.words == nil && found.requests == 2)
        #expect(found.names == ["metadata/1.root.json", "targets/a", "metadata/timestamp.json"])
        let none = try await listing { $0.answer(body: #"{"name":"demo","tags":null}"#) }
        #expect(none.words == nil && none.names.isEmpty)
    }

    @Test(
        "a tag list without an end, of too many, in a circle, elsewhere or of nonsense is refused",
        arguments: [
            "endless", "many", "circle", "forever", "elsewhere", "other", "nonsense", "kinds",
        ])
    func lists(kind: String) async throws {
        var options = RegistryOptions()
        options.maximumListBytes = 1 << 20
        options.maximumTags = 5000
        let tags = (0..<1000).map { "\"t\($0)\"" }.joined(separator: ",")
        let found = try await listing(
            { exchange in
                let body = "{\"tags\":[\(tags)]}"
                let next = { (url: String) in ["Link: <\(url)>; rel=next"] }
                return switch kind {
                case "endless": exchange.endlessFile()
                case "many":
                    exchange.answer(
                        body: "{\"tags\":[" + String(repeating: "\"a\",", count: 5001) + "\"a\"]}")
                case "circle": exchange.answer(headers: next(exchange.target), body: body)
                case "forever":
                    exchange.answer(
                        headers: next(
                            "/v2/demo/tags/list?last=\(exchange.target.utf8.count)"
                                + String(repeating: "x", count: exchange.target.utf8.count)),
                        body: body)
                case "elsewhere":
                    exchange.answer(headers: next("https://registry.invalid/v2/x"), body: body)
                case "other": exchange.answer(headers: next("/v2/others/tags/list"), body: body)
                case "nonsense": exchange.answer(body: "<html>")
                default: exchange.answer(body: "{\"tags\":[1]}")
                }
            }, options: options)
        #expect(found.words?.contains("unexpected answer") == true, "\(found.words ?? "none")")
        #expect(found.requests <= 7)
    }

    @Test("a manifest under the tag of a long name has to have that name")
    func longNames() async throws {
        let other = FileManifest(
            "targets/y", ContentDigest(of: [1]), length: 1, data: [1], made: RegistryFixture.now
        ).bytes
        let tag = "_l" + String(repeating: "a", count: 64)
        let found = try await listing { exchange in
            exchange.target.contains("/tags/")
                ? exchange.answer(body: "{\"tags\":[\"\(tag)\"]}")
                : exchange.answer(headers: HostileListTests.type, body: other)
        }
        #expect(found.words?.contains("targets/y") == true)
    }
}
