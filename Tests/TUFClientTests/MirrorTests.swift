// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Mirrors: a refresh goes through one of them")
struct MirrorTests {
    private let asked = ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"]

    private func names(_ mirror: String, _ files: some Sequence<String>) -> [String] {
        files.map { "\(mirror) \($0)" }
    }

    /// Version 2 of all but the root is at both mirrors; the client has version 1.
    private func mirrors() async throws -> Mirrors {
        var scene = try await Scene.upToDate()
        scene.repository.publish(.targets)
        return Mirrors(scene)
    }

    private func version(_ role: RoleName, in store: MemoryStore) throws -> Int {
        let signed = try SignedFile(try #require(store[role])).signed
        return try signed.object().required("version").integer()
    }

    @Test("the second is not asked if the first serves")
    func first() async throws {
        let mirrors = try await mirrors()
        let state = try await mirrors.updater.refresh()
        #expect(state.origin == .mirror(0))
        #expect(mirrors.requests() == names("a", asked))
        #expect(mirrors.notices.take() == [])
    }

    @Test("a mirror that fails at any file is left for good, and the next one asked from the root")
    func eachFile() async throws {
        for (index, file) in asked.enumerated() {
            let mirrors = try await mirrors()
            mirrors.a.setFault(.unreachable("refused"), for: file)
            let state = try await mirrors.updater.refresh()
            #expect(state.origin == .mirror(1))
            #expect(state.targets.document.version == 2)
            // What was verified on the way to the failure is kept, and not asked for again.
            let kept = index == 3 ? ["2.snapshot.json"] : []
            #expect(
                mirrors.requests() == names("a", asked[...index])
                    + names("b", asked.filter { !kept.contains($0) }))
            #expect(
                mirrors.notices.take() == [
                    Mirrors.failed("a", Mirrors.fault("a", file, .unreachable("refused")))
                ])
        }
    }

    @Test(
        "whatever is wrong with the first, the second serves",
        arguments: [
            .status(500), .truncated, .notFound, .tooLarge(maximumBytes: 1),
            .tooSlow(minimumBytesPerSecond: 1, seconds: 9), .status(403),
            .redirectRefused(to: "https://login.test/"),
        ] as [FetchError.Reason])
    func anyFault(_ reason: FetchError.Reason) async throws {
        let mirrors = try await mirrors()
        mirrors.a.setFault(reason, for: "timestamp.json")
        #expect(try await mirrors.updater.refresh().origin == .mirror(1))
        #expect(mirrors.notices.take().count == 1)
    }

    @Test("a mirror with a forged file is told of by name, and the other serves")
    func forged() async throws {
        var scene = try await Scene.upToDate()
        let b = SimulatedServer(copying: scene.repository.server)
        scene.repository.signers[.timestamp] = [TestKey("mallory")]
        scene.repository.publish(.timestamp)
        let refusal = try scene.unsigned(.timestamp, keys: [TestKey("timestamp")])
        let mirrors = Mirrors(scene.repository.server, b, scene)
        #expect(try await mirrors.updater.refresh().origin == .mirror(1))
        let notices = mirrors.notices.take()
        #expect(notices == [Mirrors.failed("a", refusal)])
        #expect(
            notices.first.map { "\($0)" }
                == "mirror https://a.test/: \(refusal); going on with https://b.test/")
    }

    @Test("a frozen mirror is left for one that is fresh")
    func frozen() async throws {
        var scene = try await Scene.upToDate()
        scene.repository.expires = scene.now.adding(days: 90)
        scene.repository.publish(.root)
        scene.repository.publish(.targets)
        let a = SimulatedServer(copying: scene.repository.server)
        let expires = scene.now.adding(days: 1)
        scene.repository.write(.timestamp) { $0.set("expires", .text(expires.description)) }
        a["timestamp.json"] = scene.repository.bytes(of: .timestamp)
        scene.repository.publish(.timestamp)
        scene.now = scene.now.adding(days: 2)
        let mirrors = Mirrors(a, scene.repository.server, scene)
        #expect(try await mirrors.updater.refresh().origin == .mirror(1))
        #expect(
            mirrors.notices.take() == [
                Mirrors.failed("a", .expired(role: .timestamp, since: expires))
            ])
    }

    /// attack: mirrors: the second replays what is older than what the first showed
    @Test("what the first showed is the base for the second: nobody leads the client back")
    func noWayBack() async throws {
        var scene = try await Scene.upToDate()
        let old = SimulatedServer(copying: scene.repository.server)
        scene.repository.publish(.targets)
        scene.repository.server["2.snapshot.json"] = nil
        let mirrors = Mirrors(scene.repository.server, old, scene)
        let rollback = UpdateError.rollback(role: .timestamp, offered: 1, trusted: 2)
        await #expect(throws: rollback) { try await mirrors.updater.refresh() }
        #expect(
            mirrors.notices.take() == [
                Mirrors.failed("a", .missing(file: "2.snapshot.json")),
                Mirrors.failed("b", rollback),
            ])
        #expect(try version(.timestamp, in: mirrors.store) == 2)
        #expect(try version(.snapshot, in: mirrors.store) == 1)
        #expect(
            mirrors.requests() == names("a", asked.prefix(3)) + names("b", asked.prefix(2)))
    }

    /// attack: mirrors: each has half of a state
    @Test("a state is not put together of two mirrors' files")
    func noMixture() async throws {
        let mirrors = try await mirrors()
        mirrors.a["2.targets.json"] = nil
        mirrors.b["timestamp.json"] = nil
        await #expect(throws: UpdateError.missing(file: "2.targets.json")) {
            try await mirrors.updater.refresh()
        }
        #expect(mirrors.requests() == names("a", asked) + names("b", asked.prefix(2)))
    }

    @Test("a root that only the first has is taken from it, and binds the second")
    func rootOfTheFirst() async throws {
        var scene = try await Scene.upToDate()
        let old = SimulatedServer(copying: scene.repository.server)
        scene.repository.keys[.timestamp] = [TestKey("new timestamp")]
        scene.repository.publish(.root)
        scene.repository.server["timestamp.json"] = nil
        let mirrors = Mirrors(scene.repository.server, old, scene)
        let count = try SignedFile(try #require(old["timestamp.json"]))
            .count(by: Authority([TestKey("new timestamp")]))
        await #expect(
            throws: UpdateError.unsigned(
                file: "timestamp.json", by: .root, count,
                missing: [TestKey("new timestamp").id])
        ) { try await mirrors.updater.refresh() }
        #expect(try version(.root, in: mirrors.store) == 2)
    }

    private static let outcomes: [(FetchError.Reason, FetchError.Reason, Int)] = [
        (.unreachable("refused"), .unreachable("no route"), 0),
        (.unreachable("refused"), .notFound, 1),
        (.notFound, .timedOut(seconds: 9), 0),
        (.status(403), .status(503), 0),
        (.status(503), .tooLarge(maximumBytes: 1), 1),
    ]

    @Test("if all fail, the gravest is told, of equal ones the first", arguments: outcomes)
    func gravest(
        _ outcome: (a: FetchError.Reason, b: FetchError.Reason, told: Int)
    ) async throws {
        let mirrors = try await mirrors()
        mirrors.a.setFault(outcome.a, for: "timestamp.json")
        mirrors.b.setFault(outcome.b, for: "timestamp.json")
        let (name, reason) = outcome.told == 0 ? ("a", outcome.a) : ("b", outcome.b)
        let expected =
            reason == .notFound
            ? UpdateError.missing(file: "timestamp.json")
            : Mirrors.fault(name, "timestamp.json", reason)
        await #expect(throws: expected) { try await mirrors.updater.refresh() }
        #expect(mirrors.notices.take().count == 2)
    }

    @Test("a refusal outranks staleness, and staleness a mirror that is down")
    func refusalFirst() async throws {
        var scene = try await Scene.upToDate { $0.publish(.timestamp) }
        let stale = SimulatedServer(copying: scene.repository.server)
        scene.repository.write(.timestamp) { $0.set("version", 1) }
        stale["timestamp.json"] = scene.repository.bytes(of: .timestamp)
        let forged = SimulatedServer(copying: stale)
        forged["timestamp.json"] = Array("<!DOCTYPE html>".utf8)
        let down = SimulatedServer(copying: stale)
        down.setFault(.unreachable("refused"), for: "timestamp.json")
        let rollback = UpdateError.rollback(role: .timestamp, offered: 1, trusted: 2)
        for (a, b) in [(down, stale), (stale, down)] {
            await #expect(throws: rollback) {
                try await Mirrors(a, b, scene).updater.refresh()
            }
        }
        let html = UpdateError.malformed(
            file: "timestamp.json", .unexpected(byte: UInt8(ascii: "<"), offset: 0))
        for (a, b) in [(forged, stale), (stale, forged), (down, forged)] {
            await #expect(throws: html) { try await Mirrors(a, b, scene).updater.refresh() }
        }
    }

    @Test("what is the client's own fault is no reason to ask another mirror")
    func ownFault() async throws {
        let mirrors = try await mirrors()
        mirrors.store.refuseSaves(of: .timestamp)
        await #expect(throws: UpdateError.store(MemoryStore.diskFull(.timestamp))) {
            try await mirrors.updater.refresh()
        }
        #expect(mirrors.requests() == names("a", asked.prefix(2)))
        #expect(mirrors.notices.take() == [])
    }

    @Test("a refresh that was cancelled ends at once")
    func cancelled() async throws {
        let mirrors = try await mirrors()
        mirrors.a.setFault(.cancelled, for: "timestamp.json")
        let error = Mirrors.fault("a", "timestamp.json", .cancelled)
        await #expect(throws: error) { try await mirrors.updater.refresh() }
        #expect(error.isCancelled)
        #expect(mirrors.requests() == names("a", asked.prefix(2)))
    }

    /// attack: go-tuf CVE-2026-24686: an empty list of URLs
    @Test("without any mirror there is nothing to ask")
    func none() async throws {
        let scene = Scene()
        let updater = Updater(
            mirrors: [], fetcher: scene.repository, store: scene.store, now: scene.now)
        await #expect(throws: UpdateError.noMirror) { try await updater.refresh() }
    }
}
