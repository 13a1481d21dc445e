// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Mirroring
import RepositoryStorage
import Synchronization
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Who reads a mirror while it is synchronized")
struct ReaderTests {
    /// What a client of two moments sees.
    private func contents(
        _ scene: MirrorScene, _ earlier: [String: [UInt8]], _ later: [String: [UInt8]]
    ) async throws -> [String: String] {
        let mirror = TwoMoments(earlier: earlier, later: later)
        let updater = Updater(
            metadataURL: TwoMoments.url + "metadata/", fetcher: mirror,
            store: MemoryTrustedStore(root: scene.pin), now: scene.now)
        let state = try await updater.refresh()
        let download = TargetDownload(
            targetsURL: TwoMoments.url + "targets/", fetcher: mirror,
            consistent: state.root.document.consistentSnapshot)
        var contents: [String: String] = [:]
        for target in try await TargetSearch(state, updater).all() {
            let bytes = try await download.bytes(of: target.file, maximumBytes: 1 << 20)
            contents[target.file.path.string] = String(decoding: bytes, as: UTF8.self)
        }
        return contents
    }

    /// Every state of a synchronization is read, by every client that began before or in it.
    ///
    /// - Returns: the number of moments.
    @discardableResult
    private func expectConsistent(
        _ scene: MirrorScene, at location: SourceLocation = #_sourceLocation
    ) async throws -> Int {
        let look = { @Sendable [folder = scene.folder] in
            try folder.tree("mirror").filter { !$0.key.contains("/.carnet") }
        }
        let old = try await scene.client()
        let journal = try JournalStore(scene.store, look)
        var options = scene.options
        options.connections = 1
        let outcome = try await MirrorSync(
            scene.source, into: journal, options: options, now: scene.now
        ).run(.root(scene.pin))
        #expect(outcome.kind == .published, sourceLocation: location)
        let new = try await scene.client()
        let states = journal.states
        for (place, later) in states.enumerated() {
            for earlier in states[...place] {
                let seen = try await contents(scene, earlier, later)
                #expect(seen == old || seen == new, sourceLocation: location)
            }
        }
        return states.count
    }

    private func release(_ scene: inout MirrorScene) {
        scene.repository.add("a/three.txt", "the third file")
        scene.repository.add("b/four.txt", "the fourth file", in: "team")
    }

    @Test("a release is seen wholly or not at all, at each moment")
    func release() async throws {
        var scene = try await MirrorScene.mirrored()
        release(&scene)
        scene.repository.publishAll()
        // Two files, two roles, the snapshot, the timestamp, the record; and the begin.
        #expect(try await expectConsistent(scene) == 8)
    }

    @Test("a new root with the same online keys")
    func newRoot() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.keys[.root]?.append(TestKey("a second root key"))
        scene.repository.publish(.root)
        release(&scene)
        scene.repository.publishAll()
        try await expectConsistent(scene)
    }

    @Test("a new root with other online keys, where the old ones sign once more")
    func rotation() async throws {
        var scene = try await MirrorScene.mirrored()
        let old = scene.repository.keys[.timestamp] ?? []
        scene.repository.keys[.timestamp] = [TestKey("new")]
        scene.repository.publish(.root)
        scene.repository.signers[.timestamp] = old + [TestKey("new")]
        release(&scene)
        scene.repository.publishAll()
        try await expectConsistent(scene)
    }

    @Test("where nothing can be done about it, the moment is as short as it can be, and it is said")
    func hardRotation() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.keys[.timestamp] = [TestKey("new")]
        scene.repository.publish(.root)
        release(&scene)
        scene.repository.publishAll()
        let journal = try JournalStore(scene.store) { [folder = scene.folder] in
            try folder.tree("mirror").filter { !$0.key.contains("/.carnet") }
        }
        _ = scene.notices.take()
        _ = try await MirrorSync(
            scene.source, into: journal, options: scene.options, now: scene.now
        )
        .run(.root(scene.pin))
        #expect(scene.notices.take() == [.onlineKeysReplaced])
        var refusals = 0
        for state in journal.states {
            do { _ = try await contents(scene, state, state) } catch { refusals += 1 }
        }
        #expect(refusals == 1)
    }

    @Test("a client that reads all the time never fails")
    func continuously() async throws {
        var scene = try await MirrorScene.mirrored()
        let reads = Reads()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask { [scene] in
                    let store = MemoryTrustedStore(root: scene.pin)
                    while !reads.isOver {
                        let seen = try await scene.client(store)
                        #expect(seen.count >= 2)
                        reads.add()
                        await Task.yield()
                    }
                }
            }
            for number in 0..<20 {
                scene.repository.add(UTF8Text("b/new-\(number)"), "new \(number)", in: "team")
                if number % 5 == 0 { scene.repository.publish(.root) }
                scene.repository.publishAll()
                try await scene.sync()
            }
            reads.end()
            try await group.waitForAll()
        }
        #expect(reads.count > 3)
        #expect(try await scene.client().count == 22)
    }
}

/// How often somebody has read, and whether it is over.
private final class Reads: Sendable {
    private let state = Mutex((count: 0, isOver: false))

    var count: Int { state.withLock { $0.count } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func add() { state.withLock { $0.count += 1 } }
    func end() { state.withLock { $0.isOver = true } }
}

@Suite("Many synchronizations of one mirror at the same time")
struct RaceTests {
    @Test("ten of them each end well, and the mirror has the newest state")
    func ten() async throws {
        var scene = try await MirrorScene.mirrored { scene in
            for number in 0..<50 { scene.repository.add(UTF8Text("many/\(number)"), "\(number)") }
        }
        scene.repository.add("a/three.txt", "the third file")
        scene.repository.publish(.root)
        scene.repository.publishAll()
        try await withThrowingTaskGroup(of: SyncOutcome.self) { group in
            for _ in 0..<10 { group.addTask { [scene] in try await scene.sync() } }
            var published = 0
            for try await outcome in group {
                #expect(outcome.timestamp == scene.repository.version(of: .timestamp))
                if outcome.kind == .published { published += 1 }
            }
            #expect(published == 1)
        }
        #expect(try await scene.client().count == 53)
        #expect(try await scene.sync().kind == .unchanged)
    }

    @Test("one that began with an older state does not put it over a newer one")
    func older() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.add("a/three.txt", "the third file")
        scene.repository.publish(.targets)
        let slow = scene.repository
        let old = SimulatedServer(copying: slow.server)
        scene.repository.add("a/five.txt", "the fifth file")
        scene.repository.publish(.targets)
        let newer = scene
        // The newer state is published at the last moment before the older one would be.
        let store = MeddlingStore(scene.store, before: "metadata/timestamp.json") {
            _ = try? await newer.sync()
        }
        var source = scene.source
        source.fetcher = old
        let outcome = try await MirrorSync(
            source, into: store, options: scene.options, now: scene.now
        ).run(.root(scene.pin))
        #expect(outcome.kind == .overtaken)
        #expect(outcome.timestamp == scene.repository.version(of: .timestamp))
        #expect(try await scene.client()["a/five.txt"] == "the fifth file")
    }
}
