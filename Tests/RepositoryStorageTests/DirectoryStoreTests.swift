// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import RepositoryStorage
import Synchronization
import TUFClient
import TestKit
import Testing

@Suite("A repository in a folder, as a store")
struct DirectoryStoreTests {
    private let folder: TemporaryFolder
    private let store: DirectoryStore

    init() throws {
        folder = try TemporaryFolder()
        store = DirectoryStore(folder("store"))
    }

    private func bytes(_ text: String) -> StoreContent { .bytes(Array(text.utf8)) }

    private func text(_ name: UTF8Text) async throws -> String? {
        try await store.read(name, maximumBytes: 1 << 20).map {
            String(decoding: $0.bytes, as: UTF8.self)
        }
    }

    /// A file in the staging folder.
    private func staged(_ text: String) async throws -> StoreContent {
        let path = try await store.stagingFolder() + "/staged"
        try FileSystem.write(Array(text.utf8), to: path)
        let digest = DigestAlgorithm.sha256.hexDigest(of: Array(text.utf8))
        return .received(path, length: text.utf8.count, sha256: digest)
    }

    @Test("a file is made once; the second maker is told, and changes nothing")
    func create() async throws {
        #expect(try await store.create("targets/a/b/file", bytes("one")))
        #expect(try await !store.create("targets/a/b/file", bytes("two")))
        #expect(try await text("targets/a/b/file") == "one")
        let entry = try #require(try await store.find("targets/a/b/file"))
        #expect(entry.length == 3)
        #expect(try await store.read("targets/a/b/file", maximumBytes: 3)?.tag == entry.tag)
        #expect(try await store.find("targets/a/b/none") == nil)
        #expect(try await store.find("targets/a/b/file/below") == nil)
    }

    @Test("of many makers of one file one is told that it made it")
    func creators() async throws {
        let made = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask { [store] in
                    try await store.create("targets/file", .bytes(Array("\(number)".utf8)))
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
    }

    @Test("a staged file gets its place, or is gone where the place is taken")
    func received() async throws {
        let first = try await staged("staged")
        #expect(try await store.create("targets/file", first))
        #expect(try await text("targets/file") == "staged")
        let second = try await staged("other")
        #expect(try await !store.create("targets/file", second))
        #expect(try await text("targets/file") == "staged")
        let third = try await staged("third")
        try await store.put("targets/file", third)
        #expect(try await text("targets/file") == "third")
        #expect(try FileSystem.names(in: try await store.stagingFolder()) == [])
    }

    @Test("a local file is copied, unless it changed since it was digested")
    func copied() async throws {
        try folder.write("a file", to: "local")
        let digest = try FileDigest(of: folder("local"))
        #expect(try await store.create("targets/file", .file(digest)))
        #expect(try await text("targets/file") == "a file")
        try folder.write("another", to: "local")
        await #expect(throws: RepositoryStoreError("\(store.place)/targets/new", .changed)) {
            try await store.create("targets/new", .file(digest))
        }
        #expect(try await store.find("targets/new") == nil)
    }

    @Test("a file is replaced only if it is still the one that was read")
    func replace() async throws {
        let name: UTF8Text = "metadata/timestamp.json"
        #expect(try await store.replace(name, with: [1], expecting: nil))
        let tag = try await store.find(name)?.tag
        #expect(try await !store.replace(name, with: [2], expecting: nil))
        #expect(try await store.replace(name, with: [3], expecting: tag))
        #expect(try await !store.replace(name, with: [4], expecting: tag))
        #expect(try await store.read(name, maximumBytes: 1)?.bytes == [3])
    }

