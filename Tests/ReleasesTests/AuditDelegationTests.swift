// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Audit: delegations")
struct AuditDelegationTests {
    @Test("a role reached from two others must satisfy both")
    func diamond() async {
        var scene = AuditScene()
        let (left, right) = (RoleName("left"), RoleName("right"))
        for role in [left, right] {
            scene.repository.delegate(SimulatedDelegation(role.text, ["x/*"]))
        }
        scene.repository.delegate(SimulatedDelegation("shared", ["x/*"]), from: left)
        scene.repository.delegate(
            SimulatedDelegation("shared", ["x/*"], keys: [TestKey("another")]), from: right)
        scene.repository.add("x/file", "content", in: RoleName("shared"))
        scene.repository.signers[RoleName("shared")] = [TestKey("shared"), TestKey("another")]
        scene.repository.publishAll()
        scene.clean()
        #expect(await scene.found() == [])
        scene.repository.signers[RoleName("shared")] = [TestKey("shared")]
        scene.repository.publish(RoleName("shared"))
        scene.clean()
        let report = await scene.report()
        #expect(report.found == ["unsigned 2.shared.json"], "\(report.text)")
        #expect(report.findings[0].sentence.contains("right asks"))
    }

    @Test("roles that delegate to each other and to themselves are read once and end the walk")
    func loop() async {
        var scene = AuditScene()
        let (one, two) = (RoleName("one"), RoleName("two"))
        scene.repository.delegate(SimulatedDelegation("one", ["x/*"]))
        scene.repository.delegate(SimulatedDelegation("two", ["x/*"]), from: one)
        scene.repository.delegate(SimulatedDelegation("one", ["x/*"]), from: two)
        scene.repository.delegate(SimulatedDelegation("two", ["x/*"]), from: two)
        scene.repository.add("x/file", "content", in: two)
        scene.repository.publishAll()
        scene.clean()
        let report = await scene.report()
        #expect(report.findings == [], "\(report.text)")
        #expect(report.summary.roles == 4)
    }

    @Test("a chain is followed to its end, and a fault at the bottom is told")
    func deep() async {
        var scene = AuditScene()
        var parent = RoleName.targets
        for depth in 0..<20 {
            scene.repository.delegate(
                SimulatedDelegation(UTF8Text("d\(depth)"), ["x/*"]), from: parent)
            parent = RoleName(UTF8Text("d\(depth)"))
        }
        scene.repository.signers[parent] = []
        scene.repository.publishAll()
        scene.clean()
        #expect(await scene.found() == ["unsigned 1.d19.json"])
    }

    @Test("a file below more roles than clients look at is told")
    func tooDeep() async {
        var scene = AuditScene()
        scene.options.limits.rolesPerSearch = 3
        for number in 0..<3 {
            scene.repository.delegate(SimulatedDelegation(UTF8Text("r\(number)"), ["x/*"]))
        }
        scene.repository.delegate(SimulatedDelegation("last", ["x/*"]))
        scene.repository.add("x/file", "content", in: RoleName("last"))
        scene.repository.publishAll()
        scene.clean()
        let report = await scene.report()
        #expect(report.found == ["file-unreachable last"], "\(report.text)")
        #expect(report.findings[0].sentence.contains("give up after 3 roles"))
    }

    @Test("a role that nobody delegates to is told")
    func unreachable() async {
        var scene = AuditScene()
        scene.repository.targets[RoleName("left-over")] = SimulatedTargets()
        scene.repository.keys[RoleName("left-over")] = [TestKey("left-over")]
        scene.repository.publish(RoleName("left-over"))
        scene.clean()
        #expect(await scene.found() == ["role-unreachable left-over.json"])
    }

    @Test("an entry of the snapshot that is no role's is told")
    func foreignEntry() async {
        var scene = AuditScene()
        scene.repository.otherFiles = [JSON.Member("notes.txt", ["version": 1])]
        scene.repository.publish(.snapshot)
        scene.clean()
        #expect(await scene.found() == ["role-unreachable \"notes.txt\""])
    }

    @Test("a role that the snapshot does not list is told")
    func notListed() async {
        var scene = AuditScene()
        scene.repository.publish(.snapshot) { snapshot in
            snapshot.put(nil, at: "meta", "demo.json")
        }
        scene.clean()
        scene.repository.server["1.demo.json"] = nil
        let report = await scene.report()
        #expect(report.found == ["not-in-snapshot demo.json"], "\(report.text)")
    }

    @Test("hash bins are walked, and those missing are told one by one")
    func bins() async {
        var scene = AuditScene()
        scene.repository.delegate(SimulatedBins(prefix: "bin", bitLength: 3), from: .demo)
        for number in 0..<20 {
            let path = TargetPath(UTF8Text("demo/\(number)"))!
            let bin = RoleName(UTF8Text("bin-\(path.hash[0] >> 5)"))
            scene.repository.add(path.text, "\(number)", in: bin)
        }
        scene.repository.publishAll()
        scene.clean()
        let report = await scene.report()
        #expect(report.findings == [], "\(report.text)")
        #expect(report.summary.roles == 10 && report.summary.files == 22)
        scene.repository.server["1.bin-3.json"] = nil
        scene.repository.server["1.bin-5.json"] = nil
        #expect(await scene.found() == ["missing 1.bin-3.json", "missing 1.bin-5.json"])
    }

    @Test("more roles than are read are told, and the others are read")
    func tooMany() async {
        var scene = AuditScene()
        scene.options.roles = 6
        scene.repository.delegate(SimulatedBins(prefix: "bin", bitLength: 3), from: .demo)
        scene.repository.publishAll()
        scene.clean()
        let report = await scene.report()
        #expect(report.findings(.tooManyRoles).count == 1)
        #expect(report.summary.roles == 6)
    }

    @Test("keys that were rotated by a file count from then on (TAP 8), and the end of a role")
    func rotation() async {
        var scene = AuditScene()
        let successor = TestKey("successor")
        scene.repository.rotate(.demo, 1, to: [successor], signedBy: [TestKey("demo")])
        scene.repository.publish(.demo)
        scene.clean()
        var report = await scene.report()
        #expect(report.found == ["unsigned 2.demo.json"], "\(report.text)")
        scene.repository.signers[.demo] = [successor]
        scene.repository.publish(.demo)
        scene.clean()
        report = await scene.report()
        #expect(report.findings == [], "\(report.text)")
        scene.repository.rotate(.demo, 2, to: [], signedBy: [TestKey("demo")])
        scene.repository.publish(.snapshot)
        scene.clean()
        #expect(await scene.found() == ["unsigned rotate/demo.rotate.2"])
        scene.repository.rotate(.demo, 2, to: [], signedBy: [successor])
        scene.repository.publish(.snapshot)
        scene.clean()
        #expect(await scene.found() == ["role-revoked demo.json"])
    }
}
