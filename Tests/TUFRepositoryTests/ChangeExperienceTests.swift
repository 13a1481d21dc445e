// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

/// A root of these keys, each name a holder.
func rootDocument(
    _ version: Int, root: MetadataBuilder.Keys, online: String = "online"
) throws -> JSON {
    let online = try keys(online)
    return MetadataBuilder.root(
        [(.root, root), (.targets, root), (.snapshot, online), (.timestamp, online)],
        days: 365, now: now
    ).with(.integer(version), at: "version")
}

@Suite("Changes of root: what clients at the older one experience")
struct ClientExperienceTests {
    private func root(
        _ version: Int, _ keys: MetadataBuilder.Keys, online: String = "online"
    ) throws -> Root {
        let document = try rootDocument(version, root: keys, online: online)
        return try Root(try JSONDocument(document.compactBytes()).root)
    }

    @Test("whose signatures the next root needs, by the older and by itself")
    func needs() throws {
        let old = try root(3, try keys("alice", "bob", "carol", threshold: 2))
        let new = try root(4, try keys("alice", "bob", "dave", threshold: 2))
        let experience = ClientExperience(of: old, to: new)
        #expect(experience.canFollow)
        #expect(
            experience.sentences == [
                "clients at root 3 need signatures of 2 of alice, bob, carol on root 4, and of "
                    + "2 of alice, bob, dave, whom it names itself",
                "clients at an older root take every root up to 4, one by one",
                "targets must be signed by the keys of root 4 when it is published, or clients "
                    + "stop there",
            ])
        #expect(experience.leaving.map(\.description) == ["carol"])
    }

    @Test("who leaves must sign once more where those who stay are too few")
    func leaving() throws {
        let old = try root(1, try keys("alice", "bob", threshold: 2))
        let new = try root(2, try keys("alice", "carol", threshold: 2))
        let experience = ClientExperience(of: old, to: new)
        #expect(experience.neededOfLeaving == 1)
        #expect(
            experience.sentences.contains(
                "bob must sign root 2 although it takes that right away"))
        let without = ClientExperience(of: old, to: new, without: [experience.leaving[0].id])
        #expect(without.old.available == 1 && !without.canFollow)
    }

    @Test("with too many keys lost, clients can never follow")
    func lost() throws {
        let old = try root(1, try keys("alice", "bob", "carol", threshold: 2))
        let new = try root(2, try keys("alice", "dave", threshold: 1))
        let lost = Set([try key("bob").publicKey.keyID, try key("carol").publicKey.keyID])
        let experience = ClientExperience(of: old, to: new, without: lost)
        #expect(!experience.canFollow && experience.new.canBeMet)
        #expect(
            experience.sentences.contains(
                "only 1 of the 2 signatures that root 1 asks for can be made: clients at root 1 "
                    + "can never follow, each must be told to trust a new root"))
        let all = ClientExperience(
            of: old, to: new,
            without: lost.union([
                try key("alice").publicKey.keyID, try key("dave").publicKey.keyID,
            ]))
        #expect(!all.new.canBeMet)
    }

    @Test("a key under two ids counts once, and one that cannot be used not at all")
    func counted() throws {
        let document = try rootDocument(1, root: try keys("alice", "bob", threshold: 2))
        let alice = try key("alice").publicKey
        let id = try key("bob").publicKey.keyID.text
        let twins = document.with(alice.json, at: "keys", id)
        let old = try Root(try JSONDocument(twins.compactBytes()).root)
        #expect(old.authority(of: .root).entries.count == 2)
        let next = try root(2, try keys("alice"))
        let experience = ClientExperience(of: old, to: next)
        #expect(!experience.canFollow && experience.old.keys.count == 1)
        let odd = document.with("odd", at: "keys", id, "scheme")
        let other = try Root(try JSONDocument(odd.compactBytes()).root)
        #expect(ClientExperience(of: other, to: next).old.available == 1)
    }

    @Test("new online keys: the roles that must be signed anew, and what clients forget")
    func online() throws {
        let people = try keys("alice")
        let experience = ClientExperience(
            of: try root(1, people), to: try root(2, people, online: "online 2"))
        #expect(experience.signedAnew == [.snapshot, .timestamp])
        #expect(experience.forgetsVersions)
        let same = ClientExperience(of: try root(1, people), to: try root(2, people))
        #expect(!same.forgetsVersions && same.signedAnew.isEmpty)
    }

    @Test("roots are taken one by one")
    func order() throws {
        let people = try keys("alice")
        let skipping = ClientExperience(of: try root(1, people), to: try root(3, people))
        #expect(!skipping.canFollow)
        #expect(
            skipping.sentences == ["clients at root 1 ask for root 2 next and never see root 3"])
        let chain = ClientExperience.chain(try (1...4).map { try root($0, people) })
        #expect(chain.map(\.to) == [2, 3, 4])
        #expect(chain.filter(\.canFollow).count == 3)
        #expect(chain[0].json["can-follow"] == true)
    }
}
