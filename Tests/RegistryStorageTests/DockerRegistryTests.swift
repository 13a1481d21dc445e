// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import HTTPTransport
import MetadataSigning
import RegistryStorage
import RepositoryStorage
import Synchronization
import TUFClient
import TestKit
import Testing

extension RealRegistryTests {
    @Suite("Registry: a real docker-registry")
    struct DockerRegistryTests {
        private let registry: DockerRegistry

        init() throws { registry = try DockerRegistry() }

        private static let digest = String(repeating: "0123456789abcdef", count: 4)
        private static let names = [
            "metadata/timestamp.json", "metadata/4.snapshot.json", "metadata/2.my_role.json",
            "metadata/2.a%2Fb.json", "metadata/sha256-\(digest)", "carnet-mirror.json",
            "targets/demo/1.0/\(digest).demo_pkg-1.0-py3-none-any.whl", "targets/ä ~+",
            "targets/in-toto-metadata/\(digest)/\(digest).package.0fece4bf.link",
            "targets/" + String(repeating: "long/", count: 40) + "file", "targets/empty",
        ].map { UTF8Text($0) }

        private func content(_ place: Int) -> [UInt8] {
            place == DockerRegistryTests.names.count - 1
                ? [] : RegistryFixture.noise(place * place * 1000 + 1, seed: UInt64(place + 1))
        }

        @Test("files of every kind of name and length come back as they were, and are listed")
        func roundTrip() async throws {
            let store = try RegistryFixture.store(registry.url("team/demo"))
            let names = DockerRegistryTests.names
            for (place, name) in names.enumerated() {
                #expect(try await store.find(name) == nil)
                #expect(try await store.create(name, .bytes(content(place))))
            }
            var lengths: [UTF8Text: Int] = [:]
            try await store.list("") { entries in
                for entry in entries {
                    #expect(entry.seconds == RegistryFixture.now.seconds)
                    #expect(lengths.updateValue(entry.length, forKey: entry.name) == nil)
                }
                return true
            }
            #expect(lengths.count == names.count)
            let again = try RegistryFixture.store(registry.url("team/demo"))
            for (place, name) in names.enumerated() {
                let bytes = content(place)
                let file = try await again.read(name, maximumBytes: bytes.count)
                #expect(file?.bytes == bytes)
                #expect(lengths[name] == bytes.count)
                let found = try await again.find(name)
                #expect(found?.length == bytes.count && found?.tag == file?.tag)
                let sink = CollectingSink()
                #expect(try await again.stream(name, from: 0, maximumBytes: 1 << 20, into: sink))
                #expect(sink.bytes == bytes)
            }
            var listed: Set<UTF8Text> = []
            try await again.names("targets/") {
                listed.formUnion($0)
                return true
            }
            #expect(listed == Set(names.filter { $0.string.hasPrefix("targets/") }))
        }

