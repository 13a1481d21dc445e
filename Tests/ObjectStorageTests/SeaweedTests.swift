// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import HTTPTransport
import MetadataSigning
import ObjectStorage
import RepositoryStorage
import Synchronization
import TUFClient
import TestKit
import Testing

/// All suites with a real SeaweedFS, one after the other: it takes the machine's memory and pace.
@Suite("SeaweedFS", .serialized)
enum SeaweedSuites {
    @Suite("One process", .oneSeaweedFS)
    struct SeaweedTests {
        private let seaweed: SeaweedFS

        /// One for all tests of the suite, each of which has a bucket of its own.
        init() throws { seaweed = try #require(OneSeaweedFS.current) }

        private func store(
            _ bucket: String = #function, transport: HTTPTransport = S3.transport()
        ) throws -> S3Store {
            let bucket = "test-" + bucket.filter { $0.isLetter }.lowercased()
            try seaweed.makeBucket(bucket)
            return try S3.store(
                seaweed.endpoint(), "s3://\(bucket)/some where/é+%2F", transport: transport)
        }

        @Test("conditions hold: a probe says so, and leaves nothing")
        func probe() async throws {
            let store = try store()
            #expect(try await store.probe().isConditional)
            var names: [UTF8Text] = []
            try await store.list("") { (entries) async throws(RepositoryStoreError) in
                names += entries.map(\.name)
                return true
            }
            #expect(names.isEmpty)
        }

        @Test("a file is made once, found, read, replaced by who has read it, put, removed")
        func files() async throws {
            let store = try store()
            let name: UTF8Text = "metadata/timestamp.json"
            #expect(try await store.find(name) == nil)
            #expect(try await store.read(name, maximumBytes: 10) == nil)
            #expect(try await store.create(name, .bytes([1, 2])))
            #expect(try await store.create(name, .bytes([1, 2])) == false)
            let read = try #require(try await store.read(name, maximumBytes: 2))
            let found = try #require(try await store.find(name))
            #expect(read.bytes == [1, 2] && found.length == 2 && found.tag == read.tag)
            #expect(try await store.replace(name, with: [3], expecting: read.tag))
            #expect(try await store.replace(name, with: [4], expecting: read.tag) == false)
            #expect(try await store.replace(name, with: [4], expecting: nil) == false)
            #expect(try await store.replace("metadata/x", with: [4], expecting: read.tag) == false)
            #expect(try await store.replace("metadata/x", with: [4], expecting: nil))
            try await store.put(name, .bytes([]))
            #expect(try await store.read(name, maximumBytes: 0)?.bytes == [])
            #expect(
                await S3.reason { _ = try await store.read("metadata/x", maximumBytes: 0) }
                    == .tooLarge(maximumBytes: 0))
            try await store.remove([name, "metadata/none"])
            #expect(try await store.find(name) == nil)
        }

