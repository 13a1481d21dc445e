// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Mirroring
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Comparing mirrors")
struct CompareTests {
    private let folder: TemporaryFolder
    private var repository = RepositorySimulator()

    init() throws {
        folder = try TemporaryFolder()
        repository.add("a/one.txt", "the first file")
        repository.publish(.targets)
    }

    private func view(
        _ place: String, _ repository: RepositorySimulator
    ) async throws -> MirrorView {
        let root = try #require(repository.server["1.root.json"])
        let source = MirrorSource(
            place: place, metadataURL: SimulatedServer.url,
            targetsURL: SimulatedServer.url + "targets/",
            fetcher: SimulatedServer(copying: repository.server))
        return try await MirrorView.observe(source, trusting: root, ClientLimits())
    }

    /// The same repository, as somebody who has its keys shows it elsewhere.
    private func twin(_ change: (inout RepositorySimulator) -> Void) -> RepositorySimulator {
        var twin = RepositorySimulator()
        twin.add("a/one.txt", "the first file")
        twin.publish(.targets)
        change(&twin)
        return twin
    }

    @Test("places that show the same are one view")
    func same() async throws {
        let comparison = Comparison([
            try await view("a", repository), try await view("b", repository),
        ])
        #expect(comparison.splits.isEmpty && comparison.behind.isEmpty)
    }

    @Test("two different files under one version are a split view, and both are the proof")
    mutating func split() async throws {
        let other = twin { twin in
            twin.add("a/one.txt", "another first file")
            twin.publish(.targets)
        }
        repository.publish(.targets)
        let (one, two) = (try await view("a", repository), try await view("b", other))
        let splits = Comparison([one, two]).splits
        #expect(splits.contains { $0.kind == .twoFiles && $0.role == .targets })
        #expect(splits.allSatisfy { $0.isProven })
        let targets = try #require(splits.first { $0.role == .targets })
        #expect(
            "\(targets)" == "targets.json version 3: b and a show two different files")
    }

    @Test("a delegated role that two snapshots list in one version with two digests")
    func splitRole() async throws {
        func repository(_ content: String, _ more: Int) -> RepositorySimulator {
            twin { twin in
                twin.delegate(SimulatedDelegation("team", ["b/*"]))
                twin.add("b/two.txt", content, in: "team")
                twin.publishAll()
                for _ in 0..<more { twin.publish(.snapshot) }
            }
        }
        let one = try await view("a", repository("the second file", 0))
        let two = try await view("b", repository("another file", 1))
        let splits = Comparison([one, two]).splits
        #expect(splits.map(\.role) == ["team"])
        #expect(splits.allSatisfy { $0.isProven })
    }

    @Test("a place that is behind is no split view")
    mutating func behind() async throws {
        let old = try await view("b", repository)
        repository.expires = repository.expires.adding(seconds: 3600)
        repository.publish(.root)
        repository.publish(.targets)
        let comparison = Comparison([try await view("a", repository), old])
        #expect(comparison.splits.isEmpty)
        #expect(comparison.behind.map(\.place) == ["b"])
        #expect(comparison.behind.first?.seconds == 3600)
        #expect(comparison.behind.first?.root == 1)
    }

    @Test("a root that the origin does not have")
    mutating func unknownRoot() async throws {
        let origin = try await view("origin", repository)
        repository.publish(.root)
        repository.publish(.timestamp)
        let comparison = Comparison([origin, try await view("mirror", repository)])
        #expect(comparison.splits.map(\.kind) == [.unknownRoot])
        #expect(
            comparison.splits.map { "\($0)" }
                == ["root version 2 is at mirror, and origin has only version 1"])
    }

    @Test("a later timestamp with an earlier snapshot went back")
    mutating func contradiction() async throws {
        let old = repository
        repository.publish(.targets)
        let newer = try await view("a", repository)
        var forged = old
        for _ in 0..<3 { forged.publish(.timestamp) }
        let splits = Comparison([newer, try await view("b", forged)]).splits
        #expect(
            splits.contains { $0.kind == .wentBack && $0.role == .snapshot && $0.one.place == "b" })
        #expect(splits.allSatisfy { $0.isProven })
    }

    @Test("a place that shows an older state than it showed before, by what was kept")
    mutating func wentBack() async throws {
        let old = try await view("a", repository)
        repository.publish(.timestamp)
        let new = try await view("a", repository)
        let evidence = EvidenceFolder(folder("evidence"))
        try evidence.keep(new)
        let kept = try evidence.views()
        #expect(kept.map(\.timestamp.version) == [new.timestamp.version])
        let comparison = Comparison([old], earlier: kept)
        #expect(comparison.splits.map(\.kind) == [.wentBack])
        #expect(Comparison([new], earlier: kept).splits.isEmpty)
    }

    @Test("the evidence can be shown again, and what was changed proves nothing")
    mutating func evidence() async throws {
        let other = twin { twin in
            twin.add("a/one.txt", "another first file")
            twin.publish(.targets)
        }
        repository.publish(.targets)
        let splits = Comparison([try await view("a", repository), try await view("b", other)])
            .splits
        let evidence = EvidenceFolder(folder("evidence"))
        for _ in 0..<2 { for split in splits { try evidence.keep(split) } }
        let kept = try evidence.splits()
        #expect(kept.count == splits.count && kept.allSatisfy(\.isProven))
        #expect(splits.allSatisfy { split in kept.contains { $0.split == split } })
        for name in try FileSystem.names(in: folder("evidence/splits")) {
            try folder.write("{}", to: "evidence/splits/\(name)/one.json")
        }
        #expect(try evidence.splits().isEmpty)
    }

    @Test("the same contents signed again are no other file")
    mutating func resigned() async throws {
        let one = try await view("a", repository)
        let bytes = try #require(repository.server["timestamp.json"])
        var text = String(decoding: bytes, as: UTF8.self)
        text += "\n"
        repository.server["timestamp.json"] = Array(text.utf8)
        let comparison = Comparison([one, try await view("b", repository)])
        #expect(comparison.splits.isEmpty)
    }
}
