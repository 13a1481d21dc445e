// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

@Suite("Changes: small differences beside large ones")
struct ChangeDetailTests {
    /// Two newer states of which each has another change that is told anyway.
    private func areTold(_ role: RoleName, _ old: JSON, _ first: JSON, _ second: JSON) throws
        -> Bool
    {
        let lines = (
            try changes(role, old, first).lines, try changes(role, old, second).lines
        )
        #expect(!lines.0.isEmpty && !lines.1.isEmpty)
        return !lines.0.elementsEqual(lines.1) { $0.utf8.elementsEqual($1.utf8) }
    }

    @Test("another order of keys beside a key that goes")
    func keyOrder() throws {
        let old = try ChangeDocuments.root()
        let ids = try #require(old["roles"]?["root"]?["keyids"]?.elements)
        #expect(
            try areTold(
                .root, old, old.with([ids[0], ids[1]], at: "roles", "root", "keyids"),
                old.with([ids[1], ids[0]], at: "roles", "root", "keyids")))
    }

    @Test("a list of patterns that is empty and one that is not there")
    func noPatterns() throws {
        let old = try ChangeDocuments.targets()
        #expect(
            try areTold(
                .targets, old, old.with([], at: "delegations", "roles", "2", "paths"),
                old.with(nil, at: "delegations", "roles", "2", "paths")))
    }

    @Test("members of a file that say nothing, beside a file that is added")
    func emptyCustom() throws {
        let old = try ChangeDocuments.targets().with([:], at: "targets", "demo/1/b.whl", "custom")
        let new = old.with(ChangeDocuments.file(), at: "targets", "new")
        #expect(
            try areTold(.targets, old, new, new.with(nil, at: "targets", "demo/1/b.whl", "custom")))
        #expect(
            try areTold(
                .targets, old, new, new.with([:], at: "targets", "demo/1/a.whl", "custom")))
        #expect(
            try areTold(
                .targets, old, new, new.with("ab", at: "targets", "demo/1/a.whl", "hashes", "odd")))
    }

    @Test("other evidence of a file that is also replaced")
    func replacedAndEvidence() throws {
        let old = try ChangeDocuments.targets().with(
            ChangeDocuments.file(custom: ["in-toto": ["a.link"]]), at: "targets", "new")
        let new = old.with(1, at: "targets", "new", "length")
        let other = new.with(["b.link"], at: "targets", "new", "custom", "in-toto")
        #expect(try areTold(.targets, old, new, other))
        #expect(
            try changes(.targets, old, other).lines.contains(
                "new is now vouched for by b.link and no longer vouched for by a.link"))
        let digest = old.with(["b.link"], at: "targets", "new", "custom", "in-toto").with(
            .text(ChangeDocuments.otherDigest), at: "targets", "new", "hashes", "sha256")
        for state in [other, digest] {
            let kinds = try changes(.targets, old, state).json["changes"]?.elements?
                .compactMap { $0["kind"]?.text }
            #expect(kinds?.prefix(2) == ["file-replaced", "file-evidence"])
        }
        let none = new.with(nil, at: "targets", "new", "custom")
        #expect(
            try changes(.targets, old, none).lines.contains(
                "careful: new is no longer vouched for by a.link: no evidence is left"))
    }

    @Test("digests and lengths that are none, of a file that is replaced")
    func illFormed() throws {
        let old = try ChangeDocuments.targets()
        let new = old.with(9, at: "targets", "demo/1/b.whl", "length")
        let place: [UTF8Text] = ["targets", "demo/1/b.whl", "hashes"]
        var (first, second) = (new, new)
        first.change(place) { $0 = ["sha256": 1] }
        second.change(place) { $0 = 2 }
        #expect(try areTold(.targets, old, first, second))
        #expect(
            try areTold(
                .targets, old, first.with("a", at: "targets", "demo/1/b.whl", "length"),
                first.with("b", at: "targets", "demo/1/b.whl", "length")))
    }

    @Test("another order of patterns beside a new one")
    func patternOrder() throws {
        let old = try ChangeDocuments.targets().with(["a", "b"], at: "x-carnet", "unattested")
        #expect(
            try areTold(
                .targets, old, old.with(["a", "b", "c"], at: "x-carnet", "unattested"),
                old.with(["b", "a", "c"], at: "x-carnet", "unattested")))
    }

    @Test("an unknown member of a listed role beside its new version")
    func listing() throws {
        let old = ChangeDocuments.snapshot()
        let new = old.with(["version": 5], at: "meta", "targets.json")
        #expect(
            try areTold(
                .snapshot, old, new,
                old.with(["version": 5, "odd": 1], at: "meta", "targets.json")))
        let moved = old.with(10, at: "meta", "releases.json", "version")
        #expect(
            try areTold(
                .snapshot, old, moved, moved.with(nil, at: "meta", "releases.json", "hashes")))
    }

    @Test("members whose names have a dot are not members of members")
    func dots() throws {
        let old = try ChangeDocuments.root().with([:], at: "a")
        #expect(try areTold(.root, old, old.with(1, at: "a.b"), old.with(1, at: "a", "b")))
    }

    @Test("texts that are cut, where the cut part differs")
    func cut() throws {
        let old = try ChangeDocuments.root()
        let long = String(repeating: "x", count: 500)
        #expect(
            try areTold(
                .root, old, old.with(.text(long + "a"), at: "x"),
                old.with(.text(long + "b"), at: "x")))
        #expect(
            try areTold(
                .root, old, old.with([.text(long + "a")], at: "x"),
                old.with([.text(long + "b")], at: "x")))
        let name = UTF8Text(long)
        #expect(
            try areTold(
                .root, old, old.with(1, at: name), old.with(1, at: UTF8Text(long + "b"))))
        let many = (0..<40).map { JSON.text("p\($0)") }
        let targets = try ChangeDocuments.targets()
        #expect(
            try areTold(
                .targets, targets, targets.with(.array(many), at: "x-carnet", "unattested"),
                targets.with(.array(many.dropLast() + ["*"]), at: "x-carnet", "unattested")))
    }

    @Test("letters that look the same and are not")
    func equivalent() throws {
        let old = try ChangeDocuments.root()
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        #expect(composed == decomposed)
        let found = try changes(
            .root, old.with(1, at: UTF8Text(composed)), old.with(1, at: UTF8Text(decomposed)))
        #expect(found.changes.count == 3)
    }

    @Test("files by the thousand are looked at one by one, whatever their shape")
    func shapes() throws {
        var old = MetadataBuilder.targets(days: 1, now: now)
        var members: [JSON.Member] = []
        for number in 0..<60 {
            let entry = ChangeDocuments.file(custom: ["in-toto": ["a.link"]])
            members.append(JSON.Member(UTF8Text("f\(number)"), entry))
        }
        old.set("targets", .object(members))
        var new = old
        for (number, member) in members.enumerated() {
            let path: [UTF8Text] =
                switch number % 6 {
                case 0: ["length"]
                case 1: ["hashes", "sha256"]
                case 2: ["custom", "in-toto", "0"]
                case 3: ["custom", "odd"]
                case 4: ["odd"]
                default: ["custom", "in-toto", "1"]
                }
            new.change(["targets", member.key] + path) {
                $0 = path == ["length"] ? 7 : "b.link"
            }
        }
        let lines = try changes(.targets, old, new, listing: 3).lines
        #expect(
            lines.filter { $0.contains("20 files replaced, the first: f0, f1, f12") }.count == 1)
        #expect(
            lines.filter { $0.contains("20 files with other evidence, the first: ") }.count == 1)
        #expect(
            lines.filter { $0.contains("20 files with other further members") }.count == 1)
        #expect(try changes(.targets, old, new, listing: 100).lines.count == 61)
    }
}
