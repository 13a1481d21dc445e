// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import RegistryStorage
import RepositoryStorage
import Synchronization
import TUFClient
import TestKit
import Testing

extension RealRegistryTests {
    @Suite("Registry: a real docker-registry in trouble")
    struct DockerFaultTests {
        private let registry: DockerRegistry

        init() throws { registry = try DockerRegistry() }

        @Test("a registry that allows no removal is said to be one")
        func removalForbidden() async throws {
            var setup = DockerRegistry.Setup()
            setup.allowsRemoval = false
            let strict = try DockerRegistry(setup)
            let store = try RegistryFixture.store(strict.url())
            #expect(try await store.create("targets/a", .bytes([7])))
            let error = await #expect(throws: RepositoryStoreError.self) {
                try await store.remove(["targets/a"])
            }
            guard case .denied(let words) = error?.reason else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(words.contains("405") && words.contains("not allowed"))
            #expect(try await store.find("targets/a") != nil)
        }

        @Test(
            "whatever answer is lost, what was asked for is done, and done once",
            arguments: ["PUT blobs", "PUT manifests", "POST blobs", "GET manifests"])
        func lostAnswers(kind: String) async throws {
            let words = kind.split(separator: " ")
            let script = RegistryRelay.script(to: registry.port) { exchange in
                // Each upload has a target of its own: of these all answers are lost.
                exchange.number == 1 && exchange.request.method == words[0]
                    && exchange.target.contains("/\(words[1])/")
            }
            try await HostileServer.run(script) { server in
                let store = try RegistryFixture.store(server, retries: 2)
                let bytes = RegistryFixture.noise(100_000)
                #expect(try await store.create("targets/x", .bytes(bytes)))
                #expect(
                    try await store.replace("metadata/timestamp.json", with: [1], expecting: nil))
                let direct = try RegistryFixture.store(registry.url())
                #expect(try await direct.read("targets/x", maximumBytes: 100_000)?.bytes == bytes)
                let tag = try #require(try await direct.find("metadata/timestamp.json")).tag
                #expect(
                    try await store.replace("metadata/timestamp.json", with: [2], expecting: tag))
                #expect(
                    try await direct.read("metadata/timestamp.json", maximumBytes: 9)?.bytes == [2])
                var names: [UTF8Text] = []
                try await direct.names("") {
                    names += $0
                    return true
                }
                #expect(names.sorted() == ["metadata/timestamp.json", "targets/x"])
                let lost = server.requests.count { $0.method == words[0] }
                #expect(lost >= 2, "\(server.targets)")
            }
        }

        @Test("a write whose answers are all lost is unreachable, and the next one finds it made")
        func allAnswersLost() async throws {
            let script = RegistryRelay.script(to: registry.port) { exchange in
                exchange.request.method == "PUT" && exchange.target.contains("/manifests/")
            }
            try await HostileServer.run(script) { server in
                let store = try RegistryFixture.store(server)
                let error = await #expect(throws: RepositoryStoreError.self) {
                    _ = try await store.create("targets/x", .bytes([7]))
                }
                #expect(error?.isUnreachable == true)
                #expect(try await store.create("targets/x", .bytes([7])))
                #expect(try await !store.create("targets/x", .bytes([8])))
            }
        }

        @Test("several writers of the same files at once all end with the files in place")
        func together() async throws {
            let names = (0..<20).map { UTF8Text("targets/\($0)") }
            let stores = try (0..<4).map { _ in
                try RegistryFixture.store(registry.url(), retries: 4)
            }
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for store in stores {
                    for name in names {
                        group.addTask { try await store.create(name, .bytes(Array(name.utf8))) }
                    }
                }
                for try await isMade in group { #expect(isMade) }
            }
            for name in names {
                #expect(
                    try await stores[0].read(name, maximumBytes: 99)?.bytes == Array(name.utf8))
            }
        }

        @Test("whoever reads while a tag moves gets one of its contents, always")
        func movingTag() async throws {
            let writer = try RegistryFixture.store(registry.url(), retries: 4)
            let reader = try RegistryFixture.store(registry.url(), retries: 4)
            let name: UTF8Text = "metadata/timestamp.json"
            #expect(try await writer.replace(name, with: [0], expecting: nil))
            let rounds = 50
            async let last: Void = {
                for round in 1...rounds {
                    let tag = try await writer.find(name)?.tag
                    #expect(
                        try await writer.replace(name, with: [UInt8(round)], expecting: tag))
                }
            }()
            var seen = -1
            var reads = 0
            while seen < rounds, reads < 5000 {
                let bytes = try #require(try await reader.read(name, maximumBytes: 1)?.bytes)
                #expect(Int(bytes[0]) >= seen, "a state came back")
                seen = Int(bytes[0])
                reads += 1
            }
            try await last
            #expect(seen == rounds)
            print("docker-registry: \(reads) reads while a tag moved \(rounds) times")
        }

        @Test("damaged bytes are never given out, and that the registry keeps them is said")
        func damage() async throws {
            let store = try RegistryFixture.store(registry.url())
            let bytes = RegistryFixture.noise(20_000)
            #expect(try await store.create("targets/x", .bytes(bytes)))
            let digest = ContentDigest(of: bytes)
            try registry.damage(digest.hex, with: "damaged")
            for maximumBytes in [20_000, 1 << 20] {
                let sink = CollectingSink()
                let errors = [
                    await #expect(throws: RepositoryStoreError.self) {
                        _ = try await store.read("targets/x", maximumBytes: maximumBytes)
                    },
                    await #expect(throws: RepositoryStoreError.self) {
                        _ = try await store.stream(
                            "targets/x", from: 0, maximumBytes: maximumBytes, into: sink)
                    },
                ]
                for error in errors {
                    guard case .damaged = error?.reason else {
                        Issue.record("\(String(describing: error))")
                        continue
                    }
                }
            }
            let error = await #expect(throws: RepositoryStoreError.self) {
                try await store.put("targets/x", .bytes(bytes))
            }
            guard case .denied(let words) = error?.reason else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(words.contains(digest.description))
            // With the damaged content out of the way it is put there again.
            try registry.removeContent(digest.hex)
            try await store.put("targets/x", .bytes(bytes))
            #expect(try await store.read("targets/x", maximumBytes: 1 << 20)?.bytes == bytes)
        }

        @Test(
            "a registry that goes away in the middle is unreachable, and all goes on when it is back"
        )
        func goneInTheMiddle() async throws {
            let store = try RegistryFixture.store(registry.url())
            let bytes = RegistryFixture.noise(32 << 20)
            #expect(try await store.create("targets/x", .bytes(bytes)))
            let sink = StoppingSink { registry.stop() }
            let broken = await #expect(throws: RepositoryStoreError.self) {
                _ = try await store.stream("targets/x", from: 0, maximumBytes: 1 << 30, into: sink)
            }
            #expect(broken?.isUnreachable == true, "\(String(describing: broken))")
            let refused = await #expect(throws: RepositoryStoreError.self) {
                _ = try await store.create("targets/y", .bytes([1]))
            }
            #expect(refused?.isUnreachable == true)
            try registry.start()
            #expect(try await store.find("targets/y") == nil)
            #expect(try await store.create("targets/y", .bytes([1])))
            let whole = CollectingSink()
            #expect(
                try await store.stream("targets/x", from: 0, maximumBytes: 1 << 30, into: whole))
            #expect(whole.bytes == bytes)
        }
    }
}

/// Does something once, with the first bytes.
private final class StoppingSink: FetchSink {
    private let action: @Sendable () -> Void
    private let isDone = Atomic(false)

    init(_ action: @escaping @Sendable () -> Void) { self.action = action }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        if !isDone.exchange(true, ordering: .relaxed) { action() }
        return true
    }
}
