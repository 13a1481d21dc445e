// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Audit: timestamp, snapshot and targets (TUF 5.4 to 5.6)")
struct AuditMetadataTests {
    @Test(
        "a role that the right keys did not sign is told, by name of its file",
        arguments: [RoleName.timestamp, .snapshot, .targets, .demo])
    func unsigned(role: RoleName) async {
        var scene = AuditScene()
        scene.repository.signers[role] = [TestKey("mallory")]
        scene.repository.publishAll()
        scene.clean()
        let version = scene.repository.version(of: role)
        let file = scene.repository.fileName(of: role, version)
        let report = await scene.report()
        #expect(report.found == ["unsigned \(file)"], "\(report.text)")
        #expect(report.summary.verified == 4 && report.exitCode == 1)
    }

    @Test("names of people stand in what is found and in what is to be done")
    func names() async throws {
        var scene = AuditScene()
        scene.repository.signers[.targets] = [TestKey("bob-targets")]
        scene.repository.publish(.root) { root in
            for name in ["alice", "bob", "carol"] {
                let id = TestKey("\(name)-targets").id.text
                root.put(.text(name), at: "keys", id, "x-carnet-holder")
            }
        }
        scene.repository.publishAll()
        let finding = try #require(await scene.report().findings(.unsigned).first)
        #expect(finding.found == "signed by 1: bob")
        #expect(finding.expected == "2 different keys of root")
        #expect(finding.remedy == "have it signed by alice and carol: carnet sign")
    }

    @Test("a signature that stands twice is told")
    func twice() async {
        var scene = AuditScene()
        scene.repository.publish(
            .demo, file: { file in file.changeElements(of: "signatures") { $0 += $0 } })
        scene.clean()
        #expect(await scene.found() == ["duplicate-signature 2.demo.json"])
    }

    @Test("a file that is missing is told", arguments: [RoleName.timestamp, .snapshot, .demo])
    func missing(role: RoleName) async {
        let scene = AuditScene()
        let file = scene.repository.fileName(of: role, scene.repository.version(of: role))
        scene.repository.server[file] = nil
        let report = await scene.report()
        #expect(report.found == ["missing \(file)"], "\(report.text)")
        // Without timestamp or snapshot the newest files on disk are read all the same.
        #expect(report.summary.roles == (role == .demo ? 1 : 2))
    }

    @Test(
        "a file that is not the one listed is told",
        arguments: [RoleName.snapshot, .targets, .demo])
    func digest(role: RoleName) async {
        let scene = AuditScene()
        let file = scene.repository.fileName(of: role, scene.repository.version(of: role))
        var bytes = scene.repository.bytes(of: role)
        bytes[bytes.count - 1] = 0x20
        scene.repository.server[file] = bytes
        let report = await scene.report()
        #expect(report.found.contains("wrong-digest \(file)"), "\(report.text)")
        scene.repository.server[file] = scene.repository.bytes(of: role) + [0x0A]
        #expect(await scene.found() == ["wrong-length \(file)"])
    }

    @Test(
        "a file under the number of another version is told",
        arguments: [RoleName.snapshot, .targets, .demo])
    func version(role: RoleName) async {
        var scene = AuditScene()
        scene.repository.listsDigests = false
        scene.repository.publishAll()
        scene.clean()
        let version = scene.repository.version(of: role)
        let old = scene.repository.bytes(of: role)
        scene.repository.publish(role)
        scene.clean()
        let file = scene.repository.fileName(of: role, version + 1)
        scene.repository.server[file] = old
        let report = await scene.report()
        #expect(report.found.contains("wrong-version \(file)"), "\(report.text)")
    }

    @Test("a broken role does not stop the others, and all faults are told")
    func several() async {
        var scene = AuditScene()
        for name in ["one", "two", "three"] as [UTF8Text] {
            scene.repository.delegate(SimulatedDelegation(name, [UTF8Text("\(name)/*")]))
            scene.repository.add(UTF8Text("\(name)/file"), "content", in: RoleName(name))
        }
        scene.repository.signers[RoleName("two")] = [TestKey("mallory")]
        scene.repository.publishAll()
        scene.clean()
        scene.repository.server["1.one.json"] = Array("[]".utf8)
        let digest = DigestAlgorithm.sha256.hexDigest(of: Array("content".utf8))
        scene.repository.server["targets/three/\(digest).file"] = nil
        let report = await scene.report()
        #expect(
            report.found == [
                "wrong-length 1.one.json", "unsigned 1.two.json", "missing three/file",
            ], "\(report.text)")
    }

    @Test("a file longer than clients take is told")
    func tooLarge() async {
        var scene = AuditScene()
        scene.options.limits.timestampBytes = 100
        #expect(await scene.found().contains("too-large timestamp.json"))
    }

    @Test("a server that does not answer is told apart from a broken repository")
    func unreachable() async {
        var scene = AuditScene()
        scene.isListed = false
        scene.repository.server.setFault(.timedOut(seconds: 1))
        let report = await scene.report()
        #expect(report.outcome == .unreachable && report.exitCode == 5, "\(report.text)")
    }

    @Test("consistent snapshots that are off are worth a note, and the repository is read")
    func nonConsistent() async {
        var scene = AuditScene()
        scene.repository.consistentSnapshot = false
        scene.repository.publish(.root)
        scene.repository.publishAll()
        let server = scene.repository.server
        for name in server.names where name.utf8.count > 64 { server[name] = nil }
        for name in ["README", "demo/a"] {
            server["targets/\(name)"] = Array((name == "README" ? "read me" : "file a").utf8)
        }
        for name in server.names where name.utf8.count > 9 {
            let isVersioned = ["1.", "2."].contains(String(name.prefix(2)))
            if isVersioned && !name.hasSuffix(".root.json") { server[name] = nil }
        }
        let report = await scene.report()
        #expect(report.found == ["non-consistent 3.root.json"], "\(report.text)")
        #expect(report.exitCode == 0 && report.summary.files == 2)
    }
}
