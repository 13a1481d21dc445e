// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

/// Sentences of a change, without the one that says that the version moved on.
func told(_ role: RoleName, _ old: JSON, _ new: JSON) throws -> [String] {
    let version = (old["version"]?.integer ?? 0) + 1
    return try changes(role, old, new.with(.integer(version), at: "version")).lines
        .filter { $0 != "version \(version), before \(version - 1)" }
}

@Suite("Changes of root, in sentences")
struct RootChangeTests {
    private let bob = { try key("bob").publicKey.keyID.text }
    private let carol = { try key("carol").publicKey.keyID.text }

    @Test("who may sign no more, and what that leaves")
    func removed() throws {
        let root = try ChangeDocuments.root()
        let ids = try #require(root["roles"]?["root"]?["keyids"]?.elements)
        let new = root.with(.array(ids.dropLast()), at: "roles", "root", "keyids")
        #expect(
            try told(.root, root, new) == [
                "carol may no longer sign for root",
                "root needs 2 of 2 signatures, before 2 of 3 signatures",
            ])
    }

    @Test("a new key is told with all of its id, and what it may sign")
    func added() throws {
        let dave = try key("dave").publicKey
        var object = dave.json
        object.set("x-tuf-on-ci-keyowner", "@dave")
        let root = try ChangeDocuments.root()
        let ids = try #require(root["roles"]?["targets"]?["keyids"]?.elements)
        let new = root.with(object, at: "keys", dave.keyID.text)
            .with(.array(ids + [.string(dave.keyID.text)]), at: "roles", "targets", "keyids")
        #expect(
            try told(.root, root, new) == [
                "new key \(dave.keyID) of @dave (ed25519)", "@dave may now sign for targets",
                "targets needs 2 of 3 signatures, before 2 of 2 signatures",
            ])
    }

    @Test("a holder with two keys is told with the key")
    func twoKeys() throws {
        let second = try key("bob's second").publicKey
        var object = second.json
        object.set(MetadataBuilder.holderMember, "bob")
        let root = try ChangeDocuments.root()
        let ids = try #require(root["roles"]?["targets"]?["keyids"]?.elements)
        let new = root.with(object, at: "keys", second.keyID.text)
            .with(
                .array([ids[0], .string(second.keyID.text)]), at: "roles", "targets", "keyids")
        #expect(
            try told(.root, root, new) == [
                "new key \(second.keyID) of bob (ed25519)",
                "bob's key \(KeyID(try bob()).prefix)… may no longer sign for targets",
                "bob's key \(second.keyID.prefix)… may now sign for targets",
            ])
    }

    @Test("a lower threshold is a warning, one that cannot be met an alarm")
    func thresholds() throws {
        let root = try ChangeDocuments.root()
        #expect(
            try told(.root, root, root.with(1, at: "roles", "root", "threshold")) == [
                "careful: root needs 1 of 3 signatures, before 2 of 3 signatures"
            ])
        #expect(
            try told(.root, root, root.with(4, at: "roles", "root", "threshold")) == [
                "ALARM: root needs 4 of 3 signatures, before 2 of 3 signatures: "
                    + "it can never be signed"
            ])
    }

    @Test("another key under the same id is an alarm, and so is one key under two ids")
    func keyTricks() throws {
        let root = try ChangeDocuments.root()
        let (bob, carol) = (try bob(), try carol())
        let value = try key("mallory").publicKey.publicValue
        let swapped = root.with(.string(value), at: "keys", bob, "keyval", "public")
        let found = try told(.root, root, swapped)
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("ALARM: under the id of key \(KeyID(bob).prefix)… of bob "))
        #expect(found[0].contains("fingerprint \(try key("mallory").publicKey.keyID)"))

        let twin = try #require(root["keys"]?[carol])
        let lines = try told(.root, root, root.with(twin, at: "keys", "ffffffffffff1"))
        #expect(
            lines == [
                "ALARM: keys \(KeyID(carol).prefix)… and ffffffff… are one and the same: "
                    + "together they count once",
                "new key ffffffffffff1 of carol (ed25519, fingerprint \(carol))",
            ])
    }

    @Test("the same key in other letters is no other key")
    func rewritten() throws {
        let root = try ChangeDocuments.root()
        let value = try key("bob").publicKey.publicValue.string.uppercased()
        let lines = try told(
            .root, root, root.with(.text(value), at: "keys", try bob(), "keyval", "public"))
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix("careful: key "))
        #expect(lines[0].hasSuffix("; it is the same key"))
    }

    @Test("another name for a key is a warning")
    func renamed() throws {
        let root = try ChangeDocuments.root()
        let new = root.with("alice", at: "keys", try bob(), "x-carnet-holder")
        #expect(
            try told(.root, root, new) == [
                "careful: key \(KeyID(try bob()).prefix)… is said to be held by alice, before bob "
                    + "(x-carnet-holder)"
            ])
    }

    @Test("names cannot pass for sentences")
    func spoofed() throws {
        let root = try ChangeDocuments.root()
        let new = root.with("bob\n  nothing else\u{202E}", at: "keys", try bob(), "x-carnet-holder")
        let line = try #require(try told(.root, root, new).first)
        #expect(line.contains(#"held by "bob\u{a}  nothing else\u{202e}", before bob"#))
    }

    @Test("dates, periods, consistent snapshots, the name")
    func further() throws {
        let root = try ChangeDocuments.root()
        let new = root.with("2028-11-22T12:00:00Z", at: "expires")
            .with(30, at: "x-carnet-expires-after-days").with(false, at: "consistent_snapshot")
            .with("other", at: "x-carnet-name").with(7, at: "x-further", "list", "0")
        #expect(
            try told(.root, root, new) == [
                "careful: files are no longer kept under names of their own: a client that reads "
                    + "while the repository is published may see half of each state",
                "careful: the repository is named other, before demo",
                "expires 2028-11-22T12:00:00Z, before 2027-11-22T12:00:00Z (366 days later)",
                "a signature of root is good for 30 days, before 365 days",
                "member x-further.list.[0] is 7, before 1",
            ])
    }

    @Test("under headings, alarms first, nothing left out")
    func groups() throws {
        let root = try ChangeDocuments.root()
        let new = root.with(1, at: "roles", "root", "threshold").with(0, at: "version")
            .with(30, at: "x-carnet-expires-after-days").with("x", at: "x-carnet-name")
        let found = try changes(.root, root, new)
        #expect(
            found.groups.map(\.heading) == [
                "alarms", "who can sign what", "evidence and layout", "versions and dates",
            ])
        #expect(found.groups.flatMap(\.changes) == found.changes)
    }

    @Test("an expiry that is over, a version that goes back, one that skips: alarms")
    func alarms() throws {
        let root = try ChangeDocuments.root().with(5, at: "version")
        let expired = try changes(
            .root, root, root.with(6, at: "version").with("2026-11-22T12:00:00Z", at: "expires"))
        #expect(expired.lines[0].hasPrefix("ALARM: expires 2026-11-22T12:00:00Z, before"))
        #expect(
            try changes(.root, root, root.with(4, at: "version")).lines == [
                "ALARM: version 4, but 5 came before: clients that have 5 will refuse it"
            ])
        #expect(
            try changes(.root, root, root.with(7, at: "version")).lines == [
                "ALARM: root 7 cannot follow root 5: clients ask for root 6 next"
            ])
        #expect(
            try changes(.root, root, root.with(1, at: "x-new")).lines == [
                "careful: still version 5 although something differs: clients that have version 5 "
                    + "keep what they have", "member x-new is new: 1",
            ])
    }
}
