// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import Releases
import RepositoryStorage
import Synchronization
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Audit: what is left over on disk")
struct AuditOrphanTests {
    @Test("files of earlier states are a note, with their number and bytes")
    func earlier() async throws {
        var scene = AuditScene()
        scene.repository.add("demo/a", "a newer a", in: .demo)
        scene.repository.server["targets/demo/a"] = nil
        let old = [RoleName.demo, .snapshot].reduce(0) {
            $0 + scene.repository.bytes(of: $1).count
        }
        scene.repository.publish(.demo)
        let report = await scene.report()
        #expect(report.found == ["metadata-orphaned metadata", "targets-orphaned targets"])
        #expect(report.findings[0].found == "2 files, \(old) bytes")
        #expect(report.findings[1].found == "1 file, 6 bytes")
        #expect(report.findings.allSatisfy { $0.severity == .note })
        #expect(report.findings.allSatisfy { $0.remedy.contains("carnet prune") })
        #expect(report.outcome == .sound && report.exitCode == 0)
    }

    @Test("what is no file of a repository is told apart")
    func foreign() async {
        let scene = AuditScene()
        scene.repository.server["README.txt"] = []
        scene.repository.server["targets/demo/.a.0.carnet-tmp"] = []
        #expect(
            await scene.found() == [
                "file-foreign \"README.txt\"", "file-foreign \"demo/.a.0.carnet-tmp\"",
            ])
    }

    @Test("while a role cannot be read, no target file is called unused")
    func unknown() async {
        let scene = AuditScene()
        scene.repository.server["1.demo.json"] = nil
        #expect(await scene.found() == ["missing 1.demo.json"])
    }
}

@Suite("Audit: a folder")
struct AuditFolderTests {
    /// The scene's files in a folder.
    private func folder(_ scene: AuditScene) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in scene.repository.server.names {
            let isTarget = name.hasPrefix("targets/")
            try folder.write(
                String(decoding: scene.repository.server[name] ?? [], as: UTF8.self),
                to: isTarget ? name : "metadata/\(name)")
        }
        return folder
    }

    @Test("odd names of roles and files are found under their escaped and plain names")
    func names() async throws {
        var scene = AuditScene()
        scene.repository.delegate(SimulatedDelegation("a/b %é", ["x/*"]))
        scene.repository.add("x/50% ü.txt", "content", in: RoleName("a/b %é"))
        scene.repository.publishAll()
        scene.clean()
        let digest = DigestAlgorithm.sha256.hexDigest(of: Array("content".utf8))
        let encoded = "targets/x/\(digest).50%25%20%C3%BC.txt"
        scene.repository.server["targets/x/\(digest).50% ü.txt"] = Array("content".utf8)
        scene.repository.server[encoded] = nil
        let folder = try folder(scene)
        let report = await RepositoryAudit(RepositoryDirectory(folder.path), now: .testTime).run()
        #expect(report.findings == [], "\(report.text)")
        #expect(report.summary.files == 3 && report.repository == folder.path)
    }

    @Test("a link to a file is as good as the file, one to nothing is no file")
    func links() async throws {
        let scene = AuditScene()
        let folder = try folder(scene)
        let name = folder("targets/demo/\(sha256("file a")).a")
        try FileSystem.remove(name)
        try folder.write("file a", to: "elsewhere/a")
        try #require(symlink("../../elsewhere/a", name) == 0)
        var options = AuditOptions()
        for scope in [AuditOptions.Scope.everything, .metadata] {
            options.scope = scope
            let audit = RepositoryAudit(
                RepositoryDirectory(folder.path), options: options, now: .testTime)
            #expect(await audit.run().findings == [])
            try FileSystem.remove(folder("elsewhere/a"))
            #expect(await audit.run().found == ["missing demo/a"])
            try folder.write("file a", to: "elsewhere/a")
        }
    }

    @Test("a folder that is not there, or cannot be listed, is an error")
    func nothing() async throws {
        let folder = try TemporaryFolder()
        let audit = RepositoryAudit(RepositoryDirectory(folder("none")), now: .testTime)
        let report = await audit.run()
        #expect(report.found == ["missing 1.root.json"] && report.exitCode == 1)
    }

    @Test("a release that is published while the audit reads is no fault")
    func meanwhile() async {
        var scene = AuditScene()
        scene.options.scope = .metadata
        let before = scene
        let busy = BusyRepository(scene) { scene in
            scene.repository.add("demo/b", "file b", in: .demo)
            scene.repository.publish(.demo)
        }
        let report = await RepositoryAudit(
            busy, metadataURL: SimulatedServer.url, targetsURL: "\(SimulatedServer.url)targets/",
            listing: SimulatedListing(server: before.repository.server),
            options: scene.options, now: .testTime
        ).run()
        #expect(report.findings(.error) == [] && report.summary.listed == 3, "\(report.text)")
    }
}

/// A repository in which somebody publishes just before the timestamp is read.
private final class BusyRepository: Fetcher {
    private let scene: Mutex<AuditScene>
    private let change: @Sendable (inout AuditScene) -> Void
    private let server: SimulatedServer

    init(_ scene: AuditScene, _ change: @escaping @Sendable (inout AuditScene) -> Void) {
        self.scene = Mutex(scene)
        self.change = change
        server = scene.repository.server
    }

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        if url.hasSuffix("/timestamp.json") { scene.withLock { change(&$0) } }
        return try await server.fetch(url, maximumBytes: maximumBytes)
    }
}
