// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

extension TestFiles: MetadataLister {
    func metadataFileNames() -> [String] {
        files.keys.shuffled() + [".tmp", "x.json.bak", "README"]
    }

    /// Adds a version of a role, signed by these people.
    mutating func add(_ role: RoleName, _ document: JSON, by names: String...) throws {
        let version = try #require(document["version"]?.integer)
        files[role.fileName(version: version)] = try SignedFile.bytes(
            signing: document, with: names.map { (try key($0).publicKey.keyID, try key($0)) })
    }

    /// The `signed` part of a file, as a tree.
    func signed(_ name: String) throws -> JSON {
        try SignedFile(try #require(files[name])).signed.tree()
    }
}

/// The same document, a version later and signed at another moment.
func next(_ document: JSON, days: Int, later: Int) -> JSON {
    document.with(.integer((document["version"]?.integer ?? 0) + 1), at: "version")
        .with(.text(now.adding(days: later + days).description), at: "expires")
}

@Suite("History: what of a repository's past lies on disk")
struct RepositoryHistoryTests {
    /// `repository()`, then bob joins root, then a file is released.
    private func grown() throws -> TestFiles {
        var files = try repository()
        let first = try files.signed("1.root.json")
        let second = try rootDocument(2, root: try keys("root", "bob", threshold: 2))
            .with(.text(now.adding(days: 3 + 365).description), at: "expires")
        #expect(first["version"] == 1)
        try files.add(.root, second, by: "root", "bob")
        let released = next(try files.signed("1.releases.json"), days: 30, later: 5)
            .with(ChangeDocuments.file(), at: "targets", "demo/1")
        try files.add(.releases, released, by: "alice", "bob")
        return files
    }

