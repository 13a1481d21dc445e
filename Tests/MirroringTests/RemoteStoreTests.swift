// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import MetadataSigning
import Mirroring
import ObjectStorage
import RegistryStorage
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Mirrors in a bucket of a real SeaweedFS and in a real registry", .serialized)
struct RemoteStoreTests {
    private func bucket(_ seaweed: SeaweedFS, _ url: String) async throws -> S3Store {
        let environment = seaweed.environment()
        var limits = TransportLimits()
        limits.retryMilliseconds = 100
        let store = S3Store(
            try S3Location(url),
            settings: try S3Settings(
                environment: { environment[$0] },
                read: { _, _ throws(S3SettingsError) in nil }),
            transport: HTTPTransport(version: "test", limits: limits), patienceSeconds: 5)
        #expect(try await store.probe().isConditional)
        return store
    }

    private func sync(
        _ scene: MirrorScene, into store: any RepositoryStore,
        _ change: (inout MirrorOptions) -> Void = { _ in }
    ) async throws -> SyncOutcome {
        var options = scene.options
        options.connections = 8
        change(&options)
        return try await MirrorSync(scene.source, into: store, options: options, now: scene.now)
            .run(.root(scene.pin))
    }

    /// A repository of so many files, from a source that is not a mirror yet.
    private func repository(_ count: Int) throws -> MirrorScene {
        var scene = try MirrorScene()
        scene.repository.delegate(SimulatedDelegation("team", ["b/*"]))
        scene.repository.add("b/long", String(repeating: "long ", count: 120_000), in: "team")
        for number in 0..<count {
            scene.repository.add(UTF8Text("many/\(number)"), "file \(number)")
        }
        scene.repository.publishAll()
        return scene
    }

    private func client(_ scene: MirrorScene, _ store: any RepositoryStore) async throws -> Int {
        let mirror = StoreFetcher(store)
        let updater = Updater(
            metadataURL: mirror.metadataURL, fetcher: mirror,
            store: MemoryTrustedStore(root: scene.pin), now: scene.now)
        let state = try await updater.refresh()
        let download = TargetDownload(
            targetsURL: mirror.targetsURL, fetcher: mirror, consistent: true)
        let files = try await TargetSearch(state, updater).all()
        for target in files {
            _ = try await download.bytes(of: target.file, maximumBytes: 1 << 20)
        }
        return files.count
    }

    @Test("a bucket: ten synchronizations at once, a release, damage that is healed, pruning")
    func bucket() async throws {
        let seaweed = try SeaweedFS()
        try seaweed.makeBucket("mirror")
        var scene = try repository(60)
        let store = try await bucket(seaweed, "s3://mirror/demo")
        let published = try await withThrowingTaskGroup(of: SyncOutcome.self) { group in
            for _ in 0..<10 { group.addTask { [scene] in try await sync(scene, into: store) } }
            return try await group.reduce(0) { $0 + ($1.kind == .published ? 1 : 0) }
        }
        print("ten synchronizations into one bucket: \(published) published")
        #expect(published == 1)
        #expect(try await client(scene, store) == 61)
        _ = scene.requests()
        #expect(try await sync(scene, into: store).kind == .unchanged)
        #expect(scene.requests() == ["timestamp.json"])

        scene.repository.add("a/new", "new")
        scene.repository.publish(.targets)
        #expect(try await sync(scene, into: store).progress.received == 1)
        #expect(try await client(scene, store) == 62)

        let name = UTF8Text("targets/many/\(digest("file 7")).7")
        try await store.put(name, .bytes(Array("file X".utf8)))
        let check = MirrorCheck(
            store, sources: [scene.source], options: scene.options, now: scene.now)
        #expect(
            try await check.run().problems
                == [MirrorProblem(name: name, kind: .damaged, isHealed: true)])
        #expect(try await client(scene, store) == 62)

        scene.repository.publish(.targets)
        _ = try await sync(scene, into: store)
        let later = Instant(seconds: currentSeconds()).adding(days: 1)
        let pruned = try await MirrorPruning(store, graceDays: 0, now: later).run(isDry: false)
        #expect(pruned.removals.map(\.name.string).contains("metadata/2.snapshot.json"))
        #expect(try await client(scene, store) == 62)
    }

    @Test("a volume server of the cluster is killed during a synchronization")
    func killedVolume() async throws {
        let seaweed = try SeaweedFS(.cluster())
        try seaweed.makeBucket("mirror")
        let scene = try repository(300)
        let store = try await bucket(seaweed, "s3://mirror/demo")
        async let outcome = sync(scene, into: store)
        try await Task.sleep(for: .milliseconds(500))
        seaweed.kill(.volume(1))
        // It ends well, or with an error that says why; then the next one goes on.
        let first = try? await outcome
        try seaweed.start(.volume(1))
        try await Task.sleep(for: .seconds(3))
        let last = try await sync(scene, into: store)
        print(
            "a volume server killed during a synchronization: "
                + "\(first.map { "\($0.kind)" } ?? "refused"), then \(last.kind), "
                + "\(last.progress.received) files received again")
        #expect(try await client(scene, store) == 301)
    }

    @Test("a registry, by its only writer")
    func registry() async throws {
        let registry = try DockerRegistry()
        let scene = try repository(20)
        let store = try RegistryStore(
            RegistryPlace(registry.url()), login: .anonymous(remark: ""),
            transport: HTTPTransport(version: "test"), now: { scene.now })
        await #expect(throws: MirrorError.unconditional(place: store.place)) {
            try await sync(scene, into: store)
        }
        #expect(try await sync(scene, into: store) { $0.isOnlyWriter = true }.kind == .published)
        #expect(try await client(scene, store) == 21)
        #expect(try await sync(scene, into: store) { $0.isOnlyWriter = true }.kind == .unchanged)
    }
}
