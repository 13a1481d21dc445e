// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Audit: a sound repository")
struct AuditSoundTests {
    @Test("nothing is found in one that has nothing wrong, with a list of files and without")
    func sound() async {
        var scene = AuditScene()
        for isListed in [true, false] {
            scene.isListed = isListed
            let report = await scene.report()
            #expect(report.findings == [], "\(report.text)")
            #expect(report.outcome == .sound && report.exitCode == 0)
            #expect(report.summary.roots == 1...2)
            #expect(report.summary.roles == 2 && report.summary.verified == 5)
            #expect(report.summary.files == 2 && report.summary.listed == 2)
            #expect(report.summary.bytes > 4000)
        }
    }

    @Test("every file is asked for once, and beyond the last root a few that are not there")
    func requests() async {
        var scene = AuditScene()
        scene.isListed = false
        _ = scene.repository.server.takeRequests()
        _ = await scene.report()
        let requests = scene.repository.server.takeRequests()
        let there = requests.filter { scene.repository.server[$0] != nil }
        #expect(Set(there).count == there.count, "\(requests)")
        #expect(Set(there) == Set(scene.repository.server.names))
    }

    @Test("the same repository gives the same report, whatever order the files come in")
    func deterministic() async {
        var scene = AuditScene()
        for number in 0..<40 {
            scene.repository.add(UTF8Text("demo/\(number)"), "file \(number)", in: .demo)
        }
        scene.repository.publish(.demo)
        for name in scene.repository.server.names where name.hasPrefix("targets/demo/") {
            scene.repository.server[name] = Array("other".utf8)
        }
        scene.options.jobs = 8
        let first = await scene.report()
        #expect(first.findings(.wrongLength).count == 41)
        for _ in 0..<5 { #expect(await scene.report().findings == first.findings) }
    }
}

@Suite("Audit: the chain of roots (TUF 5.3)")
struct AuditRootTests {
    @Test("a version that is missing is a gap, and the audit goes on behind it")
    func gap() async throws {
        var scene = AuditScene()
        scene.repository.publish(.root)
        scene.repository.publish(.root)
        scene.repository.server["3.root.json"] = nil
        for isListed in [true, false] {
            scene.isListed = isListed
            let report = await scene.report()
            #expect(report.found == ["root-gap 3.root.json"], "\(report.text)")
            #expect(report.findings.first?.sentence.contains("clients at version 2") == true)
            #expect(report.summary.roots == 1...4 && report.exitCode == 1)
        }
    }

    @Test("the first one missing is a gap, too")
    func first() async {
        let scene = AuditScene()
        scene.repository.server["1.root.json"] = nil
        let report = await scene.report()
        #expect(report.found.contains("root-gap 1.root.json"), "\(report.text)")
    }

    @Test("no root at all ends the audit with an error")
    func nothing() async {
        let scene = AuditScene()
        for name in scene.repository.server.names { scene.repository.server[name] = nil }
        let report = await scene.report()
        #expect(report.found == ["missing 1.root.json"])
        #expect(report.exitCode == 1 && report.summary.roots == nil)
    }

    @Test("a root must be signed by the keys of the version before")
    func previous() async throws {
        var scene = AuditScene()
        scene.repository.signers[.root] = ["alice", "bob"].map { TestKey("new-\($0)") }
        scene.repository.keys[.root] = ["alice", "bob", "carol"].map { TestKey("new-\($0)") }
        scene.repository.publish(.root)
        let report = await scene.report()
        #expect(report.found == ["unsigned 3.root.json"])
        let finding = try #require(report.findings.first)
        #expect(finding.sentence.contains("root version 2"))
        #expect(finding.found == "signed by 0")
        #expect(finding.expected?.hasPrefix("2 different") == true)
    }

    @Test(
        "a root must be signed by enough of its own keys",
        arguments: [[], ["new-alice"], ["new-alice", "stranger"]])
    func own(signers: [String]) async throws {
        var scene = AuditScene()
        scene.repository.signers[.root] = (["alice-root", "bob-root"] + signers).map {
            TestKey($0)
        }
        scene.repository.keys[.root] = ["alice", "bob", "carol"].map { TestKey("new-\($0)") }
        scene.repository.publish(.root)
        let report = await scene.report()
        #expect(report.found == ["unsigned 3.root.json"])
        #expect(report.findings.first?.sentence.contains("root version 3") == true)
    }

    @Test("a stranger's root does not hide that the rest is in order")
    func stranger() async {
        var scene = AuditScene()
        let keys = scene.repository.keys
        for role in keys.keys { scene.repository.keys[role] = [TestKey("mallory")] }
        scene.repository.thresholds = [:]
        scene.repository.signers[.root] = [TestKey("mallory")]
        scene.repository.publish(.root)
        let report = await scene.report()
        #expect(report.found == ["unsigned 3.root.json"], "\(report.text)")
    }

    @Test("a file of another version under a root's name is told")
    func version() async {
        let scene = AuditScene()
        scene.repository.server["3.root.json"] = scene.repository.bytes(of: .root)
        #expect(await scene.found() == ["wrong-version 3.root.json"])
    }

    @Test("an unreadable root is told, and the next ones are still read")
    func malformed() async {
        var scene = AuditScene()
        scene.repository.publish(.root)
        scene.repository.publish(.root)
        scene.repository.server["3.root.json"] = Array("{".utf8)
        let report = await scene.report()
        #expect(report.found == ["malformed 3.root.json"])
        #expect(report.summary.roots == 1...4 && report.summary.roles == 2)
    }

    @Test("an old root may be expired, the newest may not")
    func expired() async {
        var scene = AuditScene()
        scene.repository.publish(.root) { $0.set("expires", "2001-01-01T00:00:00Z") }
        #expect(await scene.found() == ["expired 3.root.json"])
        scene.repository.publish(.root)
        #expect(await scene.found() == [])
    }

    @Test("a root that is pinned must be the one that is there")
    func pinned() async throws {
        var scene = AuditScene()
        scene.repository.publish(.root)
        let server = scene.repository.server
        func found(_ pinned: [UInt8]) async -> [String] {
            await RepositoryAudit(
                scene.repository, metadataURL: SimulatedServer.url,
                targetsURL: "\(SimulatedServer.url)targets/", pinned: pinned, now: .testTime
            ).run().found
        }
        let second = try #require(server["2.root.json"])
        server["1.root.json"] = nil
        #expect(await found(second) == [])
        server["2.root.json"] = second + [0x0A]
        #expect(await found(second) == ["root-differs 2.root.json"])
        server["2.root.json"] = nil
        #expect(await found(second) == [])
    }

    @Test("more versions than a client follows at once are worth a note")
    func many() async {
        var scene = AuditScene()
        scene.options.limits.rootVersions = 3
        for _ in 0..<3 { scene.repository.publish(.root) }
        #expect(await scene.found() == ["many-roots root.json"])
        scene.options.roots = 4
        #expect(await scene.report().findings(.manyRoots).map(\.severity) == [.warning])
    }
}
