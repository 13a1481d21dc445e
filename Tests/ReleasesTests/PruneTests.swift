// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

/// A repository that published a new `demo/a` every day, and what its timestamps were.
private struct History {
    var scene = AuditScene()
    var modified: [String: Instant] = [:]
    /// The timestamps, by the version of the snapshot that each names.
    var timestamps: [Int: [UInt8]] = [:]
    var day = 0

    init(days: Int) {
        settle()
        for _ in 0..<days { publish() }
    }

    mutating func publish(after days: Int = 1) {
        day += days
        scene.repository.add("demo/a", "file a of day \(day)", in: .demo)
        scene.repository.server["targets/demo/a"] = nil
        scene.repository.publish(.demo)
        settle()
    }

    /// Files that are new are of today.
    mutating func settle() {
        for name in scene.repository.server.names where modified[name] == nil {
            modified[name] = now
        }
        timestamps[current] = scene.repository.bytes(of: .timestamp)
    }

    var now: Instant { .testTime.adding(days: day) }
    var current: Int { scene.repository.version(of: .snapshot) }

    func plan(
        grace: Int, on server: SimulatedServer? = nil, at moment: Instant? = nil
    ) throws -> PrunePlan {
        let server = server ?? scene.repository.server
        let listing = SimulatedListing(server: server, modified: modified)
        let name = RoleName.snapshot.fileName(version: current)
        let snapshot = try Snapshot(SignedFile(server[name] ?? []).signed)
        return PrunePlan(
            try listing.files(), current: snapshot, graceDays: grace, now: moment ?? now
        ) { server[$0] }
    }

    /// Whether a client that holds the timestamp of this state gets everything.
    func serves(_ version: Int, on server: SimulatedServer) async throws -> Bool {
        let mirror = SimulatedServer(copying: server)
        mirror["timestamp.json"] = timestamps[version]
        let updater = Updater(
            metadataURL: SimulatedServer.url, fetcher: mirror,
            store: MemoryTrustedStore(root: mirror["1.root.json"] ?? []), now: .testTime)
        do {
            let state = try await updater.refresh()
            let download = TargetDownload(
                targetsURL: "\(SimulatedServer.url)targets/", fetcher: mirror, consistent: true)
            let all = try await TargetSearch(state, updater).all()
            for found in all { _ = try await download.bytes(of: found.file, maximumBytes: 1000) }
            return all.count == 2
        } catch {
            return false
        }
    }
}

extension PrunePlan {
    /// Removes the first so many files.
    fileprivate func apply(to server: SimulatedServer, first count: Int? = nil) {
        for removal in removals.prefix(count ?? removals.count) {
            let path = removal.path.string
            server[path.hasPrefix("metadata/") ? String(path.dropFirst(9)) : path] = nil
        }
    }
}

@Suite("Prune: what goes and what stays")
struct PrunePlanTests {
    @Test("states that were current within the grace period stay with all their files")
    func grace() async throws {
        let history = History(days: 20)
        let plan = try history.plan(grace: 5)
        let current = history.current
        // The one that was followed five days ago is not asked for any more.
        #expect(plan.snapshots == Array((current - 5)...current))
        let server = SimulatedServer(copying: history.scene.repository.server)
        plan.apply(to: server)
        for version in plan.snapshots {
            #expect(try await history.serves(version, on: server), "state \(version)")
        }
        #expect(try await history.serves(current - 6, on: server) == false)
        #expect(server["1.root.json"] != nil && server["2.root.json"] != nil)
        let old = history.scene.repository.server.names.count - plan.removals.count
        #expect(server.names.count == old && plan.removals.count == 3 * 15 - 1 + 1)
        #expect(plan.bytes > 0 && plan.young == 0)
    }

