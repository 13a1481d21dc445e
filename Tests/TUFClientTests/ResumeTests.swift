// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Synchronization
import TUFClient
import TUFMetadata
import TestKit
import Testing

/// Keeps what comes; can begin anew, or not.
private class KeepingSink: FetchSink, @unchecked Sendable {
    // One thread at a time, as FetchSink promises.
    var bytes: [UInt8]

    init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        bytes += chunk
        return true
    }

    /// What was there before the download.
    var kept: KeptBytes {
        let kept = bytes
        return { take in kept.withUnsafeBytes(take) }
    }
}

private final class AnewSink: KeepingSink, RestartableSink, @unchecked Sendable {
    var restarts = 0

    func restart() -> Bool {
        bytes = []
        restarts += 1
        return true
    }
}

/// A file of 3500 bytes at two mirrors, and what describes it.
private struct Broken {
    let mirrors: Mirrors
    let file: TargetFile
    let state: RepositoryState
    let name: String
    let bytes = Array(String(repeating: "0123456789", count: 350).utf8)
    let bad = [UInt8](repeating: 0, count: 3500)

    init() async throws {
        var scene = Scene()
        scene.repository.add("file", String(decoding: bytes, as: UTF8.self))
        scene.repository.publish(.targets)
        mirrors = Mirrors(scene)
        state = try await mirrors.updater.refresh()
        _ = mirrors.requests()
        let path = try #require(TargetPath("file"))
        file = try #require(state.targets.document.files[path])
        name = "targets/\(file.digest.hex).file"
    }

    func download(
        into sink: any FetchSink, resuming kept: KeptBytes? = nil, mirrors count: Int = 2
    ) async throws(UpdateError) {
        let urls = mirrors.network.urls.prefix(count).map { $0 + "targets" }
        let notices = mirrors.notices
        try await TargetDownload(
            mirrors: urls, of: state, fetcher: mirrors.network, notice: { notices.add($0) }
        ).download(file, into: sink, resuming: kept)
    }

    func refusal(
        into sink: any FetchSink, resuming kept: KeptBytes? = nil, mirrors count: Int = 1
    ) async -> UpdateError? {
        do throws(UpdateError) {
            try await download(into: sink, resuming: kept, mirrors: count)
        } catch { return error }
        return nil
    }

    func requests(_ list: String...) -> [String] {
        list.map { entry in
            let (mirror, offset) = (entry.prefix(1), entry.dropFirst())
            return "\(mirror) \(name)\(offset)"
        }
    }
}

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
