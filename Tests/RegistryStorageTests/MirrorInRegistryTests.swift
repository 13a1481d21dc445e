// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Mirroring
import RegistryStorage
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

extension RealRegistryTests {
    @Suite("Registry: a mirror in it")
    struct MirrorInRegistryTests {
        private func source(_ place: String, _ store: StoreFetcher) -> MirrorSource {
            MirrorSource(
                place: place, metadataURL: store.metadataURL, targetsURL: store.targetsURL,
                fetcher: store)
        }

        @Test("a repository goes into a registry and from there into a folder, byte for byte")
        func throughRegistry() async throws {
            let registry = try DockerRegistry()
            let folder = try TemporaryFolder()
            var repository = RepositorySimulator()
            let pin = MirrorPin.root(repository.bytes(of: .root))
            repository.add("a/one.txt", "the first file")
            repository.delegate(SimulatedDelegation("team", ["b/*"]))
            repository.add(
                "b/two.txt", String(repeating: "second ", count: 5000), in: RoleName("team"))
            repository.publishAll()
            let origin = MirrorSource(
                place: "https://repository.test", metadataURL: SimulatedServer.url,
                targetsURL: SimulatedServer.url + "targets/", fetcher: repository.server)
            var options = MirrorOptions()
            options.isOnlyWriter = true
            let store = try RegistryFixture.store(registry.url())
            let into = MirrorSync(origin, into: store, options: options, now: .testTime)
            #expect(try await into.run(pin).kind == .published)
            _ = repository.server.takeRequests()
            #expect(try await into.run(pin).kind == .unchanged)
            #expect(repository.server.takeRequests() == ["timestamp.json"])

            let check = try await MirrorCheck(
                store, sources: [origin], options: options, now: .testTime
            )
            .run()
            #expect(check.isSound && check.files == 2 && check.foreignCount == 0)

            let out = try await MirrorSync(
                source(store.place, StoreFetcher(store)), into: DirectoryStore(folder("mirror")),
                now: .testTime
            ).run(pin)
            #expect(out.kind == .published && out.progress.received == 2)
            for (name, bytes) in try folder.tree("mirror/metadata") {
                #expect(
                    repository.server[String(name.dropFirst("mirror/metadata/".count))] == bytes)
            }
            let targets = try folder.tree("mirror/targets").filter { !$0.key.hasSuffix("/") }
            #expect(targets.count == 2)
            for (name, bytes) in targets {
                #expect(repository.server[String(name.dropFirst("mirror/".count))] == bytes)
            }
        }

        @Test("into a registry only somebody goes who says to be the only one")
        func onlyWriter() async throws {
            let registry = try DockerRegistry()
            let repository = RepositorySimulator()
            let origin = MirrorSource(
                place: "https://repository.test", metadataURL: SimulatedServer.url,
                targetsURL: SimulatedServer.url + "targets/", fetcher: repository.server)
            let store = try RegistryFixture.store(registry.url())
            await #expect(throws: MirrorError.unconditional(place: store.place)) {
                _ = try await MirrorSync(origin, into: store, now: .testTime)
                    .run(.root(repository.bytes(of: .root)))
            }
            #expect(repository.server.takeRequests().isEmpty)
        }
    }
}
