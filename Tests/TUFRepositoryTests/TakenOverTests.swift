// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

/// A repository whose chain of roots begins with a later version.
private struct LaterFiles: MetadataReader {
    var files: TestFiles
    let first: Int

    func read(metadata fileName: String) -> [UInt8]? { files.read(metadata: fileName) }
    func firstRootVersion() -> Int { first }
}

@Suite("Repository state: a chain of roots that begins later")
struct LaterRootTests {
    private func twoRoots() throws -> TestFiles {
        try after(repository()) { try $0.renew(.root) }.files
    }

    @Test("the chain begins with the root that the reader names")
    func later() throws {
        var files = LaterFiles(files: try twoRoots(), first: 2)
        files.files.files["1.root.json"] = nil
        let state = try PublishedState(reading: files)
        #expect((state.firstRootVersion, state.root.document.version) == (2, 2))
        #expect(try PublishedState(reading: repository()).firstRootVersion == 1)
    }

    @Test("a missing first root is told, and a later one does not take its place unasked")
    func missing() throws {
        var files = try twoRoots()
        files.files["1.root.json"] = nil
        let without = files
        #expect(throws: RepositoryError.missing(file: "1.root.json")) {
            try PublishedState(reading: without)
        }
        #expect(throws: RepositoryError.missing(file: "3.root.json")) {
            try PublishedState(reading: LaterFiles(files: without, first: 3))
        }
    }

    @Test("the first root must have the version of its file name")
    func misnamed() throws {
        var files = try twoRoots()
        files.files["1.root.json"] = files.files["2.root.json"]
        files.files["2.root.json"] = nil
        let misnamed = files
        let error = RepositoryError.invalid(
            file: "1.root.json",
            .malformed(.mismatch(path: "signed.version", found: "2", expected: "1")))
        #expect(throws: error) { try PublishedState(reading: misnamed) }
    }
}

@Suite("Role edits: periods that tuf-on-ci writes")
struct ForeignPeriodTests {
    /// tuf-on-ci's members in place of ours: in root for itself, and for timestamp at its keys.
    private func foreign(_ days: JSON, due: Int? = nil) throws -> TestFiles {
        try after(repository()) { edit in
            try edit.edit(.root) { root in
                root.set("x-carnet-expires-after-days", nil)
                root.set("x-tuf-on-ci-expiry-period", days)
                if let due { root.set("x-tuf-on-ci-signing-period", .integer(due)) }
                var roles = root["roles"] ?? [:]
                var entry = roles["timestamp"] ?? [:]
                entry.set("x-tuf-on-ci-expiry-period", days)
                if let due { entry.set("x-tuf-on-ci-signing-period", .integer(due)) }
                roles.set("timestamp", entry)
                root.set("roles", roles)
            }
            try edit.edit(.timestamp) { $0.set("x-carnet-expires-after-days", nil) }
        }.files
    }

    @Test("a role is signed for as long as they say")
    func honoured() throws {
        let later = now.adding(days: 3)
        let (_, state) = try after(foreign(50), at: later) { try $0.renew(.root) }
        #expect(state.root.document.expires == later.adding(days: 50))
        #expect(state.timestamp.document.expires == later.adding(days: 50))
        #expect(state.snapshot.document.expires == later.adding(days: 7))
    }

    @Test("our own member goes before theirs")
    func precedence() throws {
        let (_, state) = try after(foreign(50)) { edit in
            try edit.set(days: 20, of: .root)
            try edit.set(days: 2, of: .timestamp)
        }
        #expect(state.root.document.expires == now.adding(days: 20))
        #expect(state.timestamp.document.expires == now.adding(days: 2))
    }

    @Test(
        "what is no number of days is passed over", arguments: [0, -1, 36501, "9", .null] as [JSON])
    func senseless(days: JSON) throws {
        let (_, state) = try after(foreign(days)) { try $0.renew(.root) }
        #expect(state.root.document.expires == now.adding(days: 365))
        #expect(state.timestamp.document.expires == now.adding(days: 1))
    }

    @Test("a role is due as many days before its end as they say, if that is less than its period")
    func due() throws {
        func due(_ files: TestFiles, _ role: RoleName) throws -> Instant? {
            try RefreshPlan(PublishedState(reading: files)).entries.first { $0.role == role }?.due
        }
        #expect(try due(foreign(50, due: 40), .root) == now.adding(days: 10))
        #expect(try due(foreign(50, due: 40), .timestamp) == now.adding(days: 10))
        #expect(try due(foreign(30, due: 30), .root) == now.adding(days: 20))
        #expect(try due(foreign(30), .timestamp) == now.adding(days: 20))
    }
}
