// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import Synchronization
import TUFClient
import TUFMetadata
import TUFRepository
import TestKit
import Testing

@Suite("As of another moment: by the repository's history")
struct PastStateTests {
    private static let newWheel = path("demo/1.1/demo-1.1-py3-none-any.whl")

    /// What a consumer says of a moment.
    private struct Answer {
        var verdict: Verdict
        var notices: [String]
    }

    /// A repository that released demo 1.0 on the first day, 1.1 on the third and 1.2 on the
    /// fifth.
    private func world() async throws -> World {
        let world = try await World.released()
        for (version, days) in [("1.1", 2), ("1.2", 4)] {
            try world.writeRelease(version: version, content: "wheel \(version)")
            let publisher = Publisher(
                world.directory, try TestRing.all(), now: now.adding(days: days))
            let verdicts = try await publisher.release(
                [ReleaseRequest(file: world.folder("dist/demo-\(version)-py3-none-any.whl"))],
                links: [world.folder("links")], dryRun: false
            ).verdicts
            try #require(verdicts.allSatisfy { $0.isVerified }, "\(verdicts.map(\.text))")
        }
        return world
    }

    private func ask(
        _ world: World, _ path: TargetPath, asOf moment: Instant,
        _ fetcher: (any Fetcher)? = nil
    ) async throws -> Answer {
        let notices = Notices()
        var options = ConsumerOptions()
        options.asOf = moment
        options.notice = { notices.add("\($0)") }
        let trusted = try world.consumer().repository
        let consumer = Consumer(
            trusted, fetcher ?? StagedRepository(world.directory), options: options,
            now: now.adding(days: 4))
        try FileSystem.makeDirectory(world.folder("out"))
        let verdict = try await consumer.get(path, to: world.folder("out/file"))
        return Answer(verdict: verdict, notices: notices.all)
    }

    @Test("what was released later is not offered at an earlier moment")
    func earlier() async throws {
        let world = try await world()
        let day2 = try await ask(world, Self.newWheel, asOf: now.adding(days: 1))
        #expect(day2.verdict.refusal?.code == "E-NO-SUCH-FILE")
        #expect(day2.verdict.freshness?.snapshotVersion == 3)
        #expect(day2.verdict.freshness?.signed == now)
        #expect(
            day2.notices == [
                "demo: judged by state 3, signed 2026-11-22T12:00:00Z, the newest at "
                    + "2026-11-23T12:00:00Z; whether clients were shown it then is not known, "
                    + "no timestamp of then is kept"
            ])
        let old = try await ask(world, wheelPath, asOf: now.adding(days: 1))
        #expect(old.verdict.isVerified, "\(old.verdict.text)")
        let day3 = try await ask(world, Self.newWheel, asOf: now.adding(days: 2))
        #expect(day3.verdict.isVerified, "\(day3.verdict.text)")
        #expect(day3.verdict.freshness?.snapshotVersion == 4)
        let newest = try await ask(world, Self.newWheel, asOf: now.adding(days: 4))
        #expect(newest.verdict.isVerified)
        #expect(newest.notices.isEmpty)
        #expect(newest.verdict.freshness?.timestampVersion == 5)
    }

    @Test("nothing of it is kept")
    func nothingKept() async throws {
        let world = try await world()
        _ = try world.consumer()
        let before = try world.folder.tree("home")
        _ = try await ask(world, wheelPath, asOf: now.adding(days: 1))
        var after = try world.folder.tree("home")
        after["home/repositories/demo/metadata/.lock"] = nil
        #expect(after == before)
    }

    @Test("where history does not reach, it is said that nobody can have seen this state")
    func unknown() async throws {
        let world = try await world()
        let before = try await ask(world, wheelPath, asOf: now.adding(days: -1))
        #expect(before.notices.count == 1)
        #expect(before.notices[0].contains("nobody could have seen it"))
        #expect(before.verdict.freshness?.snapshotVersion == 5)
        // The state of then, or the one after it, was pruned.
        for pruned in ["3.snapshot.json", "4.snapshot.json"] {
            let fetcher = MeddlingFetcher(world.directory, [pruned: nil])
            let answer = try await ask(world, wheelPath, asOf: now.adding(days: 1), fetcher)
            #expect(answer.notices[0].contains("nobody could have seen it"), "\(pruned)")
        }
    }

    @Test("a snapshot of the past that is not signed as the root says counts for nothing")
    func forged() async throws {
        let world = try await world()
        let bytes = try #require(try world.directory.metadata("3.snapshot.json"))
        let forged = String(decoding: bytes, as: UTF8.self)
            .replacing("\"version\":3", with: "\"version\": 3")
            .replacing("\"sig\":\"", with: "\"sig\":\"00")
        let fetcher = MeddlingFetcher(world.directory, ["3.snapshot.json": forged])
        let answer = try await ask(world, wheelPath, asOf: now.adding(days: 1), fetcher)
        #expect(answer.notices[0].contains("nobody could have seen it"))
    }
}

private final class Notices: Sendable {
    private let words = Mutex<[String]>([])

    var all: [String] { words.withLock { $0 } }

    func add(_ text: String) { words.withLock { $0.append(text) } }
}
