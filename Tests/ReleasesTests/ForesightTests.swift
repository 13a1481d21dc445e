// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import Synchronization
import TUFMetadata
import TUFRepository
import TestKit
import Testing

@Suite("What a change does to released files is known before it is signed")
struct ForesightTests {
    /// Keeps what the person who is asked is told, and says no.
    private final class Listener: Sendable {
        private let heard = Mutex<Foresight?>(nil)

        var foresight: Foresight? { heard.withLock { $0 } }

        func decline(_ foresight: Foresight) -> Bool {
            heard.withLock { $0 = foresight }
            return false
        }
    }

    private func foresight(
        _ world: World, _ body: (inout RepositoryEdit) throws(RepositoryError) -> Void
    ) async throws -> Foresight {
        let listener = Listener()
        let before = try world.folder.tree()
        await #expect(throws: PublishingError.declined) {
            _ = try await world.publisher.change(
                confirming: { _, foresight in listener.decline(foresight) }, body)
        }
        #expect(try world.folder.tree() == before)
        return try #require(listener.foresight)
    }

    @Test("a change that leaves releases alone says so")
    func harmless() async throws {
        let world = try await World.released()
        let seen = try await foresight(world) { edit throws(RepositoryError) in
            try edit.renew(.targets)
        }
        #expect(seen.releases == 1 && seen.verifying == 1 && seen.falling.isEmpty)
        #expect(seen.sentences == "released files: all 1 that verify now still would\n")
    }

    @Test("a role's patterns that leave a released file out")
    func pattern() async throws {
        let world = try await World.released()
        let seen = try await foresight(world) { edit throws(RepositoryError) in
            try edit.edit(.targets) { document in
                document.change("delegations") { delegations in
                    let roles = (delegations["roles"]?.elements ?? []).map { role -> JSON in
                        guard role["name"]?.text == RepositoryPlan.releases.text else {
                            return role
                        }
                        var role = role
                        role.set("paths", ["other/*"])
                        return role
                    }
                    delegations.set("roles", .array(roles))
                }
            }
        }
        #expect(seen.falling.map(\.path) == [wheelPath])
        #expect(seen.falling.map(\.refusal.code) == ["E-NO-SUCH-FILE"])
        #expect(seen.sentences.hasPrefix("released files: 1 of 1 that verify now would be refused"))
    }

    @Test("a role whose keys change keeps its releases")
    func keys() async throws {
        let world = try await World.released()
        let seen = try await foresight(world) { edit throws(RepositoryError) in
            var keys = try edit.keys(of: RepositoryPlan.releases)
            do { try keys.add(RoleKeySet.Holder(key("new").publicKey, name: "new")) } catch {}
            try edit.set(keys, of: RepositoryPlan.releases)
        }
        #expect(seen.verifying == 1 && seen.falling.isEmpty)
    }

    @Test("a role's bins, named as the role itself, and then more of them")
    func bins() async throws {
        let world = try await World.released()
        let spread = { @Sendable (count: Int) async throws in
            _ = try await world.publisher.change { edit throws(RepositoryError) in
                try edit.spread(RepositoryPlan.releases, over: count)
            }
        }
        try await spread(4)
        #expect(try await world.failure() == nil)
        let seen = try await foresight(world) { edit throws(RepositoryError) in
            try edit.spread(RepositoryPlan.releases, over: 16)
        }
        #expect(seen.verifying == 1 && seen.falling.isEmpty)
        try await spread(16)
        #expect(try await world.failure() == nil)
    }

    @Test("a layout that wants more than released evidence has")
    func layout() async throws {
        let world = try await World.released()
        let source = World.source.replacing("by: [alice]\n", "by: [bob]\n")
        let file = try world.layoutFile(source)
        let signed = try file.signed(
            adding: ["olga", "oscar"].map { ($0, try key($0)) }, now: now)
        let before = try world.folder.tree()
        let listener = Listener()
        await #expect(throws: PublishingError.declined) {
            _ = try await world.publisher.publish(file, signed: signed) { foresight in
                listener.decline(foresight)
            }
        }
        let seen = try #require(listener.foresight)
        #expect(seen.falling.map(\.refusal.code) == ["E-STRANGER"])
        #expect(try world.folder.tree() == before)
    }

    @Test("a co-signer of a change that waits is told the same")
    func coSigner() async throws {
        let world = try await World.released()
        let online = Publisher(world.directory, try TestRing("online"), now: now)
        let outcome = try await online.change { edit throws(RepositoryError) in
            try edit.edit(.targets) { $0.set("x-carnet", nil) }
        }
        guard case .waiting = outcome else {
            Issue.record("published without the key of targets")
            return
        }
        let listener = Listener()
        await #expect(throws: PublishingError.declined) {
            _ = try await world.publisher.sign { _, foresight in listener.decline(foresight) }
        }
        // Without a policy the layouts are those of top-level targets, which has none.
        let seen = try #require(listener.foresight)
        #expect(seen.falling.map(\.refusal.code) == ["E-WRONG-POLICY"])
    }

    @Test("of an expired repository nothing can be told, and the change is still possible")
    func expired() async throws {
        let world = try await World.released()
        let later = Publisher(world.directory, try TestRing.all(), now: now.adding(days: 3))
        let listener = Listener()
        await #expect(throws: PublishingError.declined) {
            _ = try await later.change(
                confirming: { _, foresight in listener.decline(foresight) },
                { edit throws(RepositoryError) in try edit.renew(.targets) })
        }
        let seen = try #require(listener.foresight)
        #expect(seen.obstacle != nil && seen.sentences.contains("cannot be told"))
    }
}
