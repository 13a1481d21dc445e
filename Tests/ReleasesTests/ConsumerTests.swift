import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import Synchronization
import TUFClient
import TUFMetadata
// SPDX-License-Identifier: Apache-2.0
import TestKit
import Testing

/// Passes requests on, counts them, and changes or drops what some of them bring.
final class MeddlingFetcher: Fetcher {
    private let inner: StagedRepository
    private let answers: [String: String?]
    private let asked = Mutex<[String]>([])

    /// - Parameter answers: by the end of a URL, what comes instead; `nil` for 404.
    init(_ directory: RepositoryDirectory, _ answers: [String: String?] = [:]) {
        inner = StagedRepository(directory)
        self.answers = answers
    }

    /// The URLs asked for, in order.
    var requests: [String] { asked.withLock { $0 } }

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        asked.withLock { $0.append(url) }
        for (end, answer) in answers where url.hasSuffix(end) {
            guard let answer else { throw FetchError(url: url, reason: .notFound) }
            return Array(answer.utf8)
        }
        return try await inner.fetch(url, maximumBytes: maximumBytes)
    }

    func stream(
        _ url: String, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        let bytes = try await fetch(url, maximumBytes: maximumBytes)
        guard bytes.withUnsafeBytes({ sink.receive($0) }) else {
            throw FetchError(url: url, reason: .sinkRefused)
        }
    }
}

extension World {
    func consumer(
        _ fetcher: (any Fetcher)? = nil, at moment: Instant = now
    ) throws -> Consumer {
        let repository: TrustedRepository
        if let known = try? TrustedRepository(named: "demo", home: folder("home")) {
            repository = known
        } else {
            repository = try TrustedRepository(
                name: "demo",
                mirrors: [
                    .init(
                        metadataURL: StagedRepository.metadataURL,
                        targetsURL: StagedRepository.targetsURL)
                ], home: folder("home"))
            _ = try repository.trust(root: directory.metadata("1.root.json")!)
        }
        return Consumer(repository, fetcher ?? StagedRepository(directory), now: moment)
    }
}

@Suite("Getting a file: only a verified one appears")
struct ConsumerGetTests {
    @Test("a verified file appears under its name, with nothing beside it")
    func verified() async throws {
        let world = try await World.released()
        try FileSystem.makeDirectory(world.folder("out"))
        let verdict = try await world.consumer().get(wheelPath, to: world.folder("out/demo.whl"))
        #expect(verdict.isVerified)
        #expect(verdict.sha256 == sha256("wheel 1.0"))
        #expect(verdict.freshness?.snapshotVersion == 3)
        #expect(verdict.freshness?.signed == now)
        #expect(try world.folder.tree("out") == ["out/demo.whl": Array("wheel 1.0".utf8)])
    }

    @Test("a refused file does not appear, and an old one at its place stays")
    func refused() async throws {
        let world = try await World.released()
        try world.list("backdoor", at: wheelPath, evidence: world.evidence())
        try world.folder.write("old", to: "out/demo.whl")
        let before = try world.folder.tree("out")
        let consumer = try world.consumer()
        var verdict = try await consumer.get(wheelPath, to: world.folder("out/demo.whl"))
        #expect(verdict.refusal?.code == "E-PRODUCT" && verdict.exitCode == 1)
        verdict = try await consumer.get(wheelPath, to: world.folder("out/other.whl"))
        #expect(verdict.refusal?.code == "E-PRODUCT")
        #expect(try world.folder.tree("out") == before)
    }

    @Test("bytes that a mirror changed are refused before any evidence is asked for")
    func changedBytes() async throws {
        let world = try await World.released()
        try FileSystem.makeDirectory(world.folder("out"))
        let fetcher = MeddlingFetcher(world.directory, [".\(wheel)": "wheel 9.9"])
        let verdict = try await world.consumer(fetcher)
            .get(wheelPath, to: world.folder("out/demo.whl"))
        #expect(verdict.refusal?.code == "E-BYTES" && verdict.exitCode == 1)
        #expect(verdict.refusal?.expected == "sha256 \(sha256("wheel 1.0"))")
        #expect(verdict.refusal?.found == "sha256 \(sha256("wheel 9.9"))")
        #expect(fetcher.requests.last?.hasSuffix(wheel) == true)
        #expect(try world.folder.tree("out") == [:])
    }

