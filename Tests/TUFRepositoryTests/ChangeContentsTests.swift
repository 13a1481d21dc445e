// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

@Suite("Whole states of a repository, compared")
struct RepositoryContentsTests {
    private func state(_ files: TestFiles, limit: Int = 100) throws -> RepositoryContents {
        let history = try RepositoryHistory(reading: files)
        let version = try #require(history.snapshotVersions.last)
        return try history.contents(atSnapshot: version, atMost: limit)
    }

    /// A second snapshot, in which releases delegates on to a role that delegates back.
    private func deepened() throws -> TestFiles {
        var files = try repository()
        let inner = RoleName("inner")
        let releases = next(try files.signed("1.releases.json"), days: 30, later: 1).with(
            MetadataBuilder.delegations([
                .init(role: inner, keys: try keys("carol"), patterns: ["*"], isTerminating: false)
            ]), at: "delegations")
        try files.add(.releases, releases, by: "alice", "bob")
        let back = MetadataBuilder.targets(days: 30, now: now).with(
            MetadataBuilder.delegations([
                .init(
                    role: .releases, keys: try keys("alice", "bob", threshold: 2),
                    patterns: ["*"], isTerminating: false),
                .init(role: inner, keys: try keys("carol"), patterns: ["*"], isTerminating: true),
            ]), at: "delegations"
        ).with(ChangeDocuments.file(), at: "targets", "deep")
        try files.add(inner, back, by: "carol")
        let snapshot = next(try files.signed("1.snapshot.json"), days: 7, later: 1)
            .with(["version": 2], at: "meta", "releases.json")
            .with(["version": 1], at: "meta", "inner.json")
        try files.add(.snapshot, snapshot, by: "online")
        return files
    }

    @Test("changes are grouped by role, at any depth, and loops end")
    func grouped() throws {
        let files = try deepened()
        let history = try RepositoryHistory(reading: files)
        #expect(history.snapshotVersions == [1, 2])
        let (old, new) = (
            try history.contents(atSnapshot: 1), try history.contents(atSnapshot: 2)
        )
        #expect(new.roles.count == 3 && new.unread.isEmpty && !new.isCut)
        let groups = new.changes(since: old, at: now)
        #expect(groups.map(\.role) == [RoleName("inner"), .releases, .snapshot])
        #expect(groups[0].lines.contains("inner is new, at version 1"))
        #expect(groups[0].lines.contains { $0.hasPrefix("deep added: ") })
        #expect(groups[1].lines.contains("carol may now sign for inner"))
        #expect(groups[2].lines.contains("releases is at version 2, before 1"))
        #expect(new.changes(since: new, at: now).isEmpty)
        let back = old.changes(since: new, at: now)
        #expect(back[0].lines.contains("careful: inner is gone; its last version was 1"))
        #expect(back[2].hasAlarm)
    }

    @Test("a role that is not signed by its keys is unknown, not new and not gone")
    func unread() throws {
        var files = try deepened()
        try files.add(RoleName("inner"), try files.signed("1.inner.json"), by: "bob")
        let history = try RepositoryHistory(reading: files)
        let (old, new) = (
            try history.contents(atSnapshot: 1), try history.contents(atSnapshot: 2)
        )
        #expect(new.unread.keys.map(\.description) == ["inner"])
        let group = try #require(new.changes(since: old, at: now).first)
        #expect(
            group.lines == [
                "ALARM: what inner says is not known: 1.inner.json: signed by 0 of the 1 keys "
                    + "required"
            ])
    }

    @Test("a state of more roles than the limit says that it is cut")
    func cut() throws {
        let files = try deepened()
        let state = try state(files, limit: 2)
        #expect(state.isCut && state.roles.count == 2)
        let other = try RepositoryHistory(reading: files).contents(atSnapshot: 1)
        #expect(
            state.changes(since: other, at: now)[0].lines == [
                "careful: only 2 roles were looked at; there are more"
            ])
    }

    @Test("bins that are more than memory holds are not counted out")
    func bins() throws {
        var files = try repository()
        let id = try key("online").publicKey.keyID.text
        let bins = try ChangeDocuments.bins()
            .with(32, at: "delegations", "succinct_roles", "bit_length").with(2, at: "version")
        #expect(bins["delegations"]?["keys"]?[id] != nil)
        try files.add(.releases, bins, by: "alice", "bob")
        try files.add(
            .snapshot,
            next(try files.signed("1.snapshot.json"), days: 7, later: 1)
                .with(["version": 2], at: "meta", "releases.json"), by: "online")
        #expect(try state(files).isCut)
    }

    @Test("a snapshot that no root's keys signed, or that is not there, is refused")
    func refused() throws {
        var files = try repository()
        try files.add(.snapshot, try files.signed("1.snapshot.json"), by: "bob")
        let history = try RepositoryHistory(reading: files)
        #expect(throws: RepositoryError.self) { try history.contents(atSnapshot: 1) }
        #expect(throws: RepositoryError.missing(file: "9.snapshot.json")) {
            try history.contents(atSnapshot: 9)
        }
    }
}
