// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Audit: target files")
struct AuditFileTests {
    private let file = "targets/demo/\(sha256("file a")).a"

    @Test(
        "a file that is missing, longer, shorter or other than signed is told",
        arguments: [
            (nil, "missing"), ("file a.", "wrong-length"), ("file", "wrong-length"),
            ("", "wrong-length"), ("FILE A", "wrong-digest"),
        ] as [(String?, String)])
    func content(content: String?, code: String) async {
        let scene = AuditScene()
        scene.repository.server[file] = content.map { Array($0.utf8) }
        let report = await scene.report()
        #expect(report.found == ["\(code) demo/a"], "\(report.text)")
        #expect(report.summary.files == 1 && report.summary.listed == 2)
    }

    @Test("without reading them, a list of files tells those missing and those of a wrong length")
    func metadataOnly() async {
        var scene = AuditScene()
        scene.options.scope = .metadata
        scene.repository.server[file] = Array("FILE A".utf8)
        _ = scene.repository.server.takeRequests()
        #expect(await scene.found() == [])
        #expect(!scene.repository.server.takeRequests().contains(file))
        scene.repository.server[file] = []
        #expect(await scene.found() == ["wrong-length demo/a"])
        scene.repository.server[file] = nil
        #expect(await scene.found() == ["missing demo/a"])
        scene.isListed = false
        #expect(await scene.found() == [])
    }

    @Test("a file outside of its role's patterns is told")
    func outside() async {
        var scene = AuditScene()
        scene.repository.add("elsewhere/b", "file b", in: .demo)
        scene.repository.publish(.demo)
        scene.clean()
        let report = await scene.report()
        #expect(report.found == ["file-unreachable demo"], "\(report.text)")
        #expect(report.findings[0].sentence.contains("outside of the paths delegated to demo"))
    }

    @Test("a file behind a terminating role, or behind another's word, is told")
    func behind() async {
        var scene = AuditScene()
        scene.repository.delegate(SimulatedDelegation("late", ["demo/*", "late/*"]))
        scene.repository.add("demo/a", "another a", in: RoleName("late"))
        scene.repository.add("demo/b", "file b", in: RoleName("late"))
        scene.repository.add("late/c", "file c", in: RoleName("late"))
        scene.repository.publishAll()
        scene.clean()
        let report = await scene.report()
        #expect(report.findings(.patternShadowed).map(\.subject) == ["late"])
        let sentences = report.findings(.fileUnreachable).map(\.sentence)
        #expect(sentences.count == 2)
        #expect(sentences[0].contains("clients take it from demo"))
        #expect(sentences[1].contains("ends before"))
    }

    @Test(
        "an entry that no client may write to is told",
        arguments: ["../up", "/etc/passwd", "demo//x", "demo/\u{1}"])
    func unsafe(path: String) async {
        var scene = AuditScene()
        scene.repository.add(UTF8Text(path), "content", in: .demo)
        scene.repository.publish(.demo)
        scene.clean()
        #expect(await scene.found() == ["path-unsafe demo"])
    }

    @Test("findings of one kind are told up to a number, and counted beyond")
    func bounded() async {
        var scene = AuditScene()
        scene.options.findingsPerCode = 5
        for number in 0..<12 {
            scene.repository.add(UTF8Text("elsewhere/\(number)"), "\(number)", in: .demo)
        }
        scene.repository.publish(.demo)
        scene.clean()
        let report = await scene.report()
        #expect(report.findings.count == 6)
        #expect(report.findings.last?.subject == "7 more")
    }

    @Test("the audit's search and the client's find the same, in delegations made at random")
    func sameAsClient() async throws {
        var generator = SeededGenerator(seed: 5)
        var (found, lost) = (0, 0)
        for _ in 0..<12 {
            var scene = AuditScene()
            scene.isListed = false
            scene.options.limits.rolesPerSearch = 1000
            try scene.grow(&generator)
            let report = await scene.report()
            let state = Updater(
                metadataURL: SimulatedServer.url, fetcher: scene.repository,
                store: MemoryTrustedStore(root: scene.repository.server["1.root.json"]!),
                limits: scene.options.limits, now: scene.now)
            let search = TargetSearch(try await state.refresh(), state)
            let taken = try await search.all()
            #expect(report.findings(.error) == [])
            #expect(report.summary.files == taken.count)
            let unreachable = report.findings(.fileUnreachable).count
            #expect(report.summary.listed == taken.count + unreachable)
            (found, lost) = (found + taken.count, lost + unreachable)
        }
        #expect(found > 50 && lost > 50, "\(found) \(lost)")
    }
}

extension AuditScene {
    /// Delegates at random among some roles, and lists files at random in them.
    fileprivate mutating func grow(_ generator: inout SeededGenerator) throws {
        let names = (0..<6).map { RoleName(UTF8Text("r\($0)")) }
        let patterns: [UTF8Text] = ["*/*", "a/*", "b/*", "a/1", "*/1", "c/?"]
        for parent in [RoleName.targets] + names {
            for name in names.shuffled(using: &generator).prefix(2) {
                let isHashed = Bool.random(using: &generator) && parent != .targets
                repository.delegate(
                    SimulatedDelegation(
                        name.text, Array(patterns.shuffled(using: &generator).prefix(2)),
                        hashPrefixes: isHashed ? ["0", "1a", "7", "c"] : nil,
                        terminating: Int.random(in: 0..<4, using: &generator) == 0),
                    from: parent)
            }
        }
        for name in names {
            for folder in ["a", "b", "c"] {
                for file in 1...3 where Bool.random(using: &generator) {
                    repository.add(UTF8Text("\(folder)/\(file)"), "\(name)", in: name)
                }
            }
        }
        repository.publishAll()
    }
}
