// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import RegistryStorage
import RepositoryStorage
import TestKit
import Testing

extension RealRegistryTests {
    @Suite("Registry: referrers, without a referrers API")
    struct ReferrersTests {
        private let registry: DockerRegistry

        init() throws { registry = try DockerRegistry() }

        private func curl(_ path: String) throws -> String {
            // curl alone, as somebody else would ask.
            try RegistryFixture.output(
                of: "curl", "-sS", "-H", "Accept: \(MediaType.manifest), \(MediaType.index)",
                registry.httpURL("/v2/demo\(path)"))
        }

        @Test("later roots are listed under the first one, in the index under the referrers tag")
        func roots() async throws {
            let store = try RegistryFixture.store(registry.url())
            for version in 1...3 {
                let name = UTF8Text("metadata/\(version).root.json")
                #expect(try await store.create(name, .bytes([UInt8(version)])))
                #expect(try await store.create(name, .bytes([UInt8(version)])))
            }
            let first = ContentDigest(of: Array(try curl("/manifests/1.root.json").utf8))
            let index = try ReferrersIndex(Array(try curl("/manifests/sha256-\(first.hex)").utf8))
            let later = try [2, 3].map {
                ContentDigest(of: Array(try curl("/manifests/\($0).root.json").utf8))
            }
            #expect(index.digests == later)
            #expect(try await store.referrers(of: "metadata/1.root.json") == later)
            #expect(try await store.referrers(of: "metadata/2.root.json").isEmpty)
            #expect(try await store.referrers(of: "metadata/9.root.json").isEmpty)
        }

        @Test("the evidence about a file is one manifest with the file's as its subject")
        func evidence() async throws {
            let store = try RegistryFixture.store(registry.url())
            let links: [UTF8Text] = [
                "targets/in-toto-metadata/a.layout", "targets/in-toto-metadata/b.link",
            ]
            for name in ["targets/demo.whl"] + links {
                #expect(try await store.create(name, .bytes(Array(name.utf8))))
            }
            try await store.attach(links, to: "targets/demo.whl")
            try await store.attach(links, to: "targets/demo.whl")
            let found = try await store.referrers(of: "targets/demo.whl")
            #expect(found.count == 1)
            let manifest = try FileManifest(
                Array(try curl("/manifests/\(try #require(found.first))").utf8))
            #expect(manifest.artifactType == UTF8Text(MediaType.evidence))
            let file = Array(try curl("/manifests/targets_-demo.whl").utf8)
            #expect(manifest.subject?.digest == ContentDigest(of: file))
            #expect(
                manifest.layers.map(\.digest) == links.map { ContentDigest(of: Array($0.utf8)) })
            // Other evidence takes its place.
            try await store.attach([links[1]], to: "targets/demo.whl")
            let other = try await store.referrers(of: "targets/demo.whl")
            #expect(other.count == 1 && other != found)
            var names: Set<UTF8Text> = []
            try await store.names("") {
                names.formUnion($0)
                return true
            }
            #expect(names == Set(["targets/demo.whl"] + links))
            await #expect(throws: RepositoryStoreError.self) {
                try await store.attach(["targets/none"], to: "targets/demo.whl")
            }
        }

        @Test("an index that names what others removed is put in order with the next change")
        func staleIndex() async throws {
            let store = try RegistryFixture.store(registry.url())
            for version in 1...2 {
                #expect(
                    try await store.create(
                        UTF8Text("metadata/\(version).root.json"), .bytes([UInt8(version)])))
            }
            let second = ContentDigest(of: Array(try curl("/manifests/2.root.json").utf8))
            _ = try RegistryFixture.output(
                of: "curl", "-sS", "-X", "DELETE", registry.httpURL("/v2/demo/manifests/\(second)"))
            #expect(try await store.referrers(of: "metadata/1.root.json") == [second])
            #expect(try await store.create("metadata/3.root.json", .bytes([3])))
            let third = ContentDigest(of: Array(try curl("/manifests/3.root.json").utf8))
            #expect(try await store.referrers(of: "metadata/1.root.json") == [third])
        }

        @Test("skopeo finds and reads what was written, knowing nothing of it")
        func skopeo() async throws {
            let store = try RegistryFixture.store(registry.url())
            let folder = try TemporaryFolder()
            let bytes = RegistryFixture.noise(50_000)
            #expect(try await store.create("targets/demo/demo.whl", .bytes(bytes)))
            #expect(
                try await store.replace("metadata/timestamp.json", with: [1, 2], expecting: nil))
            let place = "docker://\(registry.host)/demo"
            let tags = try RegistryFixture.output(
                of: "skopeo", "list-tags", "--tls-verify=false", place)
            #expect(
                tags.contains("\"timestamp.json\"") && tags.contains("\"targets_-demo_-demo.whl\""))
            let raw = try RegistryFixture.output(
                of: "skopeo", "inspect", "--raw", "--tls-verify=false",
                "\(place):targets_-demo_-demo.whl")
            let file = try FileManifest(Array(raw.utf8)).file("targets/demo/demo.whl")
            #expect(file.digest == ContentDigest(of: bytes) && file.size == bytes.count)
            _ = try RegistryFixture.output(
                of: "skopeo", "copy", "--src-tls-verify=false", "\(place):targets_-demo_-demo.whl",
                "dir:\(folder("out"))")
            #expect(try FileSystem.read(folder("out/\(file.digest.hex)")) == bytes)
        }
    }
}