    @Test("without a grace period the current state and the one before stay")
    func none() async throws {
        let history = History(days: 5)
        let plan = try history.plan(grace: 0)
        #expect(plan.snapshots == [history.current - 1, history.current])
        let server = SimulatedServer(copying: history.scene.repository.server)
        plan.apply(to: server)
        for version in plan.snapshots { #expect(try await history.serves(version, on: server)) }
    }

    @Test("a state that was current for long is kept from the day on which it was followed")
    func followed() async throws {
        var history = History(days: 2)
        let long = history.current
        history.publish(after: 300)
        history.publish(after: 1)
        history.publish(after: 1)
        let plan = try history.plan(grace: 10)
        #expect(plan.snapshots.contains(long) && !plan.snapshots.contains(long - 1))
        let server = SimulatedServer(copying: history.scene.repository.server)
        plan.apply(to: server)
        #expect(try await history.serves(long, on: server))
    }

    @Test("files that nothing refers to stay until they are old enough")
    func young() throws {
        var history = History(days: 3)
        let name = "targets/demo/\(sha256("left over")).b"
        history.scene.repository.server[name] = Array("left over".utf8)
        history.modified[name] = history.now
        var plan = try history.plan(grace: 10)
        #expect(!plan.removals.contains { $0.path.string == name } && plan.young == 1)
        plan = try history.plan(grace: 10, at: history.now.adding(days: 10))
        #expect(plan.removals.contains { $0.path.string == name && $0.bytes == 9 })
    }

    @Test("what comes after the current state stays, as old as it may be")
    func later() throws {
        var history = History(days: 3)
        let before = history
        history.publish()
        history.publish()
        for name in history.scene.repository.server.names {
            history.modified[name] = .testTime.adding(days: -1000)
        }
        var behind = before
        behind.modified = history.modified
        let server = history.scene.repository.server
        let plan = try behind.plan(grace: 1, on: server)
        let current = behind.current
        #expect(plan.snapshots == [current - 1, current, current + 1, current + 2])
        let removed = Set(plan.removals.map(\.path.string))
        let demo = before.scene.repository.version(of: .demo)
        #expect(removed.isDisjoint(with: ["metadata/\(demo + 1).demo.json"]))
        for day in [4, 5] {
            #expect(!removed.contains("targets/demo/\(sha256("file a of day \(day)")).a"))
        }
        #expect(removed.contains("metadata/1.demo.json"))
    }

    @Test("a name that is no versioned file's is never touched")
    func foreign() throws {
        var history = History(days: 2)
        let names = [
            "root.json", "targets.json", "README", "0.demo.json", "01.demo.json", "1.de%6Do.json",
            "rotate/demo.rotate.1", ".1.demo.json.0.carnet-tmp", "targets/demo/plain",
            "targets/demo/.hidden", "targets/demo/\(sha256("x"))", "targets/demo/abc.file",
            "1.timestamp.json",
        ]
        for name in names {
            history.scene.repository.server[name] = [1]
            history.modified[name] = .testTime.adding(days: -1000)
        }
        let plan = try history.plan(grace: 0, at: history.now.adding(days: 1000))
        let removed = plan.removals.map(\.path.string)
        for name in names {
            #expect(!removed.contains(name) && !removed.contains("metadata/\(name)"), "\(name)")
        }
        #expect(!removed.contains { $0.hasSuffix(".root.json") })
    }

    @Test("a state whose files are gone or broken keeps nothing alive, and breaks nothing")
    func broken() throws {
        let history = History(days: 4)
        let server = history.scene.repository.server
        let previous = history.current - 1
        server["\(previous).snapshot.json"] = Array("{".utf8)
        let plan = try history.plan(grace: 0)
        #expect(plan.snapshots == [previous, history.current])
        #expect(plan.removals.contains { $0.path.string.hasSuffix(".demo.json") })
    }

    @Test("after any number of removals every kept state is whole, and the next plan is the rest")
    func cutShort() async throws {
        let history = History(days: 8)
        let plan = try history.plan(grace: 3)
        #expect(plan.removals.count > 10)
        for count in 0...plan.removals.count {
            let server = SimulatedServer(copying: history.scene.repository.server)
            plan.apply(to: server, first: count)
            for version in plan.snapshots {
                #expect(try await history.serves(version, on: server), "\(count), \(version)")
            }
            let next = try history.plan(grace: 3, on: server)
            #expect(next.snapshots == plan.snapshots, "after \(count)")
            #expect(next.removals == Array(plan.removals.dropFirst(count)), "after \(count)")
        }
    }

    @Test("what refers goes before what is referred to")
    func order() throws {
        let plan = try History(days: 6).plan(grace: 0)
        let ranks = plan.removals.map { removal -> Int in
            let path = removal.path.string
            return path.hasPrefix("targets/") ? 2 : path.hasSuffix(".snapshot.json") ? 0 : 1
        }
        #expect(ranks == ranks.sorted() && Set(ranks) == [0, 1, 2])
    }

    @Test("plan and result are told in words and as JSON")
    func words() throws {
        let history = History(days: 2)
        let plan = try history.plan(grace: 0)
        let text = plan.text(isDone: false)
        #expect(text.contains("metadata/1.demo.json"))
        #expect(text.contains("\(plan.removals.count) files to be removed, \(plan.bytes) bytes."))
        #expect(text.contains("states 3 and 4"), "\(text)")
        #expect(plan.text(isDone: true).contains("files removed"))
        let json = plan.json(isDone: true)
        #expect(json["schema"] == "carnet/prune/1" && json["done"] == true)
        #expect(json["kept_states"] == [3, 4])
        #expect(json["files"]?.elements?.count == plan.removals.count)
    }
}

/// Answers with the timestamp of an earlier moment, as a slow client or a cache has it.
private struct HeldTimestamp: Fetcher {
    let inner: StagedRepository
    let timestamp: [UInt8]

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        if url.hasSuffix("/timestamp.json") { return timestamp }
        return try await inner.fetch(url, maximumBytes: maximumBytes)
    }
}

@Suite("Prune: a repository's folder")
struct PruneFolderTests {
    /// The clock of the file system, so many days on: nobody can set a file's time of change.
    private func later(_ days: Int) -> Instant {
        Instant(seconds: Glibc.time(nil)).adding(days: days)
    }

    private func world() async throws -> World {
        let world = try await World.released()
        for version in ["1.1", "1.2"] {
            try world.writeRelease(version: version, content: "wheel \(version)")
            let verdicts = try await world.release("demo-\(version)-py3-none-any.whl")
            #expect(verdicts.map(\.isVerified) == [true])
        }
        return world
    }

