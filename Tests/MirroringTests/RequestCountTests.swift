// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import Mirroring
import ObjectStorage
import RepositoryStorage
import TUFMetadata
import TestKit
import Testing

@Suite("What a bucket is asked for")
struct RequestCountTests {
    private struct Bucket: Sendable {
        let store: S3Store
        let server: HostileServer

        func sync(_ scene: MirrorScene) async throws -> MirrorProgress {
            try await MirrorSync(scene.source, into: store, options: scene.options, now: scene.now)
                .run(.root(scene.pin)).progress
        }

        /// Requests of a method for files whose names begin so, by now.
        func count(_ method: String, _ beginning: String) -> Int {
            server.requests.count {
                $0.method == method && $0.target.hasPrefix("/bucket/demo/\(beginning)")
            }
        }
    }

    private func withBucket(_ body: (Bucket) async throws -> Void) async throws {
        try await HostileServer.run(FaultyS3().script) { server in
            let endpoint: S3Endpoint = try #require(S3Endpoint(server.url("")))
            let store = S3Store(
                try S3Location("s3://bucket/demo"),
                settings: S3Settings(
                    endpoint: endpoint,
                    credentials: S3Credentials(accessKey: "A", secret: "S")),
                transport: HTTPTransport(
                    version: "test", proxies: ProxySettings { _ in nil },
                    limits: TransportLimits()))
            #expect(try await store.probe().isConditional)
            try await body(Bucket(store: store, server: server))
        }
    }

    private func scene(_ files: Int) throws -> MirrorScene {
        var scene = try MirrorScene()
        scene.repository.delegate(SimulatedDelegation("team", ["b/*"]))
        for number in 0..<files {
            scene.repository.add(UTF8Text("b/\(number)"), "file \(number)", in: "team")
        }
        scene.repository.publishAll()
        return scene
    }

    @Test("files that are new are made with one request each")
    func new() async throws {
        try await withBucket { (bucket) async throws in
            #expect(try await bucket.sync(scene(100)).received == 100)
            #expect(bucket.count("PUT", "targets/") == 100)
            #expect(bucket.count("HEAD", "targets/") == 0)
            #expect(bucket.count("GET", "metadata/1.team") == 0)
        }
    }

    @Test("after a synchronization that broke off, what it has made is not sent again")
    func interrupted() async throws {
        try await withBucket { (bucket) async throws in
            let scene = try scene(100)
            #expect(try await bucket.sync(scene).received == 100)
            // The files stay; nothing refers to them.
            try await bucket.store.remove([
                "metadata/timestamp.json", "metadata/1.snapshot.json", "carnet-mirror.json",
            ])
            let before = bucket.count("PUT", "targets/")
            let progress = try await bucket.sync(scene)
            #expect(progress.files == 100)
            #expect(progress.received == 0)
            // Those under way at once when the first of them was refused.
            #expect(bucket.count("PUT", "targets/") - before <= scene.options.connections)
            #expect(bucket.count("HEAD", "targets/") >= 100)
        }
    }

    @Test("a file that is damaged is replaced, though making it was tried first")
    func damaged() async throws {
        try await withBucket { (bucket) async throws in
            let scene = try scene(3)
            let name = UTF8Text("targets/b/\(digest("file 1")).1")
            try await bucket.store.put(name, .bytes(Array("another length".utf8)))
            #expect(try await bucket.sync(scene).files == 3)
            let bytes = try await bucket.store.read(name, maximumBytes: 100)?.bytes
            #expect(bytes == Array("file 1".utf8))
        }
    }
}