    @Test("of many who replace the same file each change is made once, and none is lost")
    func replacers() async throws {
        let name: UTF8Text = "metadata/timestamp.json"
        _ = try await store.create(name, bytes("0"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [store] in
                    while true {
                        let file = try #require(try await store.read(name, maximumBytes: 99))
                        let number = try #require(Int(String(decoding: file.bytes, as: UTF8.self)))
                        let next = Array("\(number + 1)".utf8)
                        if try await store.replace(name, with: next, expecting: file.tag) { return }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await text(name) == "8")
    }

    @Test(
        "names that lead elsewhere or to what is hidden are refused",
        arguments: [
            "", "/etc/passwd", "../file", "targets/../../file", "targets//file", ".carnet.lock",
            "targets/./file", "targets/file\0", "targets/..",
        ] as [UTF8Text])
    func names(name: UTF8Text) async throws {
        await #expect(throws: RepositoryStoreError.self) {
            try await store.create(name, bytes("x"))
        }
        await #expect(throws: RepositoryStoreError.self) { try await store.find(name) }
        await #expect(throws: RepositoryStoreError.self) { try await store.remove([name]) }
        #expect(!FileSystem.exists(folder("store")))
    }

    @Test("a symbolic link in the place of a file is neither read nor written through")
    func links() async throws {
        try folder.write("a secret", to: "secret")
        _ = try await store.create("targets/file", bytes("x"))
        #expect(symlink(folder("secret"), folder("store/targets/link")) == 0)
        await #expect(throws: RepositoryStoreError.self) {
            try await store.read("targets/link", maximumBytes: 99)
        }
        await #expect(throws: RepositoryStoreError.self) { try await store.find("targets/link") }
        await #expect(throws: RepositoryStoreError.self) {
            try await store.put("targets/link", bytes("y"))
        }
        #expect(try await !store.create("targets/link", bytes("y")))
        #expect(try folder.text("secret") == "a secret")
    }

    @Test("a longer file than allowed is refused before it is read")
    func bounds() async throws {
        _ = try await store.create("targets/file", bytes("12345"))
        await #expect(throws: RepositoryStoreError.self) {
            try await store.read("targets/file", maximumBytes: 4)
        }
        let sink = CollectingSink()
        await #expect(throws: RepositoryStoreError.self) {
            _ = try await store.stream("targets/file", from: 0, maximumBytes: 4, into: sink)
        }
        #expect(sink.bytes.isEmpty)
    }

    @Test("a file is streamed from any place of it")
    func streamed() async throws {
        let content = (0..<600_000).map { UInt8($0 % 251) }
        _ = try await store.create("targets/file", .bytes(content))
        let sink = CollectingSink()
        #expect(
            try await store.stream(
                "targets/file", from: 300_000, maximumBytes: content.count, into: sink))
        #expect(sink.bytes == Array(content[300_000...]))
        #expect(
            try await !store.stream("targets/no", from: 0, maximumBytes: 9, into: CollectingSink()))
    }

    @Test("a listing has what begins with a prefix, and nothing hidden")
    func listing() async throws {
        for name in [
            "metadata/1.root.json", "metadata/timestamp.json", "targets/a/x", "targets/ab",
        ]
            as [UTF8Text]
        {
            _ = try await store.create(name, bytes(name.string))
        }
        _ = try await staged("hidden")
        func names(_ prefix: UTF8Text) async throws -> [UTF8Text] {
            let found = Found()
            try await store.list(prefix) { entries in
                found.add(entries.map(\.name))
                return true
            }
            return found.names.sorted()
        }
        #expect(
            try await names("metadata/") == ["metadata/1.root.json", "metadata/timestamp.json"])
        #expect(try await names("targets/a") == ["targets/a/x", "targets/ab"])
        #expect(try await names("targets/a/") == ["targets/a/x"])
        #expect(try await names("").count == 4)
        #expect(try await names("nothing/") == [])
    }

    @Test("with the last file its folders go, and come again with the next")
    func removal() async throws {
        _ = try await store.create("targets/a/b/file", bytes("x"))
        try await store.remove(["targets/a/b/file", "targets/none"])
        #expect(!FileSystem.exists(folder("store/targets/a")))
        #expect(try await store.create("targets/a/b/file", bytes("y")))
        try await store.synchronize()
    }

    @Test("a client reads a repository in a store, whatever its place is called")
    func fetched() async throws {
        _ = try await store.create("metadata/a%2Fb.json", bytes("a role"))
        _ = try await store.create("targets/a b/ä", bytes("a file"))
        let fetcher = StoreFetcher(store)
        func fetch(_ url: String) async throws -> String {
            String(decoding: try await fetcher.fetch(url, maximumBytes: 99), as: UTF8.self)
        }
        #expect(try await fetch(fetcher.metadataURL + "a%2Fb.json") == "a role")
        #expect(try await fetch(fetcher.targetsURL + "a%20b/%C3%A4") == "a file")
        let missing = fetcher.metadataURL + "none.json"
        await #expect(throws: FetchError(url: missing, reason: .notFound)) {
            try await fetch(missing)
        }
    }
}

private final class Found: Sendable {
    private let found = Mutex<[UTF8Text]>([])

    var names: [UTF8Text] { found.withLock { $0 } }

    func add(_ names: [UTF8Text]) { found.withLock { $0 += names } }
}

private final class CollectingSink: FetchSink {
    private let received = Mutex<[UInt8]>([])

    var bytes: [UInt8] { received.withLock { $0 } }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        received.withLock { $0 += chunk }
        return true
    }
}