    @Test("clients with the timestamp before get their files after a prune, new ones all of it")
    func clients() async throws {
        let world = try await World.released()
        let timestamp = try #require(try world.directory.metadata("timestamp.json"))
        let held = HeldTimestamp(inner: StagedRepository(world.directory), timestamp: timestamp)
        let (search, download) = try await world.search()
        try world.list("wheel 1.1", at: path("demo/1.1/CHANGES.txt"), evidence: nil)
        let plan = try await Pruner(world.directory, now: later(40)).prune()
        #expect(plan.removals.count > 3 && plan.young == 0)
        #expect(try await world.failure(wheelPath, held) == nil)
        #expect(try await world.failure() == nil)
        // A session that began before goes on with its own state.
        let found = try #require(try await search.find(wheelPath))
        _ = try await download.bytes(of: found.file, maximumBytes: 1000)
        let report = await world.audit()
        #expect(report.findings(.error) == [], "\(report.text)")
    }

    @Test("a second prune has nothing to do, and a dry run changes nothing")
    func again() async throws {
        let world = try await world()
        let before = try world.folder.tree("repository")
        let pruner = Pruner(world.directory, now: later(40))
        let plan = try await pruner.plan()
        #expect(try world.folder.tree("repository") == before)
        #expect(try await pruner.prune() == plan)
        let after = try world.folder.tree("repository")
        #expect(before.count - after.count >= plan.removals.count)
        for removal in plan.removals { #expect(after["repository/\(removal.path)"] == nil) }
        #expect(try await pruner.prune().removals == [])
        #expect(try world.folder.tree("repository") == after)
    }

    @Test("within the grace period nothing goes")
    func withinGrace() async throws {
        let world = try await world()
        let before = try world.folder.tree("repository")
        #expect(try await Pruner(world.directory, now: later(29)).prune().removals == [])
        #expect(try world.folder.tree("repository") == before)
    }

    @Test("a file that is old where it comes from is new where it is put")
    func linkedFile() async throws {
        let world = try await world()
        let name = "repository/targets/demo/1.2/\(sha256("old")).old.whl"
        try world.folder.write("old", to: name)
        var times = [timeval(tv_sec: 0, tv_usec: 0), timeval(tv_sec: 0, tv_usec: 0)]
        #expect(utimes(world.folder(name), &times) == 0)
        _ = try await Pruner(world.directory, now: later(20)).prune()
        #expect(FileSystem.exists(world.folder(name)))
        _ = try await Pruner(world.directory, now: later(40)).prune()
        #expect(!FileSystem.exists(world.folder(name)))
    }

    @Test("folders in which nothing is left go with the files, others stay")
    func emptyFolders() async throws {
        let world = try await world()
        try world.folder.write("x", to: "repository/targets/gone/deep/\(sha256("x")).x")
        try FileSystem.makeDirectory(world.folder("repository/targets/empty"))
        _ = try await Pruner(world.directory, now: later(40)).prune()
        #expect(!FileSystem.exists(world.folder("repository/targets/gone")))
        #expect(FileSystem.exists(world.folder("repository/targets/empty")))
    }

    @Test("a repository whose state is in doubt is left alone")
    func unsound() async throws {
        let world = try await world()
        let name = try #require(
            try FileSystem.names(in: world.folder("repository/metadata"))
                .last { $0.hasSuffix(".releases.json") })
        try FileSystem.write([0x7B], to: world.directory.metadataPath(name))
        let before = try world.folder.tree("repository")
        do throws(PruneError) {
            _ = try await Pruner(world.directory, now: later(40)).prune()
            Issue.record("pruned")
        } catch {
            guard case .unsound(let findings) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(findings.map(\.subject) == [name])
        }
        #expect(try world.folder.tree("repository") == before)
    }

    @Test("while another process holds the lock nothing is removed")
    func locked() async throws {
        let world = try await world()
        let before = try world.folder.tree("repository")
        let lock = try world.directory.lock()
        var wait = LockWait()
        wait.maximumSeconds = 0.02
        await #expect(throws: PruneError.self) {
            try await Pruner(world.directory, now: later(40)).prune(waiting: wait)
        }
        #expect(try world.folder.tree("repository") == before)
        withExtendedLifetime(lock) {}
    }

    @Test("without consistent snapshots there is nothing to prune")
    func nonConsistent() async throws {
        let folder = try TemporaryFolder()
        var scene = AuditScene()
        scene.repository.consistentSnapshot = false
        scene.repository.publish(.root)
        scene.repository.publishAll()
        for name in scene.repository.server.names {
            let bytes = try #require(scene.repository.server[name])
            let isTarget = name.hasPrefix("targets/")
            try folder.write(
                String(decoding: bytes, as: UTF8.self),
                to: "repository/\(isTarget ? name : "metadata/\(name)")")
        }
        let directory = RepositoryDirectory(folder("repository"))
        await #expect(throws: PruneError.notConsistent) {
            try await Pruner(directory, now: later(40)).prune()
        }
    }
}