        @Test("names of all bytes that a target's path may have come back as they were")
        func names() async throws {
            let store = try store()
            let names: [UTF8Text] = [
                "targets/a b+c%d?e#f&g=h;i@j:k,l$m!n~o*p'q(r)s[t]", "targets/日本/é",
                "targets/%2F%41",
                "targets/a\"b<c>d|e{f}^`", "targets/ lead and trail ", "targets/e\u{301}",
                "targets/...", "targets/+", "targets/a%20b", "targets/\u{1F600}",
            ]
            for name in names {
                #expect(try await store.create(name, .bytes(Array(name.utf8))))
            }
            for name in names {
                let read = try await store.read(name, maximumBytes: 1000)
                #expect(read?.bytes == Array(name.utf8))
            }
            var listed: Set<UTF8Text> = []
            try await store.list("targets/") { (entries) async throws(RepositoryStoreError) in
                listed.formUnion(entries.map(\.name))
                #expect(entries.allSatisfy { $0.length == $0.name.count })
                #expect(entries.allSatisfy { abs($0.seconds - time(nil)) < 600 })
                return true
            }
            #expect(listed == Set(names))
            try await store.remove(names)
            for name in names { #expect(try await store.find(name) == nil) }
        }

        @Test("more than a thousand files are listed in pages, and removed")
        func listing() async throws {
            let store = try store()
            let names = (0..<2100).map { UTF8Text("targets/\($0 % 7)/file \($0)") }
            await withTaskGroup(of: Void.self) { group in
                for part in 0..<16 {
                    group.addTask {
                        for number in stride(from: part, to: names.count, by: 16) {
                            do {
                                #expect(try await store.create(names[number], .bytes([1])))
                            } catch {
                                Issue.record("\(error)")
                            }
                        }
                    }
                }
            }
            var pages: [Int] = []
            var listed: Set<UTF8Text> = []
            try await store.list("") { (entries) async throws(RepositoryStoreError) in
                pages.append(entries.count)
                listed.formUnion(entries.map(\.name))
                return true
            }
            #expect(listed == Set(names))
            #expect(pages == [1000, 1000, 100])
            var first = 0
            try await store.list("targets/3/") { (entries) async throws(RepositoryStoreError) in
                first += entries.count
                return false
            }
            #expect(first == 300)
            try await store.remove(names)
            var isEmpty = true
            try await store.list("") { (_) async throws(RepositoryStoreError) in
                isEmpty = false
                return true
            }
            #expect(isEmpty)
        }

        @Test("a file of 100 MiB goes up in parts, from a folder, and comes back from any offset")
        func multipart() async throws {
            let folder = try TemporaryFolder()
            let store = try store()
            let length = 100 << 20
            let path = try Self.write(length, to: folder("long"))
            let file = try FileDigest(of: path)
            let name = UTF8Text("targets/\(file.sha256).long")
            #expect(try await store.create(name, .file(file)))
            #expect(try await store.find(name)?.length == length)
            #expect(try await store.create(name, .file(file)) == false)
            let whole = DigestSink()
            #expect(try await store.stream(name, from: 0, maximumBytes: length, into: whole))
            #expect(whole.count == length)
            #expect(whole.sha256 == file.sha256)
            let tail = DigestSink()
            let offset = length - 1000
            #expect(try await store.stream(name, from: offset, maximumBytes: length, into: tail))
            #expect(tail.count == 1000)
            let staged = try await store.stagingFolder() + "/long"
            try #require(rename(path, staged) == 0)
            try await store.put(
                name, .received(staged, length: length, sha256: file.sha256))
            #expect(access(staged, F_OK) != 0)
            let again = DigestSink()
            _ = try await store.stream(name, from: 0, maximumBytes: length, into: again)
            #expect(again.sha256 == file.sha256)
            try await store.remove([name])
        }

        @Test("two that upload the same long name in parts at once: one has made it")
        func multipartRace() async throws {
            let folder = try TemporaryFolder()
            let store = try store()
            let path = try Self.write(65 << 20, to: folder("long"))
            let file = try FileDigest(of: path)
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<2 {
                    group.addTask { try await store.create("targets/long", .file(file)) }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(made == 1)
            try await store.remove(["targets/long"])
        }

        @Test("a file that changes after it was hashed is not made")
        func changed() async throws {
            let folder = try TemporaryFolder()
            try folder.write("first", to: "file")
            let file = try FileDigest(of: folder("file"))
            try folder.write("other", to: "file")
            let past = [timeval(tv_sec: 1000, tv_usec: 0), timeval(tv_sec: 1000, tv_usec: 0)]
            utimes(folder("file"), past)
            let store = try store()
            #expect(
                await S3.reason { _ = try await store.create("targets/a", .file(file)) }
                    == .changed)
            #expect(try await store.find("targets/a") == nil)
        }

        @Test("8 writers at once on one name, 50 times: one makes it, and it is that one's")
        func race() async throws {
            try seaweed.makeBucket("race")
            let stores = try (0..<8).map { _ in
                try S3.store(seaweed.endpoint(), "s3://race", transport: S3.transport())
            }
            var winners: [Int] = []
            for round in 0..<50 {
                let name = UTF8Text("metadata/\(round).snapshot.json")
                let made = try await withThrowingTaskGroup(of: Int?.self) { group in
                    for (number, store) in stores.enumerated() {
                        group.addTask {
                            let bytes = Array("writer \(number)".utf8)
                            return try await store.create(name, .bytes(bytes)) ? number : nil
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
                }
                #expect(made.count == 1)
                winners += made
                let read = try await stores[0].read(name, maximumBytes: 100)
                #expect(read?.bytes == Array("writer \(made.first ?? -1)".utf8))
            }
            print("race: 50 rounds of 8 writers, \(winners.count) winners,", terminator: " ")
            print("\(Set(winners).count) different ones")
        }

        @Test("8 writers add to one file, each 20 times: nobody's addition is lost")
        func additions() async throws {
            try seaweed.makeBucket("additions")
            let stores = try (0..<8).map { _ in
                try S3.store(seaweed.endpoint(), "s3://additions", transport: S3.transport())
            }
            let name: UTF8Text = "metadata/timestamp.json"
            let conflicts = try await withThrowingTaskGroup(of: Int.self) { group in
                for (number, store) in stores.enumerated() {
                    group.addTask {
                        var conflicts = 0
                        var done: UInt8 = 0
                        while done < 20 {
                            let old = try await store.read(name, maximumBytes: 10_000)
                            let new = (old?.bytes ?? []) + [UInt8(number), done]
                            if try await store.replace(name, with: new, expecting: old?.tag) {
                                done += 1
                            } else {
                                conflicts += 1
                            }
                        }
                        return conflicts
                    }
                }
                return try await group.reduce(0, +)
            }
            let bytes = try #require(try await stores[0].read(name, maximumBytes: 10_000)).bytes
            var seen: [UInt8: [UInt8]] = [:]
            for place in stride(from: 0, to: bytes.count, by: 2) {
                seen[bytes[place], default: []].append(bytes[place + 1])
            }
            #expect(seen.count == 8)
            #expect(seen.values.allSatisfy { $0 == (0..<20).map { UInt8($0) } })
            print("additions: 160 of 160 kept, \(conflicts) conflicts")
        }

        @Test("anybody may read what is public, by any web client, and nobody may write to it")
        func anonymous() async throws {
            let store = try store("public")
            #expect(try await store.create("metadata/1.root.json", .bytes([0x31])))
            let place = "/test-public/some%20where/%C3%A9%2B%252F/metadata/1.root.json"
            let bytes = try await S3.transport().fetch(seaweed.endpoint() + place, maximumBytes: 9)
            #expect(bytes == [0x31])
            let nobody = try S3.store(
                seaweed.endpoint(), "s3://test-public/some where/é+%2F", isAnonymous: true)
            let read = try await nobody.read("metadata/1.root.json", maximumBytes: 9)
            #expect(read?.bytes == [0x31])
            let reason = await S3.reason { _ = try await nobody.create("x", .bytes([])) }
            guard case .denied(let words) = reason else {
                Issue.record("\(String(describing: reason))")
                return
            }
            #expect(words.hasPrefix("AccessDenied, "))
            #expect(words.hasSuffix("; no credentials are set"))
        }

        @Test("wrong credentials are told in one line without the secret")
        func denied() async throws {
            for (key, secret, code) in [
                ("NOBODY", "S", "InvalidAccessKeyId"),
                (SeaweedFS.accessKey, "WRONGSECRET", "SignatureDoesNotMatch"),
            ] {
                let settings = S3Settings(
                    endpoint: S3Endpoint(seaweed.endpoint()),
                    credentials: S3Credentials(accessKey: key, secret: secret))
                let store = S3Store(
                    try S3Location("s3://race"), settings: settings, transport: S3.transport())
                do {
                    _ = try await store.create("x", .bytes([]))
                    Issue.record("made")
                } catch {
                    #expect("\(error)".hasPrefix("s3://race/x: refused by the store: \(code), "))
                    #expect(!"\(error)".contains("WRONGSECRET"))
                }
            }
            let late = S3Store(
                try S3Location("s3://race"),
                settings: S3Settings(
                    endpoint: S3Endpoint(seaweed.endpoint()),
                    credentials: S3Credentials(
                        accessKey: SeaweedFS.accessKey, secret: SeaweedFS.secret)),
                transport: S3.transport(), now: { systemSeconds() - 3600 })
            #expect(await S3.reason { _ = try await late.read("x", maximumBytes: 1) } == .clockSkew)
        }

        private static func write(_ length: Int, to path: String) throws -> String {
            let file = try #require(fopen(path, "w"))
            defer { fclose(file) }
            var piece = [UInt8](repeating: 0, count: 1 << 20)
            for number in 0..<(length >> 20) {
                for place in stride(from: 0, to: piece.count, by: 64) {
                    piece[place] = UInt8(truncatingIfNeeded: number &* 31 &+ place >> 6)
                }
                #expect(fwrite(piece, 1, piece.count, file) == piece.count)
            }
            return path
        }
    }
}

/// A server that lives as long as the suite that has this trait.
struct OneSeaweedFS: SuiteTrait, TestScoping {
    @TaskLocal static var current: SeaweedFS?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Self.$current.withValue(try SeaweedFS(.single), operation: function)
    }
}

extension Trait where Self == OneSeaweedFS {
    static var oneSeaweedFS: OneSeaweedFS { OneSeaweedFS() }
}

/// Hashes what it is given.
final class DigestSink: FetchSink {
    private struct State: ~Copyable {
        var digest = RunningDigest(.sha256)
        var count = 0
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.count } }
    var sha256: String { state.withLock { $0.digest.finishHex() } }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            state.digest.update(chunk)
            state.count += chunk.count
            return true
        }
    }
}