        @Test("a file is made once: the same bytes again are a success, others leave it as it is")
        func createOnce() async throws {
            let store = try RegistryFixture.store(registry.url())
            #expect(try await store.create("metadata/1.root.json", .bytes([1, 2, 3])))
            #expect(try await store.create("metadata/1.root.json", .bytes([1, 2, 3])))
            #expect(try await !store.create("metadata/1.root.json", .bytes([1, 2, 4])))
            #expect(
                try await store.read("metadata/1.root.json", maximumBytes: 3)?.bytes == [1, 2, 3])
            await #expect(throws: RepositoryStoreError.self) {
                _ = try await store.read("metadata/1.root.json", maximumBytes: 2)
            }
            #expect(!store.guarantees.isConditional)
        }

        @Test("the timestamp is replaced only as long as it is the one that was read")
        func replaceTimestamp() async throws {
            let store = try RegistryFixture.store(registry.url())
            let name: UTF8Text = "metadata/timestamp.json"
            #expect(try await store.replace(name, with: [1], expecting: nil))
            let first = try #require(try await store.read(name, maximumBytes: 10))
            #expect(try await !store.replace(name, with: [2], expecting: nil))
            #expect(try await store.replace(name, with: [2], expecting: first.tag))
            #expect(try await !store.replace(name, with: [3], expecting: first.tag))
            #expect(try await store.read(name, maximumBytes: 10)?.bytes == [2])
            try await store.put(name, .bytes([4]))
            #expect(try await store.read(name, maximumBytes: 10)?.bytes == [4])
        }

        @Test("a file is streamed from any byte on, and nothing is asked for beyond its end")
        func ranges() async throws {
            let store = try RegistryFixture.store(registry.url())
            let bytes = RegistryFixture.noise(300_000)
            #expect(try await store.create("targets/x", .bytes(bytes)))
            for offset in [1, 8192, 299_999, 300_000] {
                let sink = CollectingSink()
                #expect(
                    try await store.stream(
                        "targets/x", from: offset, maximumBytes: 300_000, into: sink))
                #expect(sink.bytes == Array(bytes[offset...]))
            }
            #expect(
                try await !store.stream(
                    "targets/y", from: 0, maximumBytes: 1, into: CollectingSink()))
            await #expect(
                throws: RepositoryStoreError("\(registry.url())/targets/x", .sinkRefused)
            ) {
                _ = try await store.stream(
                    "targets/x", from: 0, maximumBytes: 300_000, into: CollectingSink(most: 1000))
            }
            await #expect(
                throws: RepositoryStoreError(
                    "\(registry.url())/targets/x", .tooLarge(maximumBytes: 299_999))
            ) {
                _ = try await store.stream(
                    "targets/x", from: 0, maximumBytes: 299_999, into: CollectingSink())
            }
        }

        @Test("64 MiB go both ways in memory that does not grow with them")
        func largeFile() async throws {
            let folder = try TemporaryFolder()
            let store = try RegistryFixture.store(registry.url())
            let staged = try await store.stagingFolder() + "/large"
            try writeNoise(to: staged, megabytes: 64)
            let digest = try FileDigest(of: staged)
            let before = residentBytes()
            let peak = PeakMemory()
            #expect(
                try await store.create(
                    "targets/large",
                    .received(staged, length: digest.length, sha256: digest.sha256)))
            let sink = HashingSink()
            #expect(
                try await store.stream("targets/large", from: 0, maximumBytes: 1 << 30, into: sink))
            let grown = peak.stop() - before
            #expect(sink.digest == digest.sha256 && sink.count == 64 << 20)
            #expect(!FileSystem.exists(staged), "a staged file is taken away")
            #expect(grown < 24 << 20, "\(grown >> 20) MiB")
            print("64 MiB to and from docker-registry: memory grew by \(grown >> 10) KiB")
            withExtendedLifetime(folder) {}
        }

        @Test("what was removed is gone, with its evidence, and others with the same bytes stay")
        func removal() async throws {
            let store = try RegistryFixture.store(registry.url())
            for name in ["targets/a", "targets/b", "targets/in-toto-metadata/l"] as [UTF8Text] {
                #expect(try await store.create(name, .bytes([7])))
            }
            try await store.attach(["targets/in-toto-metadata/l"], to: "targets/a")
            try await store.remove(["targets/a", "targets/none"])
            #expect(try await store.find("targets/a") == nil)
            #expect(try await store.read("targets/b", maximumBytes: 1)?.bytes == [7])
            let tags = try RegistryFixture.output(
                of: "curl", "-s", registry.httpURL("/v2/demo/tags/list"))
            #expect(!tags.contains("_r") && !tags.contains("sha256-"))
            #expect(try await store.create("targets/a", .bytes([8])))
            #expect(try await store.read("targets/a", maximumBytes: 1)?.bytes == [8])
        }

        @Test("3,000 files are listed by their names at once, and the entries of a part of them")
        func manyFiles() async throws {
            let store = try RegistryFixture.store(registry.url())
            let all = 0..<3000
            let made = 100
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<made {
                    if number >= 16 { _ = try await group.next() }
                    group.addTask {
                        try await store.create(poolName(number), .bytes(Array("\(number)".utf8)))
                    }
                }
                for try await isMade in group { #expect(isMade) }
            }
            // docker-registry takes 12 ms of CPU time for each.
            for number in made..<3000 {
                let tag = try #require(FileTag(poolName(number))).text
                let bytes = Array("\(number)".utf8)
                let manifest = FileManifest(
                    poolName(number), ContentDigest(of: bytes), length: bytes.count, data: bytes,
                    made: RegistryFixture.now
                ).bytes
                let digest = ContentDigest(of: manifest).hex
                // Of the others nothing but the tag is looked at.
                if number % 7 == 3 {
                    try registry.seed("demo", tag: tag, manifest: manifest, digest: digest)
                } else {
                    try registry.seed("demo", tag: tag, digest: digest)
                }
            }
            var names: Set<UTF8Text> = []
            let clock = ContinuousClock()
            let byName = try await clock.measure {
                try await store.names("targets/pool/") {
                    names.formUnion($0)
                    return true
                }
            }
            var listed: [UTF8Text: Int] = [:]
            let byEntry = try await clock.measure {
                try await store.list("targets/pool/3/") { entries in
                    for entry in entries { listed[entry.name] = entry.length }
                    return true
                }
            }
            #expect(names == Set(all.map(poolName)))
            let third = stride(from: 3, to: 3000, by: 7)
            #expect(Set(listed.keys) == Set(third.map(poolName)))
            #expect(listed[poolName(3)] == 1 && listed[poolName(2999)] == 4)
            print(
                "docker-registry: 3,000 names in \(byName), \(listed.count) entries in \(byEntry)")
            #expect(
                try await store.read(poolName(2999), maximumBytes: 9)?.bytes == Array("2999".utf8))
            var portions = 0
            try await store.list("targets/pool/3/") { _ in
                portions += 1
                return false
            }
            #expect(portions == 1)
        }
    }
}

private func poolName(_ number: Int) -> UTF8Text {
    UTF8Text("targets/pool/\(number % 7)/file-\(number).bin")
}

private func writeNoise(to path: String, megabytes: Int) throws {
    let file = try #require(fopen(path, "w"))
    defer { fclose(file) }
    for number in 0..<megabytes {
        let piece = RegistryFixture.noise(1 << 20, seed: UInt64(number + 1))
        #expect(fwrite(piece, 1, piece.count, file) == piece.count)
    }
}
