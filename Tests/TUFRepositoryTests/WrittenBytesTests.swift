// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import TUFMetadata
import TUFRepository
import Testing

@Suite("However files come to be listed, the same bytes are signed")
struct WrittenBytesTests {
    private let ring = try? TestRing("root", "online", "alice", "bob")

    private func listings(_ count: Int) -> [FileListing] {
        let odd = ["demo/a\"b", "demo/\u{e9}", "demo/e\u{301}"]
        let names = (0..<count).map { "demo/\($0)" } + odd
        return names.enumerated().map { number, name in
            FileListing(
                path: path(name), length: number * 977,
                sha256: String(repeating: String(number % 10), count: 64),
                custom: number % 50 == 7 ? ["x": ["b": 1, "a": "\u{1}"]] : nil)
        }
    }

    private func edit(_ files: TestFiles? = nil) throws -> RepositoryEdit {
        RepositoryEdit(try PublishedState(reading: files ?? repository()), now: now)
    }

    private func signed(_ edit: RepositoryEdit) throws -> [String: [UInt8]] {
        try edit.sign(with: try #require(ring))
    }

    @Test("listed together, one by one, or as a document", arguments: [nil, 64])
    func together(bins: Int?) throws {
        let files = listings(300)
        var together = try edit()
        if let bins { try together.spreadRole(listing: path("demo/0"), over: bins) }
        var single = together
        var whole = together
        try together.list(files, replacing: false)
        var documents: [RoleName: [JSON.Member]] = [:]
        for file in files.reversed() {
            let role = try #require(try single.tree.role(listing: file.path))
            try single.set(file.entry, at: file.path, in: role)
            documents[role, default: []].append(JSON.Member(file.path.text, file.entry))
        }
        for (role, members) in documents {
            try whole.edit(role) { $0.set("targets", .object(members)) }
        }
        let expected = try signed(whole)
        #expect(expected.count == bins.map { $0 + 3 } ?? 3)
        #expect(try signed(together) == expected)
        #expect(try signed(single) == expected)
    }

    @Test("beside files that are published, some replaced and some listed no more")
    func beside() throws {
        let files = listings(40)
        var first = try edit()
        try first.list(files, replacing: false)
        var published = try repository()
        published.files.merge(try signed(first)) { _, new in new }
        let changed = files.enumerated().filter { $0.offset % 3 == 0 }.map { _, file in
            FileListing(
                path: file.path, length: 5, sha256: String(repeating: "f", count: 64), custom: nil)
        }
        let new = FileListing(
            path: path("demo/aa"), length: 0, sha256: String(repeating: "e", count: 64),
            custom: nil)
        var together = try edit(published)
        try together.list(changed + [new], replacing: true)
        try together.remove(path("demo/1"), from: .releases)
        var whole = try edit(published)
        try whole.edit(.releases) { document in
            var targets = document["targets"] ?? [:]
            for file in [new] + changed { targets.set(file.path.text, file.entry) }
            targets.set("demo/1", nil)
            document.set("targets", targets)
        }
        #expect(try signed(together) == signed(whole))
        #expect(try together.entry(at: path("demo/1"), in: .releases) == nil)
        let kept = try #require(try together.entry(at: path("demo/2"), in: .releases))
        #expect(kept.canonicalBytes() == files[2].entry.canonicalBytes())
    }

    @Test("what one key of several signed waits, and the other's signature completes the bytes")
    func keysApart() throws {
        var edit = try edit()
        try edit.spreadRole(listing: path("demo/0"), over: 128)
        try edit.list(listings(300), replacing: false)
        let change = try edit.signed(with: try TestRing("root", "online", "alice"))
        #expect(change.waiting.count == 129)
        var event = SigningEvent(change.own)
        event = try SigningEvent(event.exported, file: "change.json")
        let resumed = try RepositoryEdit(
            resuming: event, on: PublishedState(reading: repository()), now: now)
        #expect(try resumed.sign(with: try TestRing("online", "bob")) == signed(edit))
    }

    @Test("files listed by a role before it is spread are in its bins alone")
    func spreadAfterwards() throws {
        var late = try edit()
        try late.list(listings(20), replacing: false)
        try late.spreadRole(listing: path("demo/0"), over: 4)
        var early = try edit()
        try early.spreadRole(listing: path("demo/0"), over: 4)
        try early.list(listings(20), replacing: false)
        #expect(try signed(late) == signed(early))
        #expect(try late.entry(at: path("demo/0"), in: .releases) == nil)
    }
}
