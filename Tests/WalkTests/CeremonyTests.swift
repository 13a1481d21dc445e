// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("Ceremonies: several people sign, apart")
struct CeremonyTests {
    @Test(
        "signatures made in copies of the folder come together in either order",
        arguments: [["bob", "carol"], ["carol", "bob"]])
    func copies(order: [String]) throws {
        let scene = try Ceremony()
        let asked = try scene.carnet(
            "publisher", "role", "threshold", "root", "3", "--yes")
        #expect(asked.output.contains("waits for signatures in repository/signing"), "\(asked)")
        #expect(scene.rootVersion == 1)
        for person in ["alice"] + order { _ = try scene.copy("copy-\(person)") }
        for person in ["alice"] + order {
            let signed = try scene.carnet(person, "sign", "--yes", at: "copy-\(person)")
            #expect(signed.output.contains("signed by \"\(person)\""), "\(signed)")
        }
        for person in order + ["alice"] { try scene.collect("copy-\(person)") }
        let published = try scene.carnet("publisher", "sign", "--yes")
        #expect(published.output.contains("published in repository: root version 2"))
        #expect(scene.rootVersion == 2)
        #expect(try Files.names(in: scene.stage.path("repository/signing/signatures")).isEmpty)
        #expect(!Files.exists(scene.stage.path("repository/signing/change.json")))
        #expect(try scene.pythonReads().hasPrefix("root 2 "))
    }

