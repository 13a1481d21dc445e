// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import MetadataSigning
import Mirroring
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("A mirror of what a real nginx serves", .serialized)
struct NginxTests {
    /// A repository of so many files of 1 KiB, as files that nginx serves.
    private func served(_ count: Int) async throws -> (MirrorScene, Nginx) {
        var scene = try MirrorScene()
        for number in 0..<count {
            scene.repository.add(
                UTF8Text("many/\(number)"), String(repeating: "\(number % 10)", count: 1024))
        }
        scene.repository.publish(.targets)
        try write(scene)
        return (scene, try await Nginx(serving: "served", in: scene.folder))
    }

    private func write(_ scene: MirrorScene) throws {
        for name in scene.repository.server.names {
            let path = scene.folder("served/\(name)")
            try FileSystem.makeDirectory(FileSystem.parent(of: path))
            try FileSystem.write(scene.repository.server[name] ?? [], to: path)
        }
    }

    private func sync(
        _ scene: MirrorScene, from url: String, connections: Int = 16
    ) async throws -> SyncOutcome {
        var limits = TransportLimits()
        limits.parallelTransfers = connections
        let source = MirrorSource(
            place: url, metadataURL: url, targetsURL: url + "targets/",
            fetcher: HTTPTransport(version: "test", limits: limits))
        var options = scene.options
        options.connections = connections
        return try await MirrorSync(source, into: scene.store, options: options, now: scene.now)
            .run(.root(scene.pin))
    }

    @Test("all of it arrives, and what is new after it")
    func mirrored() async throws {
        var (scene, nginx) = try await served(300)
        #expect(try await sync(scene, from: nginx.url).progress.received == 300)
        #expect(try await scene.client().count == 300)
        #expect(try await sync(scene, from: nginx.url).kind == .unchanged)
        scene.repository.add("many/new", "new")
        scene.repository.publish(.targets)
        try write(scene)
        #expect(try await sync(scene, from: nginx.url).progress.received == 1)
        #expect(try await scene.client()["many/new"] == "new")
    }

    /// How much faster that is, is said and not asserted: the machine may have other work.
    @Test("where each request takes 50 ms, as many are under way at a time as is allowed")
    func latency() async throws {
        let (scene, nginx) = try await served(480)
        let proxy = try DelayingProxy(to: nginx.port, roundTrip: 50)
        defer { proxy.stop() }
        let clock = ContinuousClock()
        let begun = clock.now
        let outcome = try await sync(scene, from: proxy.url("/"), connections: 16)
        let time = clock.now - begun
        #expect(outcome.kind == .published)
        // One request after the other cannot take less.
        let sequential = Duration.milliseconds(50 * (480 + 5))
        print("480 files at 50 ms: \(time), one after the other at least \(sequential)")
        #expect((12...17).contains(proxy.mostAtOnce), "\(proxy.mostAtOnce)")
        #expect(try await scene.client().count == 480)
    }
}
