// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import TUFMetadata
import TestKit
import Testing

@Suite("Audit: what ends")
struct AuditTimeTests {
    @Test(
        "an expired role is told, and the exit code says that it is only too old",
        arguments: [RoleName.timestamp, .snapshot, .targets, .demo])
    func expired(role: RoleName) async {
        var scene = AuditScene()
        scene.repository.publish(role) { $0.set("expires", "2020-01-01T00:00:00Z") }
        scene.clean()
        let version = scene.repository.version(of: role)
        let report = await scene.report()
        #expect(report.found == ["expired \(scene.repository.fileName(of: role, version))"])
        #expect(report.outcome == .expired && report.exitCode == 4)
        #expect(report.summary.files == 2)
    }

    @Test("what ends within the days asked for is told, what ends later is not")
    func expiring() async {
        var scene = AuditScene()
        scene.options.expiringWithinDays = 29
        #expect(await scene.found() == [])
        scene.options.expiringWithinDays = 30
        let report = await scene.report()
        #expect(
            report.found == [
                "expiring 2.root.json", "expiring timestamp.json", "expiring 2.snapshot.json",
                "expiring 2.targets.json", "expiring 1.demo.json",
            ], "\(report.text)")
        #expect(report.outcome == .expiring && report.exitCode == 4)
    }

    @Test("a role that is signed for a day at a time is about to expire in its last sixth")
    func period() async {
        var scene = AuditScene()
        func left(_ hours: Int) -> Instant { Instant.testTime.adding(seconds: hours * 3600) }
        for (hours, found) in [(24, []), (5, []), (4, ["expiring timestamp.json"])] {
            scene.repository.publish(.timestamp) { timestamp in
                timestamp.set("expires", .text(left(hours).description))
                timestamp.set("x-carnet-expires-after-days", 1)
            }
            #expect(await scene.found() == found, "\(hours) h left")
        }
    }

    @Test("the periods of tuf-on-ci stand in the root")
    func tufOnCI() async {
        var scene = AuditScene()
        scene.repository.publish(.root) {
            $0.put(7, at: "roles", "timestamp", "x-tuf-on-ci-expiry-period")
        }
        scene.repository.publish(.timestamp) {
            $0.set("expires", .text(Instant.testTime.adding(days: 2).description))
        }
        #expect(await scene.found() == [])
        scene.now = .testTime.adding(days: 1)
        #expect(await scene.found() == ["expiring timestamp.json"])
    }

    @Test("a timestamp signed in the future is told")
    func clock() async {
        var scene = AuditScene()
        scene.repository.publish(.timestamp) { $0.set("x-carnet-expires-after-days", 29) }
        let report = await scene.report()
        #expect(report.found == ["clock timestamp.json"], "\(report.text)")
        #expect(report.exitCode == 0)
        // Signed five minutes ahead of this clock at most.
        scene.now = .testTime.adding(days: 1).adding(seconds: -300)
        #expect(await scene.found() == [])
    }

    @Test("the alarm reads no target file and tells errors and ends alone")
    func alarm() async {
        var scene = AuditScene()
        scene.options = .expiring(withinDays: 14)
        scene.repository.server["7.demo.json"] = []
        scene.repository.thresholds[.root] = 1
        scene.repository.publish(.root)
        _ = scene.repository.server.takeRequests()
        var report = await scene.report()
        #expect(report.findings == [] && report.exitCode == 0, "\(report.text)")
        let requests = scene.repository.server.takeRequests()
        #expect(!requests.contains { $0.hasPrefix("targets/") })
        scene.options = .expiring(withinDays: 31)
        report = await scene.report()
        #expect(report.exitCode == 4 && Set(report.findings.map(\.code)) == [.expiring])
        scene.repository.signers[.demo] = []
        scene.repository.publish(.demo)
        #expect(await scene.report().exitCode == 1)
    }

    @Test("what ends next is named")
    func next() async {
        var scene = AuditScene()
        scene.repository.publish(.demo) {
            $0.set("expires", .text(Instant.testTime.adding(days: 20).description))
        }
        let next = await scene.report().summary.nextExpiry
        #expect(next?.subject == "demo.json" && next?.at == .testTime.adding(days: 20))
    }
}
