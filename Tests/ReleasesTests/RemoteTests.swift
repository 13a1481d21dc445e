// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TUFRepository
import TestKit
import Testing

/// A repository in a store, and publishers that work on it.
private struct RemoteScene: Sendable {
    let world: World
    let store: StoreInMemory

    init(isConditional: Bool = true) async throws {
        world = try await World()
        store = try StoreInMemory(world.directory.path, isConditional: isConditional)
    }

    func remote(patience: Duration = .milliseconds(200)) throws -> RemoteRepository {
        let folder = world.folder("work-\(UInt64.random(in: 0 ... .max))")
        try FileSystem.makeDirectory(folder)
        var limits = PublishingPatience()
        limits.forOthers = patience
        limits.pause = .milliseconds(2)
        limits.longestPause = .milliseconds(50)
        return RemoteRepository(store, pin, folder: folder, patience: limits)
    }

    var pin: RemotePin {
        let root = store.files["metadata/1.root.json"] ?? []
        return RemotePin(fingerprint: DigestAlgorithm.sha256.hexDigest(of: root))
    }

    /// Releases a file that needs no evidence.
    func release(
        _ version: String, _ content: String? = nil, from remote: RemoteRepository? = nil
    ) async throws {
        let remote = try remote ?? self.remote()
        let file = "changes/\(version)/CHANGES.txt"
        try world.folder.write(content ?? "changes of \(version)", to: file)
        let publisher = Publisher(remote, try TestRing.all(), now: now)
        let request = ReleaseRequest(
            file: world.folder(file), path: path("demo/\(version)/CHANGES.txt"))
        let outcome = try await remote.perform { () throws(PublishingError) in
            try await publisher.release([request], links: [])
        }
        try #require(outcome.waiting == nil)
        try #require(outcome.verdicts.map(\.isVerified) == [true])
    }

    /// What a client reads that begins with the first root.
    func client() async throws -> TargetSearch {
        let updater = Updater(
            metadataURL: "metadata/", fetcher: StoreReader(store: store),
            store: MemoryTrustedStore(root: store.files["metadata/1.root.json"] ?? []), now: now)
        return TargetSearch(try await updater.refresh(), updater)
    }

    func isOffered(_ version: String) async throws -> Bool {
        guard let found = try await client().find(path("demo/\(version)/CHANGES.txt")) else {
            return false
        }
        let name = "targets/\(found.file.path.path(withHash: found.file.digest.hex))"
        return store.files[UTF8Text(name)] == Array("changes of \(version)".utf8)
    }

    func version() async throws -> Int {
        try await client().state.timestamp.document.version
    }
}

/// Reads a store as a web server would give it.
private struct StoreReader: Fetcher {
    let store: StoreInMemory

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        let file: StoredFile?
        do throws(RepositoryStoreError) {
            file = try await store.read(UTF8Text(url), maximumBytes: maximumBytes)
        } catch {
            throw FetchError(url: url, reason: .unreachable("\(error)"))
        }
        guard let file else { throw FetchError(url: url, reason: .notFound) }
        return file.bytes
    }
}

@Suite("A repository in a store: many publish, none is lost")
struct RemoteTests {
    @Test("a release makes its files, then replaces timestamp.json; old files stay as they are")
    func release() async throws {
        let scene = try await RemoteScene()
        let before = scene.store.files
        try await scene.release("1.0")
        #expect(try await scene.isOffered("1.0"))
        for (name, bytes) in before where name != "metadata/timestamp.json" {
            #expect(scene.store.files[name] == bytes, "\(name)")
        }
        let writes = scene.store.takeRequests().compactMap { request -> UTF8Text? in
            switch request {
            case .read: nil
            case .create(let name), .replace(let name): name
            }
        }
        #expect(writes.last == "metadata/timestamp.json")
        #expect(writes.dropLast().last == "metadata/2.releases.json")
        #expect(writes.dropLast(2).last == "metadata/2.snapshot.json")
        #expect(writes.count == 4)
    }

