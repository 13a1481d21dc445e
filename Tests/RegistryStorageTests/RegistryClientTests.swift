// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RegistryStorage
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

extension RealRegistryTests {
    @Suite("Registry: a client of the repository in it")
    struct RegistryClientTests {
        private let registry: DockerRegistry

        init() throws { registry = try DockerRegistry() }

        /// Puts all files of a server there, those that are there already left out, the timestamp
        /// last.
        private func copy(_ server: SimulatedServer, to store: RegistryStore) async throws {
            for name in server.names where name != "timestamp.json" {
                let place = name.hasPrefix("targets/") ? name : "metadata/\(name)"
                #expect(
                    try await store.create(UTF8Text(place), .bytes(server[name] ?? [])))
            }
            let timestamp: UTF8Text = "metadata/timestamp.json"
            let there = try await store.find(timestamp)?.tag
            #expect(
                try await store.replace(
                    timestamp, with: server["timestamp.json"] ?? [], expecting: there))
        }

        private func contents(
            _ store: RegistryStore, _ trusted: MemoryTrustedStore
        ) async throws -> [String: String] {
            let fetcher = StoreFetcher(store)
            let updater = Updater(
                metadataURL: fetcher.metadataURL, fetcher: fetcher, store: trusted, now: .testTime)
            let state = try await updater.refresh()
            let download = TargetDownload(
                targetsURL: fetcher.targetsURL, fetcher: fetcher,
                consistent: state.root.document.consistentSnapshot)
            var contents: [String: String] = [:]
            for target in try await TargetSearch(state, updater).all() {
                let bytes = try await download.bytes(of: target.file, maximumBytes: 1 << 20)
                contents[target.file.path.string] = String(decoding: bytes, as: UTF8.self)
            }
            return contents
        }

        @Test(
            "it finds and verifies everything, before and after a release, from the first root on")
        func verified() async throws {
            var repository = RepositorySimulator()
            let trusted = MemoryTrustedStore(root: repository.bytes(of: .root))
            let store = try RegistryFixture.store(registry.url())
            let team = RoleName("team")
            repository.add("a/one.txt", "the first file")
            repository.delegate(SimulatedDelegation("team", ["b/*"]))
            repository.add("b/two.txt", String(repeating: "second ", count: 5000), in: team)
            repository.publishAll()
            try await copy(repository.server, to: store)
            #expect(try await contents(store, trusted).keys.sorted() == ["a/one.txt", "b/two.txt"])
            repository.add("a/three.txt", "the third file")
            repository.publishAll()
            try await copy(repository.server, to: store)
            let all = try await contents(RegistryFixture.store(registry.url()), trusted)
            #expect(all.keys.sorted() == ["a/one.txt", "a/three.txt", "b/two.txt"])
            #expect(all["a/three.txt"] == "the third file")
        }
    }
}
