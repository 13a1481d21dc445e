// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import RepositoryStorage
import Synchronization
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Locks of a client's store: waiting, and what may be saved without one")
struct StoreLockTests {
    private let releases = RoleName("releases")
    private let folder: TemporaryFolder
    private var demo: String { folder("demo") }

    init() throws { folder = try TemporaryFolder() }

    @Test("who waits is told once, and not for ever", arguments: ["store", "async", "repository"])
    func bound(kind: String) async throws {
        let told = Told()
        var wait = LockWait { told.add($0) }
        wait.noticeSeconds = 0
        wait.maximumSeconds = 0.02
        try FileSystem.makeDirectory(demo)
        let file = kind == "repository" ? ".carnet.lock" : ".lock"
        let holder = try FileLock.waiting(for: folder("demo/\(file)"))
        let reason = "still in use by another process after 0.02 s"
        let path = folder("demo/\(file)")
        switch kind {
        case "store":
            #expect(throws: StoreError(path: path, reason: reason)) {
                try DirectoryTrustedStore(demo, waiting: wait)
            }
        case "async":
            await #expect(throws: StoreError(path: path, reason: reason)) {
                try await DirectoryTrustedStore.open(demo, waiting: wait)
            }
        default:
            #expect(throws: StorageError(path: path, reason: reason)) {
                try RepositoryTransaction(RepositoryDirectory(demo), waiting: wait)
            }
        }
        #expect(told.all == [demo])
        withExtendedLifetime(holder) {}
    }

    @Test("one second, then a word; five minutes, then an end: nobody is told of a free lock")
    func patience() throws {
        let told = Told()
        let wait = LockWait { told.add($0) }
        #expect(wait.noticeSeconds == 1)
        #expect(wait.maximumSeconds == 300)
        _ = try DirectoryTrustedStore(demo, waiting: wait)
        #expect(told.all.isEmpty)
    }

    @Test("a cancelled task stops waiting")
    func cancelled() async throws {
        let store = try DirectoryTrustedStore(demo)
        let waiting = Task { [demo] in try await DirectoryTrustedStore.open(demo) }
        waiting.cancel()
        let result = await waiting.result
        #expect(
            throws: StoreError(
                path: folder("demo/.lock"), reason: "in use by another process, wait cancelled")
        ) { try result.get() }
        withExtendedLifetime(store) {}
    }

    @Test("tasks of one process wait for each other without a thread each, and none is lost")
    func tasks() async throws {
        let demo = demo
        // Other tests share the pool: how long a turn takes is theirs to say.
        var wait = LockWait()
        wait.maximumSeconds = 3600
        try await withThrowingTaskGroup(of: Void.self) { [wait] group in
            for _ in 0..<32 {
                group.addTask {
                    let store = try await DirectoryTrustedStore.open(demo, waiting: wait)
                    let count = try store.load(.timestamp)?[0] ?? 0
                    // As for a server: the lock is held while nothing runs.
                    try await Task.sleep(nanoseconds: 100_000)
                    try store.save([count + 1], as: .timestamp)
                    store.unlock()
                }
            }
            try await group.waitForAll()
        }
        #expect(try DirectoryTrustedStore(demo).load(.timestamp) == [32])
    }

    /// How long it takes to go through the pool again and again.
    private func hops() async -> Duration {
        let clock = ContinuousClock()
        let begun = clock.now
        for _ in 0..<15 {
            await Task.detached { await Task.yield() }.value
            usleep(5000)
        }
        return clock.now - begun
    }

    @Test("many more waiters than cores leave the pool to the one who holds the lock")
    func pool() async throws {
        let demo = demo
        try FileSystem.makeDirectory(demo)
        let path = "\(demo)/.lock"
        // Other tests are at work, too.
        let alone = await hops()
        let among = try await withThrowingTaskGroup(of: Void.self) { group in
            var holder: FileLock? = try FileLock.waiting(for: path)
            for _ in 0..<500 {
                group.addTask { withExtendedLifetime(try await FileLock.awaiting(path)) {} }
            }
            // Begins behind all of them, and needs the pool to let go.
            let among = await hops()
            withExtendedLifetime(holder) {}
            holder = nil
            try await group.waitForAll()
            return among
        }
        // If each waiter kept a thread for its pauses it would be a minute.
        #expect(among < alone * 5 + .seconds(6))
    }

    @Test("a delegated role may be saved without the lock, as long as the snapshot is the same")
    func delegated() throws {
        let store = try DirectoryTrustedStore(demo)
        try store.save([1], as: .snapshot)
        try store.save([1], as: releases)
        store.unlock()
        try store.save([2], as: releases)
        #expect(try store.load(releases) == [2])
        let other = try DirectoryTrustedStore(demo)
        #expect(try other.load(.snapshot) == [1])
        try store.save([3], as: releases)
        other.unlock()
        try other.save([4], as: releases)
        try store.save([5], as: releases)
        #expect(try store.load(releases) == [5])
    }

    @Test("an older role never takes the place of a newer one", arguments: [true, false])
    func monotonic(isRemoved: Bool) throws {
        let older = try DirectoryTrustedStore(demo)
        try older.save([1], as: .snapshot)
        older.unlock()
        let newer = try DirectoryTrustedStore(demo)
        if isRemoved { try newer.remove(.snapshot) } else { try newer.save([2], as: .snapshot) }
        // Between the newer one's snapshot and its roles: nothing is replaced yet.
        try older.save([1], as: releases)
        #expect(try newer.load(releases) == [1])
        newer.unlock()
        try newer.save([2], as: releases)
        try older.save([1], as: releases)
        try older.remove(releases)
        #expect(try newer.load(releases) == [2])
    }

    @Test(
        "a top-level role needs the lock",
        arguments: [RoleName.root, .timestamp, .snapshot, .targets])
    func topLevel(role: RoleName) throws {
        let store = try DirectoryTrustedStore(demo)
        try store.save([1], as: role)
        store.unlock()
        let refusal = StoreError(
            path: folder("demo/\(role.fileName())"), reason: "changed after the lock was let go")
        #expect(throws: refusal) { try store.save([2], as: role) }
        #expect(throws: refusal) { try store.remove(role) }
        #expect(try store.load(role) == [1])
    }
}

/// What somebody was told.
private final class Told: Sendable {
    private let words = Mutex<[String]>([])

    func add(_ word: String) { words.withLock { $0.append(word) } }

    var all: [String] { words.withLock { $0 } }
}
