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

@Suite("Import: without consistent snapshots")
struct ImportPlainTests {
    @Test("it is served as it was, refused to be changed, and made consistent by a new root")
    func plain() async throws {
        let scene = try ImportScene("plain")
        let files = ["one.txt", "dir/two.txt"]
        let before = try ImportPython.read("old", in: scene.folder, files)
        let report = try await scene.take()
        #expect(!report.isConsistent)
        #expect((report.files, report.names) == (2, 4))
        #expect(report.text.contains("carnet role consistent --repository \(scene.directory.path)"))
        #expect(try ImportPython.read("new", in: scene.folder, files) == before)

        let refusal = PublishingError.repository(
            .senseless(
                "root: consistent_snapshot is not true, expected before anything else is "
                    + "changed: carnet role consistent"))
        let tree = try scene.folder.tree("new")
        await #expect(throws: refusal) { try await scene.publisher().refresh(all: true) }
        await #expect(throws: refusal) {
            try await scene.publisher().change { (edit) throws(RepositoryError) in
                try edit.renew(.targets)
            }
        }
        #expect(try scene.folder.tree("new") == tree)

        // Root's key alone: the online roles wait for theirs.
        let outcome = try await scene.publisher(["root"]).change {
            (edit) throws(RepositoryError) in
            try edit.turnConsistentSnapshotsOn()
        }
        guard case .waiting = outcome else {
            Issue.record("it was published")
            return
        }
        _ = try await scene.publisher().sign()
        let after = try ImportPython.read("new", in: scene.folder, files)
        #expect(after == "root 2 timestamp 10 snapshot 8 targets 1\n")
        #expect(
            try ImportPython.read("new", in: scene.folder, cache: "fresh", files) == after)
        _ = try await scene.publisher().refresh(all: true)
        #expect(
            try ImportPython.read("new", in: scene.folder, files)
                .hasPrefix("root 2 timestamp 11 "))
        await #expect(
            throws: PublishingError.repository(
                .senseless("root: has consistent snapshots already"))
        ) {
            try await scene.publisher().change { (edit) throws(RepositoryError) in
                try edit.turnConsistentSnapshotsOn()
            }
        }
    }

    @Test("a reader between the new root and the new timestamp finds the old state")
    func between() async throws {
        let scene = try ImportScene("plain")
        _ = try await scene.take()
        let old = try #require(try scene.bytes("new/metadata/timestamp.json"))
        _ = try await scene.publisher().change { (edit) throws(RepositoryError) in
            try edit.turnConsistentSnapshotsOn()
        }
        try FileSystem.write(old, to: scene.folder("new/metadata/timestamp.json"))
        #expect(
            try ImportPython.read("new", in: scene.folder, ["one.txt"])
                == "root 2 timestamp 9 snapshot 7 targets 1\n")
    }
}

