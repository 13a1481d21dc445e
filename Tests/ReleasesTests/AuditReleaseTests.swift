// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TUFRepository
import TestKit
import Testing

private let layoutPath = path("in-toto-metadata/wheel.layout")

extension World {
    func audit(
        at moment: Instant = now, _ change: (inout AuditOptions) -> Void = { _ in }
    ) async -> AuditReport {
        var options = AuditOptions()
        change(&options)
        return await RepositoryAudit(directory, options: options, now: moment).run()
    }

    /// What is found beyond notes and what every repository of the tests has: one key a role.
    func auditFindings(at moment: Instant = now) async -> [String] {
        await audit(at: moment).findings.filter { $0.code != .thresholdOne && $0.severity != .note }
            .map { "\($0.code.rawValue) \($0.subject)" }
    }

    /// Puts another layout in place of the one that is published, its target's custom kept.
    fileprivate func replaceLayout(_ bytes: [UInt8]) throws {
        let state = try PublishedState(reading: StagedRepository(directory))
        let role = try state.delegated(RepositoryPlan.layouts).targets.document
        let custom = role.files[layoutPath]?.custom
        let content = String(decoding: bytes, as: UTF8.self)
        try attack(
            [RepositoryPlan.layouts: { $0.list(content, at: layoutPath, custom: custom) }],
            files: [layoutPath: content])
    }

    /// The layout of the world, changed and signed.
    fileprivate func layout(
        by signers: [String], _ change: (inout JSON) -> Void = { _ in }
    ) throws -> [UInt8] {
        let file = try layoutFile(World.source)
        let signed = try SignedFile(file.signed(adding: [], now: now))
        var document = signed.signed.tree()
        change(&document)
        return try SignedFile.bytes(
            signing: document, with: signers.map { (try keyID($0), try key($0)) })
    }
}

