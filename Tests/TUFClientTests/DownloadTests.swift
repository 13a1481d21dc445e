// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Synchronization
import TUFClient
import TUFMetadata
import TestKit
import Testing

/// Keeps what comes, and refuses what comes after so many bytes.
private final class RecordingSink: FetchSink {
    private let state = Mutex<[UInt8]>([])
    private let capacity: Int

    init(capacity: Int = Int.max) { self.capacity = capacity }

    var bytes: [UInt8] { state.withLock { $0 } }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        state.withLock { bytes in
            guard bytes.count + chunk.count <= capacity else { return false }
            bytes.append(contentsOf: chunk)
            return true
        }
    }
}

@Suite("TUF 5.7: the download of a target")
struct DownloadTests {
    private let path: UTF8Text = "dir name/é+%.bin"
    private let content = String(repeating: "0123456789", count: 350)
    private var bytes: [UInt8] { Array(content.utf8) }
    private var digest: String { DigestAlgorithm.sha256.hexDigest(of: bytes) }
    private var name: String { "targets/dir%20name/\(digest).%C3%A9%2B%25.bin" }

    private func scene(consistent: Bool = true) -> Scene {
        var scene = Scene()
        scene.repository.consistentSnapshot = consistent
        scene.repository.add(path, content)
        scene.repository.publish(.root)
        scene.repository.publish(.targets)
        return scene
    }

