// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import ObjectStorage
import RepositoryStorage
import TUFClient
import TestKit
import Testing

@Suite("An S3 store that fails", .serialized)
struct FaultTests {
    private static let name: UTF8Text = "metadata/2.snapshot.json"
    private static let path = "/bucket/repository/metadata/2.snapshot.json"

    private func withStore(
        _ faulty: FaultyS3 = FaultyS3(), isAnonymous: Bool = false,
        _ adjust: (inout TransportLimits) -> Void = { _ in },
        _ body: (S3Store, HostileServer) async throws -> Void
    ) async throws {
        let transport = S3.transport(adjust)
        try await HostileServer.run(faulty.script) { server in
            let store = try S3.store(
                server.url(""), isAnonymous: isAnonymous, transport: transport)
            try await body(store, server)
        }
    }

    @Test("a file is made once, replaced by who has read it, and read")
    func plain() async throws {
        let faulty = FaultyS3()
        try await withStore(faulty) { (store, server) async throws in
            #expect(try await store.create(Self.name, .bytes([1])))
            #expect(try await store.create(Self.name, .bytes([1])) == false)
            let first = try #require(try await store.read(Self.name, maximumBytes: 10))
            #expect(first.bytes == [1])
            #expect(try await store.replace(Self.name, with: [2], expecting: first.tag))
            #expect(try await store.replace(Self.name, with: [3], expecting: first.tag) == false)
            #expect(try await store.replace(Self.name, with: [3], expecting: nil) == false)
            #expect(try await store.find(Self.name)?.length == 1)
            #expect(try await store.read("metadata/none", maximumBytes: 1) == nil)
            #expect(faulty.files[Self.path]?.bytes == [2])
            let put = try #require(server.requests.first { $0.method == "PUT" })
            #expect(put.value(of: "If-None-Match") == "*")
            #expect(put.value(of: "Content-Type") == "application/json")
            #expect(put.value(of: "Authorization")?.contains("SignedHeaders=") == true)
        }
    }

    @Test(
        "a write whose answer is lost is repeated, and recognised as the one that was made",
        arguments: [FaultyS3.Fault.loseAnswer, .failAfterwards, .breakUpload])
    func lostAnswer(fault: FaultyS3.Fault) async throws {
        let faulty = FaultyS3()
        try await withStore(faulty) { (store, _) async throws in
            faulty.fail("PUT", fault)
            #expect(try await store.create(Self.name, .bytes([1, 2])))
            #expect(faulty.writes == 1)
            let tag = try #require(try await store.find(Self.name)).tag
            faulty.fail("PUT", fault, fault)
            #expect(try await store.replace(Self.name, with: [3], expecting: tag))
            #expect(faulty.writes == 2)
            #expect(faulty.files[Self.path]?.bytes == [3])
        }
    }

    @Test("the same bytes of another writer are not taken for ours, repeated or not")
    func foreignWrite() async throws {
        let faulty = FaultyS3()
        try await withStore(faulty) { (store, _) async throws in
            #expect(try await store.create(Self.name, .bytes([1])))
            faulty.fail("PUT", .refuse(status: 500, code: "InternalError"))
            #expect(try await store.create(Self.name, .bytes([1])) == false)
            #expect(faulty.writes == 1)
        }
    }