    @Test("evidence that a mirror withholds or swaps refuses the file")
    func withheldEvidence() async throws {
        let world = try await World.released()
        try FileSystem.makeDirectory(world.folder("out"))
        for (answer, code) in [(nil, "E-REPOSITORY"), ("{}", "E-BYTES")] as [(String?, String)] {
            let fetcher = MeddlingFetcher(world.directory, [".link": answer])
            let verdict = try await world.consumer(fetcher)
                .get(wheelPath, to: world.folder("out/demo.whl"))
            #expect(verdict.refusal?.code == code)
            #expect(try world.folder.tree("out") == [:])
        }
    }

    /// TUF 1.0.34 §5.7.2: what no role lists is not to be had
    @Test("a file that is not offered, and a repository gone stale")
    func notOffered() async throws {
        let world = try await World.released()
        let other = path("demo/2.0/demo.whl")
        let out = world.folder("demo.whl")
        var verdict = try await world.consumer().get(other, to: out)
        #expect(verdict.refusal?.code == "E-NO-SUCH-FILE" && verdict.exitCode == 1)
        verdict = try await world.consumer(at: now.adding(days: 1)).get(wheelPath, to: out)
        #expect(verdict.refusal?.code == "E-STALE" && verdict.exitCode == 4)
        #expect(verdict.freshness == nil)
        #expect(!FileSystem.exists(out))
    }

    @Test("an older state than the client has seen is a rollback")
    func rollback() async throws {
        let world = try await World.withLayout()
        let old = String(
            decoding: try world.directory.metadata("timestamp.json")!, as: UTF8.self)
        _ = try await world.release()
        let out = world.folder("demo.whl")
        #expect(try await world.consumer().get(wheelPath, to: out).isVerified)
        let fetcher = MeddlingFetcher(world.directory, ["timestamp.json": old])
        let verdict = try await world.consumer(fetcher).get(wheelPath, to: out)
        #expect(verdict.refusal?.code == "E-ROLLBACK" && verdict.exitCode == 4)
    }

    @Test("a place that cannot be written is told before the server is asked")
    func unwritable() async throws {
        let world = try await World.released()
        let fetcher = MeddlingFetcher(world.directory)
        let consumer = try world.consumer(fetcher)
        let place = world.folder("none/demo.whl")
        await #expect(throws: StorageError(path: place, reason: "No such file or directory")) {
            try await consumer.get(wheelPath, to: place)
        }
        #expect(fetcher.requests == [])
    }
}

@Suite("Judging a file at hand")
struct ConsumerVerifyTests {
    @Test("by name and digest, or by its path")
    func verified() async throws {
        let world = try await World.released()
        let consumer = try world.consumer()
        let file = world.folder("dist/\(wheel)")
        for target in [nil, wheelPath] {
            let verdict = try await consumer.verify(file, as: target)
            #expect(verdict.isVerified)
            #expect(verdict.path == wheelPath.string)
            #expect(verdict.sha256 == sha256("wheel 1.0"))
        }
        #expect(try await consumer.list().map(\.file.path).contains(wheelPath))
    }

    @Test("other bytes or an unknown name are no file of the repository")
    func unknown() async throws {
        let world = try await World.released()
        let consumer = try world.consumer()
        try world.folder.write("other", to: "at-hand/\(wheel)")
        let verdict = try await consumer.verify(world.folder("at-hand/\(wheel)"), as: nil)
        #expect(verdict.refusal?.code == "E-BYTES" && verdict.exitCode == 1)
        #expect(
            verdict.refusal?.cause
                == "This is not the file that the repository offers under this name.")
        #expect(verdict.refusal?.expected == "the bytes of \(wheelPath)")
        #expect(verdict.refusal?.found == "sha256 \(sha256("other"))")
        try world.folder.write("wheel 1.0", to: "at-hand/renamed.whl")
        let renamed = try await consumer.verify(world.folder("at-hand/renamed.whl"), as: nil)
        #expect(
            renamed.refusal?.cause
                == "No repository that was asked offers a file of this name.")
        let same = try await consumer.verify(world.folder("at-hand/renamed.whl"), as: wheelPath)
        #expect(same.isVerified)
    }

    @Test("a file that is not there is no verdict")
    func missing() async throws {
        let world = try await World.released()
        let consumer = try world.consumer()
        await #expect(throws: StorageError.self) {
            try await consumer.verify(world.folder("none"), as: nil)
        }
    }
}