    private func file(_ scene: Scene) async throws -> (TargetFile, TargetDownload) {
        let state = try await scene.refresh()
        let path = try #require(TargetPath(path))
        let target = try await TargetSearch(state, scene.updater).find(path)
        let download = TargetDownload(
            targetsURL: SimulatedServer.url + "targets", fetcher: scene.repository,
            consistent: state.root.document.consistentSnapshot)
        return (try #require(target).file, download)
    }

    private func expectRefusal(
        _ expected: UpdateError, _ scene: Scene, into sink: RecordingSink = RecordingSink(),
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let (file, download) = try await file(scene)
        await scene.expectRefusal(expected, asking: [name], at: location) {
            () async throws(UpdateError) in try await download.download(file, into: sink)
        }
        #expect(sink.bytes.count <= file.length, sourceLocation: location)
    }

    /// TUF 1.0.34 §5.7.3c: with consistent snapshots a target's name bears its digest
    @Test("the digest stands before the last segment, and each segment is encoded")
    func consistent() async throws {
        let scene = scene()
        let (file, download) = try await file(scene)
        scene.forget()
        let sink = RecordingSink()
        try await download.download(file, into: sink)
        #expect(sink.bytes == bytes)
        #expect(scene.requests() == [name])
    }

    /// TUF 1.0.34 §5.7.3c: without consistent snapshots a target is asked for by its path
    @Test("without consistent snapshots the file is asked for by its path")
    func notConsistent() async throws {
        let scene = scene(consistent: false)
        let (file, download) = try await file(scene)
        scene.forget()
        #expect(try await download.bytes(of: file, maximumBytes: 5000) == bytes)
        #expect(scene.requests() == ["targets/dir%20name/%C3%A9%2B%25.bin"])
    }

    /// TUF 1.0.34 §5.7.3a: a target is downloaded up to its length
    /// attack: endless data: a target file
    @Test("a file that is too long is cut at its length and refused")
    func tooLong() async throws {
        let scene = scene()
        scene.repository.server[name] = bytes + bytes
        let sink = RecordingSink()
        try await expectRefusal(
            .wrongLength(file: "\"dir name/é+%.bin\"", found: 3501, expected: 3500), scene,
            into: sink)
        #expect(sink.bytes == bytes)
    }

    /// TUF 1.0.34 §5.7.3a: a target has its length
    @Test("one that is too short is refused", arguments: [0, 1, 3499])
    func tooShort(_ length: Int) async throws {
        let scene = scene()
        scene.repository.server[name] = Array(bytes.prefix(length))
        try await expectRefusal(
            .wrongLength(file: "\"dir name/é+%.bin\"", found: length, expected: 3500), scene)
    }

    /// TUF 1.0.34 §5.7.1, 5.7.3b: a target's hashes are those of its metadata
    @Test("one with a wrong byte is refused", arguments: [0, 1700, 3499])
    func wrongDigest(_ position: Int) async throws {
        let scene = scene()
        var bad = bytes
        bad[position] ^= 1
        scene.repository.server[name] = bad
        try await expectRefusal(
            .wrongDigest(
                file: "\"dir name/é+%.bin\"", found: DigestAlgorithm.sha256.hexDigest(of: bad),
                expected: digest), scene)
    }

    /// TUF 1.0.34 §5.7.3b: a target's hashes are those of its metadata, all of them
    @Test(
        "every digest that is listed must hold",
        arguments: [DigestAlgorithm.sha384, .sha512])
    func secondDigest(_ algorithm: DigestAlgorithm) async throws {
        var scene = scene()
        let bad = String(repeating: "0", count: algorithm.byteCount * 2)
        scene.repository.publish(.targets) {
            $0.put(.text(bad), at: "targets", path, "hashes", UTF8Text(algorithm.rawValue))
        }
        try await expectRefusal(
            .wrongDigest(
                file: "\"dir name/é+%.bin\"", found: algorithm.hexDigest(of: bytes),
                expected: bad), scene)
    }

    @Test("all three digests may be listed")
    func allDigests() async throws {
        var scene = scene()
        scene.repository.publish(.targets) { document in
            for algorithm in DigestAlgorithm.allCases {
                document.put(
                    .text(algorithm.hexDigest(of: bytes)), at: "targets", path, "hashes",
                    UTF8Text(algorithm.rawValue))
            }
        }
        let (file, download) = try await file(scene)
        #expect(try await download.bytes(of: file, maximumBytes: 3500) == bytes)
    }

    @Test("a sink that refuses ends the transfer")
    func sinkRefuses() async throws {
        try await expectRefusal(
            .sinkRefused(file: "\"dir name/é+%.bin\""), scene(),
            into: RecordingSink(capacity: 1500))
    }

    @Test("a missing file and a fault of the server are errors")
    func missing() async throws {
        let scene = scene()
        scene.repository.server[name] = nil
        try await expectRefusal(.missing(file: "\"dir name/é+%.bin\""), scene)
        scene.repository.server.setFault(.status(403), for: name)
        try await expectRefusal(
            .fetch(
                file: "\"dir name/é+%.bin\"",
                FetchError(url: SimulatedServer.url + name, reason: .status(403))), scene)
    }

    @Test("a file that is too long for memory is not asked for")
    func tooLongForMemory() async throws {
        let scene = scene()
        let (file, download) = try await file(scene)
        await scene.expectRefusal(
            .wrongLength(file: "\"dir name/é+%.bin\"", found: 3500, expected: 3499), asking: []
        ) { () async throws(UpdateError) in
            _ = try await download.bytes(of: file, maximumBytes: 3499)
        }
    }

    @Test("an empty file is a file")
    func empty() async throws {
        var scene = Scene()
        scene.repository.add(path, "")
        scene.repository.publish(.targets)
        let (file, download) = try await file(scene)
        #expect(try await download.bytes(of: file, maximumBytes: 0) == [])
    }

    /// attack: python-tuf CVE-2021-41131, tough CVE-2021-41150: target named ../../x, a/../b
    /// TUF 1.0.34 §4.5b: a target path that is absolute or leaves its folder is refused
    @Test(
        "a path that leaves the folder cannot be asked for, and does the other files no harm",
        arguments: [
            "../../x", "/etc/passwd", "a/../b", "a//b", "./a", "a/", "a\\b", "a\u{0}b", "..", "",
            "a\nb", "C:\\x",
        ] as [UTF8Text])
    func unsafePath(_ unsafe: UTF8Text) async throws {
        #expect(TargetPath(unsafe) == nil)
        var scene = scene()
        scene.repository.add(unsafe, "x")
        scene.repository.publish(.targets)
        let search = try await scene.search()
        #expect(try await search.all().map(\.file.path.text) == [path])
    }
}
