// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import TUFMetadata
import TestKit
import Testing

@Suite("Audit: keys and thresholds")
struct AuditKeyTests {
    /// An audit after a change of the next root's document.
    private func rootChanged(
        in scene: AuditScene = AuditScene(), _ root: (inout JSON) -> Void
    ) async -> AuditReport {
        var scene = scene
        scene.repository.publish(.root, signed: root)
        scene.repository.publishAll()
        scene.clean()
        return await scene.report()
    }

    /// An audit after a change of the repository.
    private func report(_ change: (inout RepositorySimulator) -> Void) async -> AuditReport {
        var scene = AuditScene()
        change(&scene.repository)
        return await rootChanged(in: scene) { _ in }
    }

    @Test("one signature for root or targets is weak", arguments: [RoleName.root, .targets])
    func one(role: RoleName) async {
        let report = await report { $0.thresholds[role] = 1 }
        #expect(report.found == ["threshold-one \(role)"], "\(report.text)")
        #expect(report.outcome == .weak && report.exitCode == 0)
        #expect(report.findings[0].sentence.contains("any one of its 3 keys"))
    }

    @Test("one key alone is told as one that can be lost, too")
    func single() async {
        let report = await report { repository in
            repository.keys[.root] = [TestKey("alice-root")]
            repository.thresholds[.root] = 1
            repository.signers[.root] = ["alice", "bob"].map { TestKey("\($0)-root") }
        }
        #expect(report.found == ["threshold-one root"])
        #expect(report.findings[0].sentence.contains("if it is lost, nobody can ever change"))
    }

    @Test("one signature is usual for online roles and for delegated ones")
    func online() async {
        let report = await report { _ in }
        #expect(report.findings == [])
    }

    @Test("needing every key of root is weak, of targets worth a note")
    func noSpare() async {
        var found = await report { $0.thresholds[.root] = 3 }
        // The version before asks for two, the new one for three.
        #expect(found.found == ["no-spare-key root"], "\(found.text)")
        #expect(found.findings[0].severity == .warning)
        found = await report { $0.thresholds[.targets] = 3 }
        #expect(found.found == ["no-spare-key targets"])
        #expect(found.findings[0].severity == .note)
    }

    @Test("a threshold that the keys cannot meet is an error")
    func unreachable() async {
        let report = await report { repository in
            repository.delegate(SimulatedDelegation("two", ["x/*"], threshold: 2))
        }
        #expect(Set(report.found) == ["threshold-unreachable two", "unsigned 1.two.json"])
    }

    @Test("a key under two ids counts once, and is told")
    func twice() async {
        let key = TestKey("demo")
        let report = await report { repository in
            let keys = [key, key.listed(as: KeyID("abcd"))]
            repository.targets[.targets]?.delegations[0].keys = keys
        }
        #expect(report.found == ["same-key-twice demo"], "\(report.text)")
    }

    @Test("a key that cannot be used is told, and one that is not described")
    func unknown() async {
        var report = await rootChanged { root in
            let odd: JSON = [
                "keytype": "post-quantum", "scheme": "post-quantum", "keyval": ["public": "00"],
            ]
            root.put(odd, at: "keys", "abcd")
            var timestamp = root["roles"]!["timestamp"]!
            timestamp.changeElements(of: "keyids") { $0.append("abcd") }
            root.put(timestamp, at: "roles", "timestamp")
        }
        #expect(report.found == ["key-unknown timestamp"], "\(report.text)")
        report = await rootChanged { root in
            var timestamp = root["roles"]!["timestamp"]!
            timestamp.changeElements(of: "keyids") { $0.append("abcd") }
            root.put(timestamp, at: "roles", "timestamp")
        }
        #expect(report.found == ["key-missing timestamp"])
    }

    @Test(
        "a key that signs timestamps must not be one of an offline role",
        arguments: [RoleName.root, .targets])
    func onlineOffline(role: RoleName) async {
        let report = await report { $0.keys[role]?.append(TestKey("timestamp")) }
        #expect(report.found == ["online-key-offline \(role)"], "\(report.text)")
        #expect(report.findings[0].sentence.contains("signs timestamp and is a key of \(role)"))
    }

    @Test("a key that says of itself that it is online is told in an offline role")
    func declared() async {
        let report = await rootChanged { root in
            let id = TestKey("alice-root").id.text
            root.put("gcpkms:x", at: "keys", id, "x-tuf-on-ci-online-uri")
        }
        #expect(report.found == ["online-key-offline root"])
    }

    @Test(
        "one person who holds two keys can sign alone, whoever wrote the names",
        arguments: [("x-carnet-holder", "alice", "alice"), ("x-tuf-on-ci-keyowner", "@Al", "al ")])
    func person(member: String, first: String, second: String) async {
        let report = await rootChanged { root in
            for (key, name) in [("alice", first), ("bob", second), ("carol", "carol")] {
                let id = TestKey("\(key)-root").id.text
                root.put(.text(name), at: "keys", id, UTF8Text(member))
            }
        }
        #expect(report.found == ["one-person root"], "\(report.text)")
        #expect(report.findings[0].severity == .warning)
        #expect(report.findings[0].sentence.hasSuffix("one person signs it alone"))
    }

    @Test("two keys of one person out of three needed are worth a note")
    func twoOfThree() async {
        var scene = AuditScene()
        scene.repository.thresholds[.targets] = 3
        scene.repository.keys[.targets]?.append(TestKey("dave-targets"))
        let report = await rootChanged(in: scene) { root in
            for key in ["alice", "bob"] {
                root.put("alice", at: "keys", TestKey("\(key)-targets").id.text, "x-carnet-holder")
            }
        }
        #expect(report.found == ["one-person targets"], "\(report.text)")
        #expect(report.findings[0].severity == .note)
    }
}