@Suite("Import: a chain of roots that begins later")
struct ImportLaterRootTests {
    @Test("it goes on from the first root there is, for clients that trust that one")
    func later() async throws {
        let scene = try ImportScene("later")
        let report = try await scene.take()
        #expect(report.roots == 2...3)
        #expect(report.text.contains("The roots before 2 were not taken over"))
        #expect(report.text.contains("--root \(scene.directory.path)/metadata/2.root.json"))
        #expect(scene.directory.isRepository)
        #expect(try scene.directory.firstRootVersion() == 2)
        let state = try scene.state()
        #expect((state.firstRootVersion, state.root.document.version) == (2, 3))
        _ = try await scene.publisher().refresh(all: true)
        _ = try await scene.publisher().change { (edit) throws(RepositoryError) in
            try edit.renew(.root)
        }
        #expect(
            try ImportPython.read("new", in: scene.folder, root: "2.root.json", ["one.txt"])
                .hasPrefix("root 4 timestamp 11 "))
    }

    @Test("with a pinned root it begins there, whatever else is offered")
    func pinned() async throws {
        for byFingerprint in [true, false] {
            let scene = try ImportScene("rotated")
            let pin = try #require(try scene.bytes("old/metadata/2.root.json"))
            let report = try await scene.take(
                byFingerprint
                    ? .fingerprint(DigestAlgorithm.sha256.hexDigest(of: pin)) : .root(pin))
            #expect(report.roots == 2...3)
            #expect(!FileSystem.exists(scene.folder("new/metadata/1.root.json")))
            #expect(report.fingerprint == DigestAlgorithm.sha256.hexDigest(of: pin))
        }
    }

    @Test("a pinned root that the source does not follow is refused")
    func foreignPin() async throws {
        let scene = try ImportScene("rotated")
        let other = try ImportScene("rotated")
        let pin = try #require(try other.bytes("old/metadata/1.root.json"))
        do {
            _ = try await scene.take(.root(pin))
            Issue.record("it was taken over")
        } catch ImportError.source(.unsigned(file: "2.root.json", by: .root, _, _)) {
            #expect(scene.leftNothing)
        }
        let none = String(repeating: "0", count: 64)
        await #expect(throws: ImportError.noSuchRoot(sha256: none)) {
            try await scene.take(.fingerprint(none))
        }
        await #expect(throws: ImportError.malformedFingerprint("12")) {
            try await scene.take(.fingerprint("12"))
        }
        #expect(scene.leftNothing)
    }
}

