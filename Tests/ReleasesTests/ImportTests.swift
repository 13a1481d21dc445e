// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TUFRepository
import TestKit
import Testing

/// A repository of another tool, and the place where it is taken over.
struct ImportScene {
    let folder: TemporaryFolder
    let directory: RepositoryDirectory
    let now: Instant

    init(_ kind: String) throws {
        folder = try TemporaryFolder()
        directory = RepositoryDirectory(folder("new"))
        // What python-tuf goes by.
        now = Instant(seconds: time(nil))
        try ImportPython.make(kind, in: folder)
    }

    func take(
        _ trust: ImportSource.Trust = .asFound, from source: String = "old"
    ) async throws -> ImportReport {
        try await RepositoryImport(
            ImportSource(folder: folder(source), trust: trust), into: directory, now: now
        ).run()
    }

    func publisher(_ keys: [String]? = nil) throws -> Publisher {
        Publisher(directory, try FolderRing(folder, keys), now: now)
    }

    func state() throws -> PublishedState {
        try PublishedState(reading: StagedRepository(directory))
    }

    func bytes(_ path: String) throws -> [UInt8]? { try FileSystem.read(folder(path)) }

    /// Whether the attempt left anything at all.
    var leftNothing: Bool { !FileSystem.exists(folder("new")) }
}

@Suite("Import: repositories of other tools")
struct ImportTests {
    @Test(
        "clients that trusted the first root go on, also after refresh and a change",
        arguments: [
            ("flat", ["one.txt", "dir/two.txt"], 1), ("delegated", ["a/one.txt", "a/b.txt"], 1),
            ("rstuf", ["file0.txt", "file39.txt"], 1), ("rotated", ["one.txt"], 3),
            ("tuf-on-ci", ["one.txt"], 1), ("digests", ["d/one.txt"], 1),
        ] as [(String, [String], Int)])
    func clientsGoOn(kind: String, targets: [String], root: Int) async throws {
        let scene = try ImportScene(kind)
        let before = try ImportPython.read("old", in: scene.folder, targets)
        #expect(before == "root \(root) timestamp 9 snapshot 7 targets 1\n")
        let report = try await scene.take()
        #expect(report.roots == 1...root)
        #expect(try ImportPython.read("new", in: scene.folder, targets) == before)
        #expect(
            try ImportPython.read("new", in: scene.folder, cache: "fresh", targets) == before)

        let refreshed = try await scene.publisher(["online"]).refresh(all: true)
        #expect(refreshed.signed.map(\.role).contains(.timestamp))
        let second = try ImportPython.read("new", in: scene.folder, targets)
        #expect(second.hasPrefix("root \(root) timestamp 10 "))

