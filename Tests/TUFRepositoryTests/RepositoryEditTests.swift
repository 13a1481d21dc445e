// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

@Suite("Repository edits: one role, snapshot and timestamp")
struct RepositoryEditTests {
    private let later = now.adding(days: 3)
    private let entry = MetadataBuilder.targetFile(
        length: 5, sha256: String(repeating: "0a", count: 32), custom: ["x": 1])

    /// The repository after an edit, and the names of the files that the edit made.
    private func edited(
        _ files: TestFiles, _ change: (inout RepositoryEdit) throws -> Void
    ) throws -> (state: PublishedState, names: Set<String>) {
        var edit = RepositoryEdit(try PublishedState(reading: files), now: later)
        try change(&edit)
        let made = try edit.sign(with: TestRing("online", "alice", "bob"))
        let all = TestFiles(files: files.files.merging(made) { $1 })
        return (try PublishedState(reading: all), Set(made.keys))
    }

    @Test("an added file is listed; the three changed files are one version up, the others stay")
    func added() throws {
        let files = try repository()
        let (state, names) = try edited(files) { edit in
            #expect(edit.isEmpty)
            try edit.set(entry, at: path("demo/a"), in: .releases)
            try edit.set(entry, at: path("demo/1/a.whl"), in: .releases)
            #expect(!edit.isEmpty)
            #expect(try edit.entry(at: path("demo/a"), in: .releases) == entry)
            #expect(try edit.entry(at: path("demo/b"), in: .releases) == nil)
        }
        #expect(names == ["2.releases.json", "2.snapshot.json", "timestamp.json"])
        let targets = try state.delegated(.releases).targets.document
        #expect(targets.version == 2)
        #expect(targets.files[path("demo/a")]?.length == 5)
        #expect(targets.files[path("demo/a")]?.custom == ["x": 1])
        #expect(targets.files[path("demo/1/a.whl")] != nil)
        #expect(state.snapshot.document.version == 2)
        #expect(state.snapshot.document[.releases]?.version == 2)
        #expect(state.snapshot.document[.targets]?.version == 1)
        #expect(state.timestamp.document.version == 2)
        #expect(state.timestamp.document.snapshot.version == 2)
        #expect(state.timestamp.document.snapshot.length == state.snapshot.bytes.count)
        #expect(
            state.timestamp.document.snapshot.hashes[.sha256]
                == DigestAlgorithm.sha256.hexDigest(of: state.snapshot.bytes))
    }

    @Test("a second edit replaces an entry and keeps the others")
    func replaced() throws {
        var files = try repository()
        for (index, name) in ["demo/a", "demo/b", "demo/a"].enumerated() {
            var edit = RepositoryEdit(try PublishedState(reading: files), now: later)
            let entry = MetadataBuilder.targetFile(
                length: index, sha256: String(repeating: "0b", count: 32), custom: nil)
            try edit.set(entry, at: path(name), in: .releases)
            files.files.merge(try edit.sign(with: TestRing("online", "alice", "bob"))) { $1 }
        }
        let state = try PublishedState(reading: files)
        let targets = try state.delegated(.releases).targets.document
        #expect(targets.version == 4)
        #expect(targets.files.map(\.path.string).sorted() == ["demo/a", "demo/b"])
        #expect(targets.files[path("demo/a")]?.length == 2)
        #expect(targets.files[path("demo/b")]?.length == 1)
        #expect(state.timestamp.document.version == 4)
    }

    /// TUF 1.0.34 §4b: they survive an edit
    @Test("unknown members survive, and the new expiry follows the role's own period")
    func membersAndExpiry() throws {
        let (state, _) = try edited(try repository(releaseDays: 12)) { edit in
            try edit.set(entry, at: path("demo/a"), in: .releases)
        }
        let targets = try state.delegated(.releases).targets.document
        #expect(try targets.value.object()["x-unknown"]?.tree() == ["kept": 1])
        #expect(targets.expires == later.adding(days: 12))
        #expect(state.snapshot.document.expires == later.adding(days: 7))
        #expect(state.timestamp.document.expires == later.adding(days: 1))
    }

    @Test("an expired repository reads, and is signed anew by an edit without changes")
    func expired() throws {
        var files = try repository()
        let muchLater = now.adding(days: 400)
        let edit = RepositoryEdit(try PublishedState(reading: files), now: muchLater)
        let made = try edit.sign(with: TestRing("online"))
        #expect(Set(made.keys) == ["2.snapshot.json", "timestamp.json"])
        files.files.merge(made) { $1 }
        let state = try PublishedState(reading: files)
        #expect(state.snapshot.document.expires == muchLater.adding(days: 7))
        #expect(state.timestamp.document.expires == muchLater.adding(days: 1))
    }

    @Test("a path outside of the delegation is refused, and the patterns are named")
    func outside() throws {
        var edit = RepositoryEdit(try PublishedState(reading: try repository()), now: now)
        for text in ["other/a", "demo/1/a.zip", "demo/11/a.whl", "demo"] {
            let error = RepositoryError.outsideDelegation(
                path(text), role: .releases, patterns: ["demo/*", "demo/?/*.whl"])
            #expect(throws: error) { try edit.set(entry, at: path(text), in: .releases) }
            #expect(
                "\(error)" == "\(text): outside of what releases may sign, "
                    + "expected demo/* or demo/?/*.whl")
        }
        #expect(edit.isEmpty)
    }

    @Test("a role that is not delegated to is told as such")
    func noRole() throws {
        var edit = RepositoryEdit(try PublishedState(reading: try repository()), now: now)
        #expect(throws: RepositoryError.noRole(.nobody)) {
            try edit.set(entry, at: path("demo/a"), in: .nobody)
        }
        #expect(throws: RepositoryError.noRole(.nobody)) {
            try edit.entry(at: path("demo/a"), in: .nobody)
        }
        #expect(edit.isEmpty)
    }

    @Test("one of two keys is too few: role, counts and the missing holder are named")
    func keysMissing() throws {
        var edit = RepositoryEdit(try PublishedState(reading: try repository()), now: now)
        try edit.set(entry, at: path("demo/a"), in: .releases)
        let ready = edit
        let bob = try key("bob").publicKey.keyID
        let error = RepositoryError.keysMissing(
            role: .releases, required: 2, available: 1, missing: ["\"bob\" (\(bob.prefix))"])
        #expect(throws: error) { try ready.sign(with: TestRing("online", "alice")) }
        #expect(
            "\(error)" == "role releases: 1 of its private keys found, 2 needed; not found: "
                + "\"bob\" (\(bob.prefix))")
        let online = try key("online").publicKey.keyID
        let other = RepositoryError.keysMissing(
            role: .snapshot, required: 1, available: 0,
            missing: ["\"online\" (\(online.prefix))"])
        #expect(throws: other) { try ready.sign(with: TestRing("alice", "bob")) }
    }

    @Test("a new repository needs the keys of every role")
    func genesisKeys() throws {
        do {
            _ = try genesis().sign(with: TestRing("root", "online"))
            Issue.record("it was signed")
        } catch let error as RepositoryError {
            guard case .keysMissing(.releases, 2, 0, let missing) = error else { throw error }
            #expect(missing.count == 2)
        }
    }

    @Test("a ring's own error, such as a wrong passphrase, comes through")
    func ringFailure() throws {
        let error = Locked.error
        #expect(throws: error) { try genesis().sign(with: Locked()) }
        #expect("\(error)" == "key root.pem: wrong passphrase")
    }
}

/// A ring whose passphrase is wrong.
private struct Locked: KeyRing {
    static let error = RepositoryError.key(name: "root.pem", .wrongPassphrase)

    func signer(for key: PublicKey) throws(RepositoryError) -> (any Signer)? {
        throw Locked.error
    }
}