@Suite("Import: what the report says")
struct ImportReportTests {
    @Test("what has expired is said, and a refresh makes it good")
    func expired() async throws {
        let scene = try ImportScene("expired")
        let report = try await scene.take()
        #expect(Set(report.expired.map(\.name)) == [.snapshot, .timestamp])
        #expect(report.text.contains("Clients refuse it until these are signed anew"))
        #expect(throws: ImportPython.Failure.self) {
            try ImportPython.read("new", in: scene.folder)
        }
        _ = try await scene.publisher(["online"]).refresh()
        #expect(
            try ImportPython.read("new", in: scene.folder, ["one.txt"])
                == "root 1 timestamp 10 snapshot 8 targets 1\n")
    }

    @Test("tuf-on-ci: holders, periods and the place of the online key are taken over")
    func tufOnCI() async throws {
        let scene = try ImportScene("tuf-on-ci")
        let report = try await scene.take()
        #expect(report.keys.map(\.holder.name).prefix(1) == ["@alice"])
        let periods = Dictionary(uniqueKeysWithValues: report.roles.map { ($0.name, $0.period) })
        #expect(periods == [.root: 365, .targets: 200, .snapshot: 14, .timestamp: 4])
        #expect(report.roles.allSatisfy { $0.isPeriodStated })
        #expect(report.keys.contains { $0.place == "gcpkms:projects/p/keys/k" })
        #expect(
            report.text.contains(
                "--at exec:PROGRAM   # a program that signs with gcpkms:projects/p/keys/k"))
        _ = try await scene.publisher().refresh(all: true)
        _ = try await scene.publisher().change { (edit) throws(RepositoryError) in
            try edit.renew(.targets)
        }
        let state = try scene.state()
        #expect(state.timestamp.document.expires == scene.now.adding(days: 4))
        #expect(state.snapshot.document.expires == scene.now.adding(days: 14))
        #expect(state.targets.document.expires == scene.now.adding(days: 200))
        let plan = try RefreshPlan(state)
        let timestamp = try #require(plan.entries.first { $0.role == .timestamp })
        #expect(timestamp.due == scene.now.adding(days: 2))
        let targets = try #require(plan.entries.first { $0.role == .targets })
        #expect(targets.due == scene.now.adding(days: 140))
    }

    @Test("RSTUF: bins are one line, and the online key has its command")
    func rstuf() async throws {
        let scene = try ImportScene("rstuf")
        let report = try await scene.take()
        let bins = try #require(report.roles.first { $0.bins == 16 })
        #expect((bins.name, bins.files) == (RoleName("bins"), 40))
        #expect(report.roles.count == 5)
        #expect(report.text.contains("16 hash bins bins-…: 1 of \"Online\""))
        #expect(report.text.contains("carnet key new Online --at fn:online\n"))
        let online = try #require(report.keys.first { $0.holder.name == "Online" })
        #expect(online.roles == [.timestamp, .snapshot, .targets, RoleName("bins")])
    }

    @Test("files are released into it once targets says that they need no evidence")
    func released() async throws {
        let scene = try ImportScene("flat")
        _ = try await scene.take()
        try scene.folder.write("three", to: "dist/three.txt")
        let request = ReleaseRequest(file: scene.folder("dist/three.txt"), path: path("three.txt"))
        await #expect(throws: PublishingError.notCovered(file: "three.txt", layouts: [])) {
            try await scene.publisher().release([request], links: [])
        }
        _ = try await scene.publisher().change { (edit) throws(RepositoryError) in
            try edit.edit(.targets) { document in
                document.set(
                    RepositoryPolicy.member,
                    RepositoryPolicy.json(layoutsRole: .targets, unattested: ["*", "dir/*"]))
            }
        }
        let outcome = try await scene.publisher().release([request], links: [])
        #expect(outcome.verdicts.allSatisfy { $0.isVerified })
        #expect(
            try ImportPython.read(
                "new", in: scene.folder, ["one.txt", "dir/two.txt", "three.txt"]
            )
            .hasPrefix("root 1 timestamp 11 "))
    }

    @Test("from a server, with a pinned root")
    func server() async throws {
        let scene = try ImportScene("delegated")
        // The old folder, as a server gives it.
        let server = StagedRepository(RepositoryDirectory(scene.folder("old")))
        let pin = try #require(try scene.bytes("old/metadata/1.root.json"))
        let source = try ImportSource(
            metadataURL: StagedRepository.metadataURL, targetsURL: StagedRepository.targetsURL,
            fetcher: server, trust: .root(pin))
        _ = try await RepositoryImport(source, into: scene.directory, now: scene.now).run()
        for folder in ["metadata", "targets"] {
            let old = try scene.folder.tree("old/\(folder)")
            let new = try scene.folder.tree("new/\(folder)")
            #expect(
                Dictionary(uniqueKeysWithValues: old.map { ($0.key.dropFirst(3), $0.value) })
                    == Dictionary(
                        uniqueKeysWithValues: new.map { ($0.key.dropFirst(3), $0.value) }))
        }
    }

    @Test("metadata and targets are found deeper, under other names and without versions")
    func found() async throws {
        let scene = try ImportScene("tuf-on-ci")
        // tuf-on-ci's own folder: no versions, old roots apart.
        let metadata = scene.folder("old/metadata")
        try FileSystem.makeDirectory("\(metadata)/root_history")
        rename("\(metadata)/1.targets.json", "\(metadata)/targets.json")
        rename("\(metadata)/7.snapshot.json", "\(metadata)/snapshot.json")
        try FileSystem.write(
            try #require(try scene.bytes("old/metadata/1.root.json")), to: "\(metadata)/root.json")
        rename("\(metadata)/1.root.json", "\(metadata)/root_history/1.root.json")
        for name in try FileSystem.names(in: scene.folder("old/targets"))
        where name.hasSuffix("one.txt") {
            rename(scene.folder("old/targets/\(name)"), scene.folder("old/targets/one.txt"))
        }
        try FileSystem.makeDirectory(scene.folder("deep/er"))
        rename(scene.folder("old"), scene.folder("deep/er/old"))
        let report = try await scene.take(from: "deep")
        #expect(report.files == 2)
        #expect(FileSystem.exists(scene.folder("new/metadata/7.snapshot.json")))
        #expect(FileSystem.exists(scene.folder("new/targets/\(sha256("one")).one.txt")))
    }
}