@Suite("Audit: layouts and release files")
struct AuditReleaseTests {
    @Test("a repository that has released is sound but for its single keys")
    func released() async throws {
        let world = try await World.released()
        let report = await world.audit()
        #expect(
            report.found == [
                "threshold-one root", "threshold-one targets", "threshold-one layouts",
                "pattern-idle releases", "metadata-orphaned metadata",
            ], "\(report.text)")
        #expect(report.exitCode == 0 && report.outcome == .weak)
        #expect(report.repository == "demo-repo")
        #expect(report.summary.releases == 1 && report.summary.files == report.summary.listed)
        #expect(report.summary.verified == 7)
    }

    @Test("a file that no layout governs and nobody excuses is evidence missing")
    func noPolicy() async throws {
        let world = try await World.released()
        try world.list("notes", at: path("other/notes"), evidence: nil)
        #expect(await world.auditFindings() == ["evidence-missing other/notes"])
    }

    @Test("a governed file without evidence is told, and so is one that excuses itself")
    func noEvidence() async throws {
        let world = try await World.released()
        let second = path("demo/2.0/demo-2.0-py3-none-any.whl")
        try world.list("wheel 2.0", at: second, evidence: nil)
        let report = await world.audit()
        let finding = try #require(report.findings(.evidenceMissing).first)
        #expect(finding.subject == second.description && report.exitCode == 1)
        #expect(finding.sentence.contains("[E-EVIDENCE-MISSING]"))
    }

    @Test("a file that is not what its supply chain made is told apart from missing evidence")
    func contradiction() async throws {
        let world = try await World.released()
        try world.list("evil", at: wheelPath, evidence: try world.evidence())
        let report = await world.audit()
        let finding = try #require(report.findings(.error).first)
        #expect(finding.code == .releaseRefused && finding.subject == wheelPath.description)
        #expect(finding.sentence.contains("[E-PRODUCT]"))
        #expect(report.findings(.error).count == 1)
    }

    @Test("release files are not judged if that is not asked for")
    func skipped() async throws {
        let world = try await World.released()
        try world.list("notes", at: path("other/notes"), evidence: nil)
        let report = await world.audit { $0.verifiesReleases = false }
        #expect(report.findings(.error) == [] && report.summary.releases == 0)
    }

    @Test("a link that is gone is told, and what it means for the release")
    func linkGone() async throws {
        let world = try await World.released()
        let link = try #require(try world.evidence().last)
        let state = try PublishedState(reading: StagedRepository(world.directory))
        let files = try state.delegated(RepositoryPlan.links).targets.document.files
        let file = try #require(files[path(link)])
        try FileSystem.remove(world.directory.targetPath(file.path, hash: file.digest.hex))
        #expect(
            await world.auditFindings() == ["missing \(link)", "release-refused \(wheelPath)"])
    }

    @Test("a layout that too few have signed is told once, not for every file")
    func layoutUnsigned() async throws {
        let world = try await World.released()
        try world.replaceLayout(try world.layout(by: ["olga"]))
        let report = await world.audit()
        let finding = try #require(report.findings(.error).first)
        #expect(finding.code == .layoutUnsigned && finding.subject == layoutPath.description)
        #expect(finding.found == "signed by 1: olga")
        #expect(finding.remedy.contains("signed by oscar and otto"))
        #expect(report.findings(.error).count == 1 && report.summary.releases == 0)
    }

    @Test("what is no layout is told")
    func layoutMalformed() async throws {
        let world = try await World.released()
        try world.replaceLayout(Array("{}".utf8))
        #expect(await world.auditFindings() == ["layout-malformed \(layoutPath)"])
    }

    @Test(
        "a layout's signer whose key is not published is told, and no other fault of it",
        arguments: ["otto", "olga"])
    func layoutKeyMissing(person: String) async throws {
        let world = try await World.released()
        let key = path("in-toto-pubkeys/\(try keyID(person)).pub")
        try world.attack([
            RepositoryPlan.layouts: { document in
                var targets = document["targets"]!
                targets.set(key.text, nil)
                document.set("targets", targets)
            }
        ])
        let report = await world.audit()
        let finding = try #require(report.findings(.error).first)
        #expect(finding.code == .layoutKeyMissing && finding.sentence.contains("\(key)"))
        #expect(report.findings(.error).count == 1, "\(report.text)")
    }

    @Test("a layout's key that another role publishes is told")
    func layoutKeyElsewhere() async throws {
        let world = try await World.released()
        try world.replaceLayout(try world.layout(by: ["olga", "oscar"]))
        let pem = try key("otto").publicKey.pem ?? ""
        try world.list(pem, at: path("other/otto.pub"), evidence: nil)
        try world.attack([
            RepositoryPlan.layouts: { document in
                document.custom(of: layoutPath) { custom in
                    custom.changeElements(of: "in-toto") { $0[2] = "other/otto.pub" }
                }
            }
        ])
        let finding = try #require(await world.audit().findings(.layoutKeyMissing).first)
        #expect(finding.sentence.contains("is published by releases, not layouts"))
    }

    @Test("a functionary whose key the layout lacks is told, and a step that too few may do")
    func functionary() async throws {
        let world = try await World.released()
        let alice = try keyID("alice").text
        try world.replaceLayout(
            try world.layout(by: ["olga", "oscar"]) { $0.put(nil, at: "keys", alice) })
        let report = await world.audit()
        #expect(report.findings(.error).map(\.code) == [.layoutKeyMissing, .layoutKeyMissing])
        #expect(report.findings(.error)[0].sentence.contains("do step \"tag\""))
        try world.replaceLayout(
            try world.layout(by: ["olga", "oscar"]) { layout in
                layout.changeElements(of: "steps") { $0[1].set("threshold", 3) }
            })
        #expect(await world.audit().findings(.error).map(\.code) == [.thresholdUnreachable])
    }

    @Test("a layout about to expire is told, and one that has; the files are not told again")
    func layoutExpires() async throws {
        let world = try await World()
        let end = "2026-11-23T00:00:00Z"
        try await world.publishLayout(World.source.replacing("expires: 1y", "expires: \(end)"))
        try world.writeRelease()
        _ = try await world.release()
        #expect(await world.auditFindings() == ["layout-expiring \(layoutPath)"])
        let later = Instant(end)!
        #expect(
            await world.auditFindings(at: later.adding(seconds: -1))
                == ["layout-expiring \(layoutPath)"])
        var report = await world.audit(at: later)
        #expect(report.findings(.error).map(\.code) == [.layoutExpired], "\(report.text)")
        #expect(report.exitCode == 4 && report.summary.releases == 0)
        report = await RepositoryAudit(
            world.directory, options: .expiring(withinDays: 1), now: now
        ).run()
        #expect(report.exitCode == 4 && report.findings.map(\.code) == [.layoutExpiring])
    }

    @Test("in a state that has expired, releases are judged as they were before it did")
    func expiredState() async throws {
        let world = try await World.released()
        let report = await world.audit(at: now.adding(days: 2))
        #expect(report.findings(.error).map(\.subject) == ["timestamp.json"], "\(report.text)")
        #expect(report.exitCode == 4 && report.summary.releases == 1)
    }

    @Test("where the client does not get through, it is said that releases were not judged")
    func notVerified() async throws {
        let world = try await World.released()
        let path = world.directory.metadataPath("timestamp.json")
        var file = try #require(try FileSystem.read(path))
        file.append(contentsOf: "!".utf8)
        try FileSystem.write(file, to: path)
        let report = await world.audit()
        #expect(report.findings(.error).map(\.code) == [.malformed])
        #expect(report.findings(.notVerified).map(\.subject) == ["1 release file"])
        #expect(report.summary.files == report.summary.listed)
    }

    @Test("a policy that cannot be read, or names a role that is none, is told")
    func policyMalformed() async throws {
        for value in [5, ["layouts": "nobody"]] as [JSON] {
            let world = try await World.released()
            try world.attack([.targets: { $0.set("x-carnet", value) }])
            let report = await world.audit()
            #expect(report.findings(.policyMalformed).count == 1, "\(report.text)")
            #expect(report.exitCode == 1 && report.summary.files > 0)
        }
    }
}