    @Test("newest first, with dates, signers and sentences")
    func entries() throws {
        let history = try RepositoryHistory(reading: try grown())
        let entries = try history.entries(at: now)
        #expect(
            entries.map(\.heading) == [
                "releases 2, 2026-11-27, signed by alice and bob",
                "root 2, 2026-11-25, signed by root and bob",
                "root 1, 2026-11-22, signed by root",
                "targets 1, 2026-11-22, signed by root",
                "releases 1, 2026-11-22, signed by alice and bob",
            ])
        #expect(entries.allSatisfy { $0.problem == nil && $0.missing == nil })
        #expect(
            entries[0].lines[0]
                == "demo/1 added: 1,234 bytes, sha256 \(ChangeDocuments.digest), without evidence")
        #expect(entries[1].lines.contains("bob may now sign for root"))
        #expect(entries[1].since == 1)
        #expect(entries[2].since == nil && entries[2].changes?.isEmpty == false)
        #expect(try history.entries(of: [.releases], at: now).map(\.version) == [2, 1])
        #expect(history.readableRoots.map(\.version) == [1, 2])
        #expect(entries[0].json["date"] == "2026-11-27T12:00:00Z")
    }

    @Test("without a period there is no date, and none is made up")
    func noDate() throws {
        var files = try grown()
        let document = try files.signed("2.releases.json").with(
            nil, at: "x-carnet-expires-after-days")
        try files.add(.releases, document, by: "alice", "bob")
        let entries = try RepositoryHistory(reading: files).entries(at: now)
        #expect(entries[0].heading == "releases 2, signed by alice and bob")
        #expect(entries[0].date == nil && entries[0].json["date"] == .null)
    }

    @Test("versions that were pruned are told")
    func gaps() throws {
        var files = try grown()
        var document = try files.signed("2.releases.json")
        for later in 6...9 {
            document = next(document, days: 30, later: later)
            try files.add(.releases, document, by: "alice", "bob")
        }
        for name in ["1.releases.json", "4.releases.json", "5.releases.json"] {
            files.files[name] = nil
        }
        let entries = try RepositoryHistory(reading: files).entries(of: [.releases], at: now)
        #expect(entries.map(\.version) == [6, 3, 2])
        #expect(
            entries[0].lines[0]
                == "versions 4 to 5 are not kept: this is what changed since version 3")
        #expect(
            entries[2].lines == [
                "version 1 is not kept: what this version changed is not known"
            ])
        #expect(entries[2].changes == nil)
    }

    @Test("a root that is gone is told, and the next vouches for itself alone")
    func missingRoot() throws {
        var files = try grown()
        let third = next(try files.signed("2.root.json"), days: 365, later: 7)
        try files.add(.root, third, by: "root", "bob")
        files.files["2.root.json"] = nil
        let entries = try RepositoryHistory(reading: files).entries(of: [.root], at: now)
        #expect(entries.map(\.version) == [3, 1])
        #expect(entries[0].missing == 2...2 && entries[0].problem == nil)
    }

    @Test("a root that the one before did not sign, and a role by wrong keys: alarms")
    func unsigned() throws {
        var files = try grown()
        try files.add(.root, try files.signed("2.root.json"), by: "bob")
        try files.add(.releases, try files.signed("2.releases.json"), by: "alice", "root")
        let entries = try RepositoryHistory(reading: files).entries(at: now)
        let root = try #require(entries.first { $0.role == .root && $0.version == 2 })
        #expect(root.lines[0] == "ALARM: of the keys of root 1: signed by 0 of the 1 keys required")
        #expect(root.signers.map(\.description) == ["bob"])
        let releases = try #require(entries.first { $0.role == .releases })
        #expect(releases.lines[0] == "ALARM: signed by 1 of the 2 keys required")
    }

    @Test("a file that cannot be read is told, and the next is compared with the one before it")
    func unreadable() throws {
        var files = try grown()
        let third = next(try files.signed("2.releases.json"), days: 30, later: 6)
        try files.add(.releases, third, by: "alice", "bob")
        files.files["2.releases.json"] = Array("{]".utf8)
        let entries = try RepositoryHistory(reading: files).entries(of: [.releases], at: now)
        #expect(entries.map(\.version) == [3, 2, 1])
        #expect(entries[1].problem != nil && entries[1].changes == nil)
        #expect(entries[0].since == 1)
        #expect(entries[0].lines[0] == "this is what changed since version 1")
    }

    @Test("a copy under another number is no version of its own")
    func copied() throws {
        var files = try grown()
        files.files["7.releases.json"] = files.files["2.releases.json"]
        let entries = try RepositoryHistory(reading: files).entries(of: [.releases], at: now)
        #expect(entries[0].version == 7 && entries[0].problem != nil)
    }

    @Test("old versions count under the keys of their time")
    func oldKeys() throws {
        var files = try grown()
        // Releases goes over to carol alone.
        let roles = try #require(
            MetadataBuilder.delegations([
                .init(
                    role: .releases, keys: try keys("carol"), patterns: ["demo/*"],
                    isTerminating: true)
            ]) as JSON?)
        let targets = next(try files.signed("1.targets.json"), days: 365, later: 6)
            .with(roles, at: "delegations")
        try files.add(.targets, targets, by: "root", "bob")
        let third = next(try files.signed("2.releases.json"), days: 30, later: 7)
        try files.add(.releases, third, by: "carol")
        let entries = try RepositoryHistory(reading: files).entries(at: now)
        #expect(entries.allSatisfy { $0.problem == nil })
        #expect(entries[0].heading == "releases 3, 2026-11-29, signed by carol")
        #expect(entries[1].heading == "targets 2, 2026-11-28, signed by root and bob")
    }

    @Test("names of roles are read back from file names")
    func names() throws {
        var files = try repository()
        let odd = RoleName("2.é/x")
        let top = try files.signed("1.targets.json")
        let roles = MetadataBuilder.delegations([
            .init(role: odd, keys: try keys("carol"), patterns: ["x"], isTerminating: false)
        ])
        let targets = next(top, days: 365, later: 1).with(roles, at: "delegations")
        try files.add(.targets, targets, by: "root")
        try files.add(odd, MetadataBuilder.targets(days: 3, now: now), by: "carol")
        let entries = try RepositoryHistory(reading: files).entries(of: [odd], at: now)
        #expect(entries.map(\.fileName) == ["1.2.%C3%A9%2Fx.json"])
        #expect(entries[0].heading == #""2.é/x" 1, 2026-11-22, signed by carol"#)
    }

    @Test("without any root there is no history")
    func nothing() {
        #expect(throws: RepositoryError.missing(file: "1.root.json")) {
            try RepositoryHistory(reading: TestFiles(files: [:]))
        }
    }
}
