// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import Synchronization
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("A download that broke: kept, gone on with, and trusted for nothing")
struct BrokenDownloadTests {
    private static let content = String(repeating: "0123456789abcdef", count: 200_000)
    private static let file = path("large.bin")

    /// What the client told on the way.
    private final class Heard: Sendable {
        let notices = Mutex<[String]>([])
        let seen = Mutex<[DownloadProgress]>([])
    }

    /// A client whose server breaks off.
    private final class Scene {
        let folder: TemporaryFolder
        var simulator = RepositorySimulator()
        let repository: TrustedRepository
        let heard = Heard()

        init() throws {
            folder = try TemporaryFolder()
            simulator.add("large.bin", content)
            simulator.publish(.targets)
            repository = try TrustedRepository(
                name: "demo",
                mirrors: [
                    .init(
                        metadataURL: SimulatedServer.url,
                        targetsURL: SimulatedServer.url + "targets/")
                ], home: folder("home"))
            _ = try repository.trust(root: simulator.bytes(of: .root))
            try FileSystem.makeDirectory(folder("out"))
        }

        var server: SimulatedServer { simulator.server }
        var target: String {
            let digest = DigestAlgorithm.sha256.hexDigest(of: Array(content.utf8))
            return "targets/\(digest).large.bin"
        }

        func get() async throws -> Verdict {
            var options = ConsumerOptions()
            options.repositoryOnly = true
            options.notice = { [heard] notice in heard.notices.withLock { $0.append("\(notice)") } }
            options.progress = { [heard] progress in heard.seen.withLock { $0.append(progress) } }
            let consumer = Consumer(repository, server, options: options, now: .testTime)
            return try await consumer.get(file, to: folder("out/large.bin"))
        }

        func files() throws -> [String: [UInt8]] { try folder.tree("out") }
    }

    @Test("the same command goes on where it stopped, and nothing stays of the broken one")
    func resumes() async throws {
        let scene = try Scene()
        scene.server.breakOff(scene.target, after: 2_000_000, .truncated)
        let broken = try await scene.get()
        #expect(broken.refusal?.code == "E-UNREACHABLE" && broken.exitCode == 5)
        let kept = try scene.files()
        #expect(kept.count == 1 && kept.keys.first?.hasPrefix("out/.large.bin.") == true)
        #expect(kept.values.first?.count == 2_000_000)
        #expect(
            scene.heard.notices.withLock { $0 } == [
                "2000000 bytes of large.bin are kept; the same command goes on from there"
            ])
        scene.server.breakOff(scene.target, after: Int.max, .truncated)
        _ = scene.server.takeRequests()
        scene.heard.seen.withLock { $0 = [] }
        let whole = try await scene.get()
        #expect(whole.isVerified)
        #expect(scene.server.takeRequests().last == "\(scene.target)@2000000")
        #expect(try scene.files() == ["out/large.bin": Array(Self.content.utf8)])
        let seen = scene.heard.seen.withLock { $0 }
        #expect(seen.first?.resumed == 2_000_000 && seen.first?.received == 2_001_000)
        #expect(seen.last?.received == Self.content.utf8.count)
    }

    @Test("a kept part that somebody changed costs a second download, and no more")
    func tamperedPart() async throws {
        let scene = try Scene()
        scene.server.breakOff(scene.target, after: 2_000_000, .truncated)
        _ = try await scene.get()
        let name = try #require(try scene.files().keys.first)
        var bytes = try #require(try FileSystem.read(scene.folder(name)))
        bytes[1000] ^= 1
        try FileSystem.write(bytes, to: scene.folder(name), mode: 0o600)
        scene.server.breakOff(scene.target, after: Int.max, .truncated)
        let whole = try await scene.get()
        #expect(whole.isVerified)
        #expect(try scene.files() == ["out/large.bin": Array(Self.content.utf8)])
    }

    @Test("a file that is refused leaves nothing, however much of it came")
    func refused() async throws {
        let scene = try Scene()
        var wrong = Array(Self.content.utf8)
        wrong[3_000_000] ^= 1
        scene.server[scene.target] = wrong
        let verdict = try await scene.get()
        #expect(verdict.refusal?.code == "E-BYTES")
        #expect(try scene.files().isEmpty)
        #expect(scene.heard.notices.withLock { $0 }.isEmpty)
    }

    @Test("little is not worth keeping")
    func little() async throws {
        let scene = try Scene()
        scene.server.breakOff(scene.target, after: 100_000, .truncated)
        _ = try await scene.get()
        #expect(try scene.files().isEmpty)
    }
}
