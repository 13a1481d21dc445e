// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Resume: a download that goes on from bytes at hand")
struct ResumeTests {
    @Test("only the rest is asked for", arguments: [1, 999, 1000, 3499])
    func rest(_ count: Int) async throws {
        let broken = try await Broken()
        let sink = KeepingSink(Array(broken.bytes.prefix(count)))
        try await broken.download(into: sink, resuming: sink.kept)
        #expect(sink.bytes == broken.bytes)
        #expect(broken.mirrors.requests() == broken.requests("a@\(count)"))
    }

    @Test("a whole file at hand is checked without a request")
    func whole() async throws {
        let broken = try await Broken()
        let sink = KeepingSink(broken.bytes)
        try await broken.download(into: sink, resuming: sink.kept)
        #expect(broken.mirrors.requests() == [])
    }

    @Test("nothing at hand is a download like any other")
    func nothing() async throws {
        let broken = try await Broken()
        let sink = KeepingSink()
        try await broken.download(into: sink, resuming: sink.kept)
        #expect(sink.bytes == broken.bytes)
        #expect(broken.mirrors.requests() == broken.requests("a"))
    }

    /// attack: resume: the bytes at hand are not the file's
    @Test("wrong bytes at hand are found out, and the caller is told to begin anew")
    func wrongBytes() async throws {
        let broken = try await Broken()
        let mixed = broken.bad.prefix(1000) + broken.bytes.dropFirst(1000)
        let failure = ResumeFailure.wrongDigest(
            found: DigestAlgorithm.sha256.hexDigest(of: Array(mixed)),
            expected: broken.file.digest.hex)
        for count in [1000, 3500] {
            let sink = KeepingSink(Array(mixed.prefix(count)))
            let refusal = await broken.refusal(into: sink, resuming: sink.kept)
            #expect(refusal == .notResumable(file: "file", failure))
        }
        #expect(broken.mirrors.requests() == broken.requests("a@1000"))
    }

    @Test("a sink that can begins anew by itself, at the same mirror")
    func restart() async throws {
        let broken = try await Broken()
        let sink = AnewSink(Array(broken.bad.prefix(1000)))
        try await broken.download(into: sink, resuming: sink.kept)
        #expect(sink.bytes == broken.bytes)
        #expect(sink.restarts == 1)
        #expect(broken.mirrors.requests() == broken.requests("a@1000", "a"))
    }

    @Test("more bytes at hand than the file has are of no use")
    func tooMany() async throws {
        let broken = try await Broken()
        let sink = KeepingSink(broken.bytes + [0])
        let refusal = await broken.refusal(into: sink, resuming: sink.kept)
        #expect(
            refusal == .notResumable(file: "file", .wrongLength(found: 3501, expected: 3500)))
        #expect(broken.mirrors.requests() == [])
        let able = AnewSink(broken.bytes + [0])
        try await broken.download(into: able, resuming: able.kept)
        #expect(able.bytes == broken.bytes)
    }

    @Test("a server that gives no parts: the caller is told to begin anew, or it is done")
    func noRanges() async throws {
        let broken = try await Broken()
        broken.mirrors.a.refuseRanges()
        let sink = KeepingSink(Array(broken.bytes.prefix(10)))
        let refusal = await broken.refusal(into: sink, resuming: sink.kept)
        #expect(
            refusal
                == .notResumable(file: "file", .rangeRefused("status 200, expected 206")))
        let able = AnewSink(Array(broken.bytes.prefix(10)))
        try await broken.download(into: able, resuming: able.kept)
        #expect(able.bytes == broken.bytes)
        #expect(broken.mirrors.requests() == broken.requests("a@10", "a@10", "a"))
    }

    @Test("bytes at hand that cannot be read are the client's own fault")
    func unreadable() async throws {
        let broken = try await Broken()
        let error = StoreError(path: "file.part", reason: "Input/output error")
        let refusal = await broken.refusal(into: KeepingSink()) {
            (_: (UnsafeRawBufferPointer) -> Void) throws(StoreError) in throw error
        }
        #expect(refusal == .store(error))
        #expect(broken.mirrors.requests() == [])
    }

    @Test("a transfer that breaks off leaves what came, for the next time")
    func breaks() async throws {
        let broken = try await Broken()
        broken.mirrors.a.breakOff(broken.name, after: 1500, .truncated)
        let sink = KeepingSink()
        let refusal = await broken.refusal(into: sink)
        #expect(refusal?.isUnreachable == true)
        #expect(sink.bytes == Array(broken.bytes.prefix(1500)))
    }
}