    @Test("a release with evidence fetches the layout and what it needs by itself")
    func evidence() async throws {
        let world = try await World.withLayout()
        let store = try StoreInMemory(world.directory.path)
        let folder = world.folder("work")
        try FileSystem.makeDirectory(folder)
        let root = store.files["metadata/1.root.json"] ?? []
        let pin = RemotePin(fingerprint: DigestAlgorithm.sha256.hexDigest(of: root))
        let remote = RemoteRepository(store, pin, folder: folder)
        let publisher = Publisher(remote, try TestRing.all(), now: now)
        let outcome = try await remote.perform { () throws(PublishingError) in
            try await publisher.release(
                [ReleaseRequest(file: world.folder("dist/\(wheel)"))],
                links: [world.folder("links")])
        }
        #expect(outcome.verdicts.map(\.isVerified) == [true])
        #expect(store.files.keys.contains { $0.string.hasSuffix(".\(wheel)") })
    }

    @Test("8 publishers at once: every release is there, and no reader ever fails")
    func race() async throws {
        let scene = try await RemoteScene()
        let (publishers, releases) = (8, 6)
        let reader = Task {
            var count = 0
            while !Task.isCancelled {
                _ = try await scene.client()
                count += 1
                await Task.yield()
            }
            return count
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for publisher in 0..<publishers {
                group.addTask {
                    let remote = try scene.remote(patience: .seconds(20))
                    for number in 0..<releases {
                        try await scene.release("\(publisher).\(number)", from: remote)
                    }
                }
            }
            try await group.waitForAll()
        }
        reader.cancel()
        #expect(try await reader.value > 0)
        let search = try await scene.client()
        for publisher in 0..<publishers {
            for number in 0..<releases {
                let found = try await search.find(path("demo/\(publisher).\(number)/CHANGES.txt"))
                #expect(found != nil, "\(publisher).\(number)")
            }
        }
        // Each acknowledged release is one new state, and nothing else is.
        #expect(try await scene.version() == 1 + publishers * releases)
    }

    @Test(
        "what a killed publisher left in place of the next state is passed over",
        arguments: ["metadata/2.snapshot.json", "metadata/2.releases.json"])
    func abandoned(name: String) async throws {
        let scene = try await RemoteScene()
        scene.store.set(UTF8Text(name), Array("left behind".utf8))
        try await scene.release("1.0")
        #expect(try await scene.isOffered("1.0"))
        #expect(scene.store.files[UTF8Text(name)] == Array("left behind".utf8))
        try await scene.release("1.1")
        #expect(try await scene.isOffered("1.1"))
    }

