// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Mirrors: a download goes on at the next one")
struct MirroredDownloadTests {
    @Test(
        "where the first broke off",
        arguments: [
            .truncated, .timedOut(seconds: 9), .unreachable("reset"),
            .tooSlow(minimumBytesPerSecond: 1, seconds: 9),
        ] as [FetchError.Reason])
    func goesOn(_ reason: FetchError.Reason) async throws {
        let broken = try await Broken()
        broken.mirrors.a.breakOff(broken.name, after: 1500, reason)
        let sink = KeepingSink()
        try await broken.download(into: sink)
        #expect(sink.bytes == broken.bytes)
        #expect(broken.mirrors.requests() == broken.requests("a", "b@1500"))
        #expect(broken.mirrors.notices.take().count == 1)
    }

    @Test("from the mirror of the refresh on")
    func mirrorOfTheRefresh() async throws {
        let broken = try await Broken()
        broken.mirrors.a["timestamp.json"] = nil
        let state = try await broken.mirrors.updater.refresh()
        _ = broken.mirrors.requests()
        let download = TargetDownload(
            mirrors: broken.mirrors.network.urls.map { $0 + "targets/" }, of: state,
            fetcher: broken.mirrors.network)
        #expect(try await download.bytes(of: broken.file, maximumBytes: 3500) == broken.bytes)
        #expect(broken.mirrors.requests() == broken.requests("b"))
    }

    /// attack: mirrors: the first sends wrong bytes and breaks off
    @Test("wrong bytes of the first are found out, and the second sends all of it")
    func poisoned() async throws {
        let broken = try await Broken()
        broken.mirrors.a[broken.name] = broken.bad
        broken.mirrors.a.breakOff(broken.name, after: 1500, .truncated)
        let sink = AnewSink()
        try await broken.download(into: sink)
        #expect(sink.bytes == broken.bytes)
        #expect(broken.mirrors.requests() == broken.requests("a", "b@1500", "b"))
    }

    @Test("a whole wrong file of the first is thrown away")
    func wrongFile() async throws {
        let broken = try await Broken()
        for wrong in [broken.bad, broken.bytes + [0], broken.bytes.dropLast()] {
            broken.mirrors.a[broken.name] = wrong
            let sink = AnewSink()
            try await broken.download(into: sink)
            #expect(sink.bytes == broken.bytes)
            #expect(broken.mirrors.requests() == broken.requests("a", "b"))
        }
    }

    @Test("a sink that cannot begin anew ends it there")
    func noRestart() async throws {
        let broken = try await Broken()
        broken.mirrors.a[broken.name] = broken.bad
        let refusal = await broken.refusal(into: KeepingSink(), mirrors: 2)
        #expect(
            refusal
                == .wrongDigest(
                    file: "file", found: DigestAlgorithm.sha256.hexDigest(of: broken.bad),
                    expected: broken.file.digest.hex))
        #expect(broken.mirrors.requests() == broken.requests("a"))
    }

    @Test("if all fail, wrong bytes are told before a missing file")
    func gravest() async throws {
        let broken = try await Broken()
        broken.mirrors.a[broken.name] = nil
        broken.mirrors.b[broken.name] = broken.bad
        let refusal = await broken.refusal(into: AnewSink(), mirrors: 2)
        #expect(
            refusal
                == .wrongDigest(
                    file: "file", found: DigestAlgorithm.sha256.hexDigest(of: broken.bad),
                    expected: broken.file.digest.hex))
        #expect(broken.mirrors.notices.take().count == 2)
    }

    @Test("each mirror is asked twice at most")
    func bounded() async throws {
        let broken = try await Broken()
        for server in [broken.mirrors.a, broken.mirrors.b] { server[broken.name] = broken.bad }
        broken.mirrors.a.breakOff(broken.name, after: 1500, .truncated)
        let sink = AnewSink(Array(broken.bytes.prefix(10)))
        let refusal = await broken.refusal(into: sink, resuming: sink.kept, mirrors: 2)
        #expect(refusal?.isStale == false && refusal?.isUnreachable == false)
        #expect(
            broken.mirrors.requests() == broken.requests("a@10", "b@1500", "b"))
    }
}