        let outcome = try await scene.publisher().change { (edit) throws(RepositoryError) in
            try edit.set(days: 100, of: .root)
            try edit.renew(.targets)
        }
        guard case .published = outcome else {
            Issue.record("it waits")
            return
        }
        let third = try ImportPython.read("new", in: scene.folder, targets)
        #expect(third.hasPrefix("root \(root + 1) timestamp 11 "))
    }

    @Test("metadata is kept byte for byte, under our names")
    func bytes() async throws {
        for kind in ["flat", "delegated", "rstuf", "tuf-on-ci"] {
            let scene = try ImportScene(kind)
            _ = try await scene.take()
            let old = try FileSystem.names(in: scene.folder("old/metadata"))
            #expect(try FileSystem.names(in: scene.folder("new/metadata")) == old)
            for name in old {
                #expect(
                    try scene.bytes("new/metadata/\(name)")
                        == scene.bytes("old/metadata/\(name)"), "\(name)")
            }
            #expect(try scene.folder.tree("new/targets").count > 0)
            #expect(try scene.folder.tree("new/signing").isEmpty)
            #expect(
                try FileSystem.names(in: scene.folder("new")) == [
                    ".carnet.lock", "layouts", "metadata", "signing", "targets",
                ])
        }
    }

    @Test("unknown members survive a change of their role, at every level")
    func unknownMembers() async throws {
        let scene = try ImportScene("delegated")
        _ = try await scene.take()
        _ = try await scene.publisher().change { (edit) throws(RepositoryError) in
            for role in [RoleName.root, .targets, RoleName("a")] { try edit.renew(role) }
        }
        let state = try scene.state()
        func unknown(_ value: JSONValue) -> JSON? { value.tree()["x-unknown"] }
        let expected = { (role: String) -> JSON in
            ["n": [1, .null, "é"], "of": .text(role)]
        }
        #expect(unknown(state.root.document.value) == expected("root"))
        #expect(unknown(state.targets.document.value) == expected("targets"))
        #expect(unknown(state.snapshot.document.value) == expected("snapshot"))
        #expect(unknown(state.timestamp.document.value) == expected("timestamp"))
        let a = try state.delegated(RoleName("a")).targets.document
        #expect(a.version == 6)
        #expect(a.value.tree()["x-of-a"] == 7)
        #expect(
            a.value.tree()["delegations"]?["roles"]?.elements?[0]["x-of-delegation"] == "kept")
        let meta = state.snapshot.document.value.tree()["meta"]
        #expect(meta?["a.json"] == ["version": 6, "x-meta": "a"])
        #expect(meta?["b.json"] == ["version": 1, "x-meta": "b"])
        let listed = state.timestamp.document.value.tree()["meta"]?["snapshot.json"]
        #expect(listed?["x-meta"] == "snapshot")
        #expect(listed?["version"] == 8)
    }

    @Test("where snapshot gave lengths and digests, it gives the new ones")
    func listedDigests() async throws {
        let scene = try ImportScene("tuftool")
        _ = try await scene.take()
        _ = try await scene.publisher().change { (edit) throws(RepositoryError) in
            try edit.renew(.targets)
        }
        let bytes = try #require(try scene.bytes("new/metadata/2.targets.json"))
        #expect(
            try scene.state().snapshot.document.value.tree()["meta"]?["targets.json"] == [
                "hashes": ["sha256": .text(DigestAlgorithm.sha256.hexDigest(of: bytes))],
                "length": .integer(bytes.count), "version": 2, "x-meta": "targets",
            ])
    }

    @Test("a file has a name for each of its digests, whichever it had before")
    func severalDigests() async throws {
        let scene = try ImportScene("digests")
        let report = try await scene.take()
        #expect((report.files, report.names) == (1, 2))
        let names = try FileSystem.names(in: scene.folder("new/targets/d"))
        let content = Array("one".utf8)
        #expect(
            names.sorted()
                == [DigestAlgorithm.sha256, .sha512].map {
                    "\($0.hexDigest(of: content)).one.txt"
                }.sorted())
        for name in names { #expect(try scene.bytes("new/targets/d/\(name)") == content) }
        #expect(report.text.contains("a name for each of them"))
    }

    @Test("tuftool's names with the digest before the whole path are found and kept")
    func tuftool() async throws {
        let scene = try ImportScene("tuftool")
        let report = try await scene.take()
        #expect((report.files, report.names) == (1, 2))
        let digest = sha256("one")
        #expect(
            try Set(scene.folder.tree("new/targets").keys) == [
                "new/targets/\(digest).dir/", "new/targets/\(digest).dir/one.txt",
                "new/targets/dir/", "new/targets/dir/\(digest).one.txt",
            ])
        #expect(
            try ImportPython.read("new", in: scene.folder, ["dir/one.txt"])
                == "root 1 timestamp 9 snapshot 7 targets 1\n")
    }

    @Test("what no client can find is left behind, and said")
    func unreachable() async throws {
        let scene = try ImportScene("delegated")
        let report = try await scene.take()
        #expect(report.files == 2)
        #expect(report.unreachable.map(\.path) == [path("c/lost.txt")])
        #expect(report.text.contains("1 entry no client can find"))
        #expect(report.text.contains("c/lost.txt in b"))
        let flat = try await ImportScene("flat").take()
        #expect(flat.orphans == ["gone.json"])
        #expect(flat.text.contains("\"gone.json\""))
    }
}
