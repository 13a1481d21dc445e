// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

/// A change that alice and bob, who hold releases together, must both sign.
private struct Scene {
    let state: PublishedState
    let edit: RepositoryEdit

    init() throws {
        state = try PublishedState(reading: repository())
        var edit = RepositoryEdit(state, now: now)
        let entry = MetadataBuilder.targetFile(
            length: 5, sha256: String(repeating: "0a", count: 32), custom: nil)
        try edit.set(entry, at: path("demo/a"), in: .releases)
        self.edit = edit
    }

    /// The event as somebody with these keys makes it.
    func event(_ names: String...) throws -> SigningEvent {
        var ring = TestRing()
        ring.keys = try names.map(key)
        return SigningEvent(try edit.signed(with: ring).own)
    }

    /// The event after somebody else signed it, on another machine.
    func signed(_ event: SigningEvent, by name: String) throws -> SigningEvent {
        let copy = try reread(event)
        let resumed = try RepositoryEdit(resuming: copy, on: state, now: now.adding(days: 2))
        var result = copy
        for role in try resumed.signed(with: TestRing(name)).own { result.take(role) }
        return result
    }

    /// Through its files and back.
    func reread(_ event: SigningEvent) throws -> SigningEvent {
        var files = event.encoded
        let removed = files.removeValue(forKey: SigningEvent.changeFile)
        let change = try #require(removed)
        var result = try SigningEvent(change, file: "change.json")
        for (name, bytes) in files { try result.add(signature: bytes, file: name) }
        return result
    }
}

@Suite("Signing events: signatures of several people, apart")
struct SigningEventTests {
    @Test("signatures made in copies merge in any order, each a file of its own")
    func merging() throws {
        let scene = try Scene()
        let start = try scene.event()
        let alice = try scene.signed(start, by: "alice")
        let bob = try scene.signed(start, by: "bob")
        let names = { (event: SigningEvent) in Set(event.encoded.keys) }
        #expect(names(start) == ["change.json"])
        #expect(names(alice).intersection(names(bob)) == ["change.json"])
        #expect(alice.encoded["change.json"] == bob.encoded["change.json"])
        for (first, second) in [(alice, bob), (bob, alice)] {
            var merged = first
            #expect(try merged.merge(second, from: "x") == 1)
            #expect(try merged.merge(second, from: "x") == 0)
            let edit = try RepositoryEdit(
                resuming: merged, on: scene.state, now: now.adding(days: 3))
            let change = try edit.signed(with: TestRing("online"))
            #expect(change.isComplete)
            let document = try SignedFile(try change.files()["2.releases.json"]!)
            #expect(document.signatures.count == 2)
            // What they signed is what is published: not one date is later.
            #expect(document.signed.tree()["expires"] == .text("\(now.adding(days: 30))"))
        }
    }

    @Test("one file carries all of it")
    func exported() throws {
        let scene = try Scene()
        let alice = try scene.signed(scene.event(), by: "alice")
        let sent = try SigningEvent(alice.exported, file: "mail.json")
        #expect(sent.encoded == alice.encoded)
    }

    @Test("a changed event makes the earlier signatures invalid, and shows them")
    func changed() throws {
        let scene = try Scene()
        let alice = try scene.signed(scene.event(), by: "alice")
        var edit = try RepositoryEdit(resuming: alice, on: scene.state, now: now)
        try edit.remove(path("demo/a"), from: .releases)
        let change = try edit.signed(with: TestRing("bob"))
        #expect(change.own.first?.signers.count == 1)
        var event = SigningEvent(change.own)
        for entry in alice.entries { event.keep(entry) }
        #expect(event.entries.count == 2)
        #expect(
            event.entries.filter { !event.isCurrent($0) }.map(\.signature.keyID)
                == [try key("alice").publicKey.keyID])
        let resumed = try RepositoryEdit(resuming: event, on: scene.state, now: now)
        #expect(try !resumed.signed(with: TestRing("online")).isComplete)
        // Alice signs again: hers is the current one, and counts.
        let again = try scene.signed(event, by: "alice")
        #expect(again.entries.allSatisfy(again.isCurrent))
    }

    @Test("signatures of strangers and broken ones do not count")
    func strangers() throws {
        let scene = try Scene()
        let alice = try scene.signed(scene.event(), by: "alice")
        var text = String(decoding: alice.exported, as: UTF8.self)
        let digits = try #require(alice.entries.first?.signature.value.first)
        let sig = MetadataSigningHex.hex(alice.entries[0].signature.value)
        let other = MetadataSigningHex.hex(
            [digits ^ 1] + alice.entries[0].signature.value.dropFirst())
        text = text.split(separator: sig, omittingEmptySubsequences: false).joined(separator: other)
        let broken = try SigningEvent(Array(text.utf8), file: "x")
        let edit = try RepositoryEdit(resuming: broken, on: scene.state, now: now)
        #expect(try edit.signed(with: TestRing("online")).own.first?.signatures.isEmpty == true)
        let stranger = try scene.signed(scene.event(), by: "carol")
        #expect(stranger.entries.isEmpty)
    }

    @Test("two different changes are not merged")
    func different() throws {
        let scene = try Scene()
        var edit = scene.edit
        try edit.remove(path("demo/a"), from: .releases)
        var own = try scene.event("alice")
        let other = SigningEvent(try edit.signed(with: TestRing("bob")).own)
        let before = own.encoded
        #expect(
            throws: RepositoryError.event(
                file: "mail.json",
                "its releases is not the one in signing/, expected the same change; ask for it "
                    + "again")
        ) { try own.merge(other, from: "mail.json") }
        #expect(own.encoded == before)
    }

    @Test("an event that the repository has moved past is refused with both versions")
    func stale() throws {
        let scene = try Scene()
        let event = try scene.event("alice")
        let (_, moved) = try after(repository()) { try $0.renew(.releases) }
        #expect(
            throws: RepositoryError.event(
                file: "signing/change.json",
                "is about releases version 2, but version 2 is published, expected 3")
        ) { try RepositoryEdit(resuming: event, on: moved, now: now) }
        #expect(try !RepositoryEdit.isPublished(event, in: moved))
        var complete = try scene.signed(event, by: "bob")
        _ = try complete.merge(event, from: "x")
        let resumed = try RepositoryEdit(resuming: complete, on: scene.state, now: now)
        let made = try resumed.signed(with: TestRing("online")).files()
        let files = TestFiles(files: try repository().files.merging(made) { $1 })
        #expect(try RepositoryEdit.isPublished(complete, in: PublishedState(reading: files)))
    }

    @Test(
        "what is no event is refused with its place",
        arguments: [
            "", "[]", #"{"format":"carnet/signing/2","documents":{},"files":{}}"#,
            #"{"format":"carnet/signing/1","documents":{"root":{}},"files":{}}"#,
            #"{"format":"carnet/signing/1","documents":{"timestamp":{}},"files":{}}"#,
            #"{"format":"carnet/signing/1","documents":{},"files":{"../x":"0a"}}"#,
            #"{"format":"carnet/signing/1","documents":{},"files":{},"signatures":[{}]}"#,
            #"{"format":"carnet/signing/1","documents":{}}"#,
        ])
    func malformed(text: String) {
        do {
            _ = try SigningEvent(Array(text.utf8), file: "change.json")
            Issue.record("it was read")
        } catch {
            guard case .event("change.json", _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }
}

private enum MetadataSigningHex {
    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