    @Test("one small file goes round by mail")
    func mail() throws {
        let scene = try Ceremony()
        let change = scene.stage.path("change.json")
        try scene.carnet("publisher", "role", "threshold", "root", "1", "--yes")
        try scene.carnet("publisher", "sign", "--yes", "--export", change)
        for person in ["bob", "carol"] {
            let copy = scene.stage.path("\(person)-repository")
            // The copy is an old one: it has nothing of the change.
            try Files.copy(scene.stage.path("repository"), to: copy)
            Files.remove("\(copy)/signing")
            let signed = try scene.carnet(
                person, "sign", "--yes", "--import", change, "--export", change, at: copy)
            #expect(
                person == "bob"
                    ? signed.output.contains("1 more needed")
                    : signed.output.contains("waits for the online keys"), "\(signed)")
        }
        #expect(try Files.read(change).count < 20_000)
        let published = try scene.carnet("publisher", "sign", "--yes", "--import", change)
        #expect(published.errors.contains("2 new signatures"), "\(published)")
        #expect(scene.rootVersion == 2)
        #expect(try scene.pythonReads().hasPrefix("root 2 "))
    }

    @Test("a change of the change makes earlier signatures invalid, which status says")
    func changedEvent() throws {
        let scene = try Ceremony()
        try scene.carnet("alice", "role", "threshold", "root", "3", "--yes")
        var status = try scene.carnet("bob", "status")
        #expect(status.output.contains("signed by \"alice\""), "\(status)")
        try scene.carnet("bob", "role", "expire", "root", "--days", "200", "--yes")
        status = try scene.carnet("publisher", "status")
        #expect(
            status.output.contains(
                "\"alice\"'s signature of root is over an earlier form of it and does not count"),
            "\(status)")
        #expect(status.output.contains("signed by \"bob\""), "\(status)")
        try scene.carnet("carol", "sign", "--yes")
        #expect(scene.rootVersion == 1)
        try scene.carnet("alice", "sign", "--yes")
        try scene.carnet("publisher", "sign", "--yes")
        #expect(scene.rootVersion == 2)
    }

    @Test("what somebody else's file brings is taken over only if it is about the same change")
    func otherChange() throws {
        let scene = try Ceremony()
        let copy = try scene.copy("other")
        let file = scene.stage.path("other.json")
        try scene.carnet("alice", "role", "threshold", "root", "3", "--yes")
        try scene.carnet("bob", "role", "expire", "root", "--days", "20", "--yes", at: copy)
        try scene.carnet("bob", "sign", "--yes", "--export", file, at: copy)
        let before = try Files.tree(scene.stage.path("repository"))
        let outcome = try scene.failure("alice", "sign", "--yes", "--import", file)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("expected the same change"), "\(outcome)")
        #expect(differences(before, try Files.tree(scene.stage.path("repository"))).isEmpty)
    }

    @Test("an event that the repository has moved past says so, and can be given up")
    func stale() throws {
        let scene = try Ceremony()
        try scene.carnet("alice", "role", "threshold", "root", "3", "--yes")
        let late = try scene.copy("late")
        for person in ["bob", "carol", "publisher"] {
            try scene.carnet(person, "sign", "--yes")
        }
        #expect(scene.rootVersion == 2)
        // A copy in which the change still waits, brought up to date.
        let waiting = try Files.read(scene.stage.path("\(late)/signing/change.json"))
        try Files.write(waiting, to: scene.stage.path("repository/signing/change.json"))
        let done = try scene.carnet("bob", "status")
        #expect(done.output.contains("nothing waits"), "\(done)")
        try scene.carnet("alice", "role", "threshold", "root", "2", "--yes")
        for person in ["bob", "carol", "publisher"] {
            try scene.carnet(person, "sign", "--yes")
        }
        #expect(scene.rootVersion == 3)
        try Files.write(waiting, to: scene.stage.path("repository/signing/change.json"))
        let outcome = try scene.failure("alice", "sign", "--yes")
        #expect(
            outcome.errors.contains("is about root version 2, but version 3 is published"),
            "\(outcome)")
        try scene.carnet("alice", "sign", "--abandon")
        #expect(try scene.carnet("alice", "status").output.contains("nothing waits"))
    }

    @Test("without a terminal a change is signed only with --yes; nothing is written")
    func unconfirmed() throws {
        let scene = try Ceremony()
        let before = try Files.tree(scene.stage.path("repository"))
        let outcome = try scene.failure("alice", "role", "threshold", "root", "3")
        #expect(outcome.errors.contains("not confirmed: there is no terminal to ask at"))
        #expect(differences(before, try Files.tree(scene.stage.path("repository"))).isEmpty)
    }

    @Test("a lost key is replaced by those who are left; the old one counts no more")
    func lostKey() throws {
        let scene = try Ceremony()
        Files.remove(scene.stage.path("carol/keys/carol.pem"))
        try scene.stage.succeed(["key", "new", "carol-2026"], home: "carol")
        let new = scene.stage.path("carol/keys/carol-2026.pub")
        try scene.carnet("alice", "role", "keys", "root", "--replace", "carol=\(new)", "--yes")
        try scene.carnet("bob", "sign", "--yes")
        try scene.carnet("publisher", "sign", "--yes")
        #expect(scene.rootVersion == 2)
        let list = try scene.carnet("alice", "role", "list")
        #expect(list.output.contains("\"carol-2026\""), "\(list)")
        #expect(try scene.pythonReads().hasPrefix("root 2 "))
        // The new key signs the next one.
        try scene.carnet("carol", "role", "expire", "root", "--yes")
        try scene.carnet("alice", "sign", "--yes")
        try scene.carnet("publisher", "sign", "--yes")
        #expect(scene.rootVersion == 3)
        #expect(try scene.pythonReads().hasPrefix("root 3 "))
    }

    @Test("a stolen online key is replaced: everything it signed is signed anew")
    func stolenKey() throws {
        let scene = try Ceremony()
        try scene.stage.succeed(["key", "new", "online-2"], home: "publisher")
        for role in ["snapshot", "timestamp", "releases", "links"] {
            try scene.carnet(
                "publisher", "role", "keys", role, "--replace", "demo-online=online-2", "--yes")
        }
        Files.remove(scene.stage.path("publisher/keys/demo-online.pem"))
        try scene.carnet("alice", "sign", "--yes")
        try scene.carnet("bob", "sign", "--yes")
        try scene.carnet("publisher", "sign", "--yes")
        let list = try scene.carnet("publisher", "role", "list")
        #expect(!list.output.contains("demo-online"), "\(list)")
        #expect(try scene.pythonReads().hasPrefix("root 2 "))
        try scene.carnet("publisher", "refresh", "--all")
    }

    @Test("targets goes to new holders who sign it apart, together with the root that says so")
    func newHolders() throws {
        let scene = try Ceremony()
        try scene.carnet(
            "alice", "role", "keys", "targets", "--replace", "demo-targets=alice", "--add", "bob",
            "--threshold", "2", "--yes")
        let waiting = try scene.carnet("bob", "sign", "--yes")
        #expect(waiting.output.contains("waits for the online keys"), "\(waiting)")
        let published = try scene.carnet("publisher", "sign", "--yes")
        #expect(published.output.contains("targets version 2"), "\(published)")
        #expect(try scene.pythonReads().hasSuffix("targets 2\n"))
        #expect(
            try scene.stage.succeed(["check", "repository"], home: "alice").output.contains(
                "roots 1 to 2"))
    }

    @Test("with no key that is missing nothing is signed, and that is said")
    func nothingToSign() throws {
        let scene = try Ceremony()
        try scene.carnet("alice", "role", "threshold", "root", "3", "--yes")
        let outcome = try scene.carnet("publisher", "sign", "--yes")
        #expect(outcome.errors.contains("nothing was signed"), "\(outcome)")
        #expect(outcome.output.contains("2 more needed, of: \"bob\""), "\(outcome)")
    }
}