    @Test("a change whose answer was lost is an error, and a repetition does not publish twice")
    func lostAnswer() async throws {
        let scene = try await RemoteScene()
        scene.store.fail(.replace("metadata/timestamp.json"), .unanswered)
        await #expect(
            throws: PublishingError.store(
                place: "memory:", words: "not reachable, the answer did not come",
                isUnreachable: true)
        ) {
            try await scene.release("1.0")
        }
        #expect(try await scene.version() == 2)
        try await scene.release("1.0")
        #expect(try await scene.version() == 2)
        #expect(try await scene.isOffered("1.0"))
    }

    @Test("published, and overtaken before the answer came: not published twice")
    func overtaken() async throws {
        let scene = try await RemoteScene()
        scene.store.fail(
            .replace("metadata/timestamp.json"),
            .overtaken { _ in try await scene.release("2.0") })
        try await scene.release("1.0")
        #expect(try await scene.version() == 3)
        #expect(try await scene.isOffered("1.0"))
        #expect(try await scene.isOffered("2.0"))
    }

    @Test("a request that did not reach the store leaves the published state as it was")
    func lostRequest() async throws {
        let scene = try await RemoteScene()
        for name: UTF8Text in ["metadata/2.snapshot.json", "metadata/2.releases.json"] {
            scene.store.fail(.create(name), .lost)
            await #expect(throws: PublishingError.self) { try await scene.release("1.0") }
            #expect(try await scene.version() == 1)
        }
        try await scene.release("1.0")
        #expect(try await scene.isOffered("1.0"))
    }

    @Test("other bytes under a released path are refused, whoever released it")
    func otherBytes() async throws {
        let scene = try await RemoteScene()
        try await scene.release("1.0")
        let files = scene.store.files
        await #expect(
            throws: PublishingError.repository(
                .listedBefore(path("demo/1.0/CHANGES.txt"), sha256: sha256("changes of 1.0")))
        ) {
            try await scene.release("1.0", "other changes")
        }
        #expect(scene.store.files == files)
    }

    @Test("a store that went back is refused, and so is one that keeps nobody apart")
    func refused() async throws {
        let scene = try await RemoteScene()
        let old = try #require(scene.store.files["metadata/timestamp.json"])
        let remote = try scene.remote()
        try await scene.release("1.0", from: remote)
        scene.store.set("metadata/timestamp.json", old)
        let files = scene.store.files
        await #expect(
            throws: PublishingError.store(
                place: "memory:", words: "timestamp.json version 1 found, 2 or later expected",
                isUnreachable: false)
        ) {
            try await scene.release("1.1", from: remote)
        }
        #expect(scene.store.files == files)

        let plain = try await RemoteScene(isConditional: false)
        await #expect(
            throws: PublishingError.store(
                place: "memory:",
                words: "does not keep several publishers apart (conditional writes expected)",
                isUnreachable: false)
        ) {
            try await plain.release("1.0")
        }
        #expect(plain.store.takeRequests().isEmpty)
    }

    @Test("a store that holds another repository is not touched")
    func foreign() async throws {
        let scene = try await RemoteScene()
        let folder = scene.world.folder("work")
        try FileSystem.makeDirectory(folder)
        let foreign = RemoteRepository(
            scene.store, RemotePin(fingerprint: sha256("another")), folder: folder)
        let files = scene.store.files
        await #expect(
            throws: PublishingError.otherRepository(
                place: "memory:", found: scene.pin.fingerprint, expected: sha256("another"))
        ) {
            try await scene.release("1.0", from: foreign)
        }
        #expect(scene.store.files == files)
        #expect(scene.store.takeRequests() == [.read("metadata/1.root.json")])
    }

    @Test("what is known of a store never goes back, and outlives the process")
    func pins() throws {
        let folder = try TemporaryFolder()
        let file = RemotePin.file(for: "s3://bucket/demo", in: folder("home"))
        #expect(try RemotePin(reading: file) == nil)
        let newer = RemotePin(fingerprint: sha256("root"), timestamp: 7)
        try newer.save(to: file, place: "s3://bucket/demo")
        try RemotePin(fingerprint: sha256("root"), timestamp: 5).save(
            to: file, place: "s3://bucket/demo")
        #expect(try RemotePin(reading: file) == newer)
        try folder.write("{}", to: "home/stores/x.json")
        #expect(throws: StorageError.self) {
            try RemotePin(reading: folder("home/stores/x.json"))
        }
    }

    @Test("roles are refreshed in a store; what needs a person's key is made in a folder")
    func otherChanges() async throws {
        let scene = try await RemoteScene()
        let remote = try scene.remote()
        let publisher = Publisher(remote, try TestRing.all(), now: now)
        let outcome = try await remote.perform { () throws(PublishingError) in
            try await publisher.refresh(all: true)
        }
        #expect(outcome.signed.map(\.role).contains(.timestamp))
        #expect(try await scene.version() == 2)

        let files = scene.store.files
        let poor = Publisher(remote, try TestRing("online"), now: now)
        await #expect(throws: PublishingError.localOnly(place: "memory:")) {
            _ = try await remote.perform { () throws(PublishingError) in
                try await poor.change { (edit) throws(RepositoryError) in try edit.renew(.root) }
            }
        }
        #expect(scene.store.files == files)
    }
}