@Suite("Audit: the report")
struct AuditReportTests {
    @Test("the text says what, found, expected and what to do; the answer comes first")
    func text() async throws {
        var scene = AuditScene()
        scene.repository.publish(.timestamp) { $0.set("expires", "2030-03-17T17:00:00Z") }
        let report = await scene.report()
        #expect(
            report.text == """
                EXPIRED   https://repository.test/   1 error
                  error   timestamp.json: has expired, so clients refuse it   [expired]
                          Expected  later than 2030-03-17T17:46:40Z
                          Found     2030-03-17T17:00:00Z
                          Remedy    sign it anew: carnet refresh
                Checked as of 2030-03-17T17:46:40Z: roots 1 to 2, 2 targets roles, \
                2 of 2 target files read; \(report.summary.bytes) bytes.
                Next to expire: root.json, at 2030-04-16T17:46:40Z.

                """)
    }

    @Test("the JSON says the same to a program")
    func json() async throws {
        var scene = AuditScene()
        scene.repository.publish(.timestamp) { $0.set("expires", "2030-03-17T17:00:00Z") }
        let json = await scene.report().json
        #expect(json["schema"] == "carnet/check/1" && json["exit_code"] == 4)
        #expect(json["outcome"] == "expired" && json["errors"] == 1 && json["warnings"] == 0)
        let finding = try #require(json["findings"]?.elements?.first)
        #expect(finding["code"] == "expired" && finding["severity"] == "error")
        #expect(finding["found"] == "2030-03-17T17:00:00Z")
        #expect(json["summary"]?["roots"] == ["first": 1, "last": 2])
        #expect(json["summary"]?["files"] == 2)
    }

    @Test("names from the repository cannot write to the terminal")
    func hostile() async {
        var scene = AuditScene()
        let evil: UTF8Text = "x\u{1B}[2Jevil\nOK"
        scene.repository.delegate(SimulatedDelegation(evil, [evil]))
        scene.repository.add(evil, "content", in: RoleName(evil))
        scene.repository.publishAll()
        scene.repository.server["notes\u{1B}[2J"] = []
        let text = await scene.report().text
        #expect(!text.utf8.contains(0x1B) && !text.contains("\nOK"))
    }

    @Test("broken comes before expired, expired before about to expire, that before weak")
    func outcomes() async {
        var scene = AuditScene()
        scene.repository.thresholds[.root] = 1
        scene.repository.publish(.root)
        #expect(await scene.report().outcome == .weak)
        scene.options.expiringWithinDays = 40
        #expect(await scene.report().outcome == .expiring)
        scene.repository.publish(.timestamp) { $0.set("expires", "2020-01-01T00:00:00Z") }
        #expect(await scene.report().outcome == .expired)
        scene.repository.server["1.demo.json"] = nil
        #expect(await scene.report().outcome == .broken)
    }
}