    @Test("a name that is refused, although there is no such file, is no other writer's")
    func refusedWithoutFile() async throws {
        let faulty = FaultyS3()
        try await withStore(faulty) { (store, _) async throws in
            faulty.fail("PUT", .refuse(status: 412, code: "PreconditionFailed"))
            #expect(
                await S3.reason { _ = try await store.create(Self.name, .bytes([1])) }
                    == .unexpected("refused, and there is no such file"))
        }
    }

    @Test("conflicts of two writers and passing faults are repeated, the server's pause honoured")
    func passing() async throws {
        let faulty = FaultyS3()
        try await withStore(faulty) { (store, server) async throws in
            faulty.fail(
                "PUT", .refuse(status: 409, code: "ConditionalRequestConflict"),
                .refuse(status: 503, code: "SlowDown", headers: ["Retry-After: 1"]),
                .refuse(status: 400, code: "RequestTimeout"))
            let clock = ContinuousClock()
            let start = clock.now
            #expect(try await store.create(Self.name, .bytes([1])))
            #expect(clock.now - start >= .milliseconds(950))
            #expect(server.requests.count == 4)
        }
    }

    @Test("tries are bounded, and no pause longer than a minute is begun")
    func bounded() async throws {
        let faulty = FaultyS3()
        try await withStore(faulty) { (store, server) async throws in
            faulty.fail("GET", .refuse(status: 503, code: "X", headers: ["Retry-After: 3600"]))
            #expect(
                await S3.reason { _ = try await store.read("a", maximumBytes: 1) }
                    == .busy(status: 503))
            #expect(server.requests.count == 1)
            for _ in 0..<9 { faulty.fail("GET", .refuse(status: 500, code: "InternalError")) }
            #expect(
                await S3.reason { _ = try await store.read("a", maximumBytes: 1) }
                    == .busy(status: 500))
            #expect(server.requests.count == 6)
        }
    }

    @Test(
        "what the store refuses is told in its own words",
        arguments: [
            ("AccessDenied", RepositoryStoreError.Reason.denied("AccessDenied, no")),
            ("InvalidAccessKeyId", .denied("InvalidAccessKeyId, no")),
            ("SignatureDoesNotMatch", .denied("SignatureDoesNotMatch, no")),
            ("RequestTimeTooSkewed", .clockSkew),
        ])
    func refused(code: String, reason: RepositoryStoreError.Reason) async throws {
        let faulty = FaultyS3()
        try await withStore(faulty) { (store, server) async throws in
            for method in ["PUT", "GET"] {
                faulty.fail(method, .refuse(status: 403, code: code))
            }
            #expect(
                await S3.reason { _ = try await store.create("a", .bytes([])) }
                    == reason)
            #expect(
                await S3.reason { _ = try await store.read("a", maximumBytes: 1) }
                    == reason)
            #expect(server.requests.count == 2)
        }
    }

    @Test("a missing bucket, one in another region, no credentials, and no XML at all")
    func places() async throws {
        try await withStore(FaultyS3(hasBucket: false)) { (store, _) async throws in
            #expect(
                await S3.reason { _ = try await store.create("a", .bytes([])) }
                    == .noPlace)
            #expect(
                await S3.reason { _ = try await store.read("a", maximumBytes: 1) }
                    == .noPlace)
            #expect(await S3.reason { try await store.probe() } == .noPlace)
        }
        let faulty = FaultyS3()
        try await withStore(faulty, isAnonymous: true) { (store, server) async throws in
            faulty.fail(
                "GET",
                .refuse(
                    status: 301, code: "PermanentRedirect",
                    headers: ["x-amz-bucket-region: eu-west-3"]),
                .refuse(status: 403, code: "AccessDenied", message: "a\u{1b}[31m"),
                .say("<html>"), .endless("<ListBucketResult>"))
            func reason() async -> RepositoryStoreError.Reason? {
                await S3.reason { try await store.list("") { _ in true } }
            }
            #expect(
                await reason()
                    == .denied("the bucket's region is eu-west-3, us-east-1 is set (AWS_REGION)"))
            #expect(
                await reason()
                    == .denied("AccessDenied, a\\u{1b}[31m; no credentials are set"))
            #expect(await reason() == .unexpected("a listing that cannot be read"))
            #expect(await reason() == .tooLarge(maximumBytes: 8 << 20))
            #expect(server.requests.allSatisfy { $0.value(of: "Authorization") == nil })
        }
    }

    @Test("a listing whose next page is the same for ever ends")
    func endlessListing() async throws {
        let faulty = FaultyS3()
        try await withStore(faulty) { (store, _) async throws in
            let page = """
                <ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>repository/a</Key>\
                <Size>1</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>\
                <NextContinuationToken>x</NextContinuationToken></ListBucketResult>
                """
            faulty.fail("GET", .say(page), .say(page), .say(page))
            var seen = 0
            let reason = await S3.reason {
                try await store.list("") { entries in
                    seen += entries.count
                    return true
                }
            }
            #expect(reason == .unexpected("a listing without an end"))
            #expect(seen == 2)
        }
    }

    @Test("a file longer than allowed, and names that would get lost on the way, are refused")
    func bounds() async throws {
        let faulty = FaultyS3()
        try await withStore(faulty) { (store, server) async throws in
            faulty.store("/bucket/repository/a", [1, 2, 3])
            #expect(
                await S3.reason { _ = try await store.read("a", maximumBytes: 2) }
                    == .tooLarge(maximumBytes: 2))
            let count = server.requests.count
            for name in ["", "a//b", "../a", "a/.", "/a", "a/"] {
                #expect(await isRefused(UTF8Text(name), by: store))
            }
            #expect(server.requests.count == count)
        }
    }

    private func isRefused(_ name: UTF8Text, by store: S3Store) async -> Bool {
        do throws(RepositoryStoreError) {
            _ = try await store.read(name, maximumBytes: 1)
            return false
        } catch {
            guard case .unexpected = error.reason else { return false }
        }
        do throws(RepositoryStoreError) {
            try await store.remove([name])
            return false
        } catch {
            return true
        }
    }

    @Test("a stream that breaks off goes on where it was, with the very same file")
    func stream() async throws {
        let faulty = FaultyS3()
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 >> 3) }
        try await withStore(faulty) { (store, server) async throws in
            faulty.store("/bucket/repository/a", bytes)
            faulty.fail("GET", .truncate(50_000), .refuse(status: 500, code: "InternalError"))
            let sink = RecordingSink()
            #expect(try await store.stream("a", from: 0, maximumBytes: 200_000, into: sink))
            #expect(sink.bytes == bytes)
            let last = try #require(server.requests.last)
            #expect(last.value(of: "If-Match") == "\"x\"")
            #expect((last.rangeStart ?? 0) > 0)
            let rest = RecordingSink()
            #expect(try await store.stream("a", from: 199_990, maximumBytes: 200_000, into: rest))
            #expect(rest.bytes == Array(bytes.suffix(10)))
            #expect(try await store.stream("b", from: 0, maximumBytes: 1, into: rest) == false)
            #expect(
                await S3.reason {
                    let small = RecordingSink(maximumBytes: 10)
                    _ = try await store.stream("a", from: 0, maximumBytes: 200_000, into: small)
                } == .sinkRefused)
        }
    }

    @Test("an upload in parts: recognised if its last answer is lost, given up if it fails")
    func multipart() async throws {
        let faulty = FaultyS3()
        let late = "<Error><Code>InternalError</Code><Message>no</Message></Error>"
        let bytes = (0..<(65 << 20)).map { UInt8(truncatingIfNeeded: $0 >> 12) }
        try await withStore(faulty) { (store, server) async throws in
            faulty.fail("PUT", .loseAnswer)
            #expect(try await store.create("targets/a", .bytes(bytes)))
            #expect(faulty.files["/bucket/repository/targets/a"]?.bytes == bytes)
            #expect(try await store.create("targets/a", .bytes(bytes)) == false)
            faulty.fail("POST", .refuse(status: 503, code: "SlowDown"))
            faulty.fail("POST uploadId", .loseAnswer, .say(late))
            #expect(try await store.create("targets/b", .bytes(bytes)))
            #expect(faulty.writes == 2)
            faulty.fail("PUT", .refuse(status: 403, code: "AccessDenied"))
            #expect(
                await S3.reason { _ = try await store.create("targets/c", .bytes(bytes)) }
                    == .denied("AccessDenied, no"))
            #expect(faulty.files["/bucket/repository/targets/c"] == nil)
            #expect(faulty.openUploads == 0)
            #expect(server.requests.contains { $0.method == "DELETE" })
        }
    }

    @Test(
        "a store that does not keep to conditions is found out, and nothing of it stays",
        arguments: [
            (FaultyS3.Conditions.honoured, true), (.ignored, false), (.onlyAbsence, false),
            (.racy, false), (.unknown, false),
        ])
    func probe(conditions: FaultyS3.Conditions, isConditional: Bool) async throws {
        let faulty = FaultyS3(conditions)
        try await withStore(faulty) { (store, _) async throws in
            #expect(!store.guarantees.isConditional)
            #expect(try await store.probe().isConditional == isConditional)
            #expect(store.guarantees.isConditional == isConditional)
            #expect(faulty.files.isEmpty)
        }
    }

    @Test("a slow store is given up, a cancelled task at once")
    func slow() async throws {
        let script = HostileServer.Script { exchange in
            exchange.waitForHangup()
            return false
        }
        try await HostileServer.run(script) { server in
            let transport = S3.transport { $0.slowSeconds = 1 }
            let store = try S3.store(
                server.url(""), repetitions: 1, transport: transport)
            #expect(
                await S3.reason { _ = try await store.read("a", maximumBytes: 1) }
                    == .unreachable("slower than 1024 bytes a second for 1 s"))
            #expect(server.requests.count == 2)
            let task = Task {
                await S3.reason { _ = try await store.create("a", .bytes([1])) }
            }
            task.cancel()
            #expect(await task.value == .cancelled)
        }
    }
}
