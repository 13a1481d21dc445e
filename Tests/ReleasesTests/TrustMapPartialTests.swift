// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TAP 4: a repository of which a part is missing, and a disk that fails on the way")
struct TrustMapPartialTests {
    /// `a` and `b` with the wheel; `b` has a role besides that nobody of it signed.
    private func scene() throws -> MapScene {
        var scene = try MapScene("a", "b")
        scene.publish("wheel", in: "a", "b")
        scene.publish("more", at: path("x/one"), in: "a")
        scene.repositories["b"]!.delegate(SimulatedDelegation("bad", ["x/*"]))
        scene.repositories["b"]!.signers[RoleName("bad")] = [TestKey("mallory")]
        scene.repositories["b"]!.publishAll()
        return scene
    }

    @Test("what it lists counts; for what its missing role may list it does not; the role is told")
    func list() async throws {
        let scene = try scene()
        let (files, failures) = try await scene.search(MapScene.entry("a", "b")).all()
        #expect(files.map(\.path) == [MapScene.wheel, path("x/one")])
        #expect(files[0].names == ["a", "b"])
        #expect(files[1].names == [])
        #expect(files[1].answers() == ["lists 4", "refused"])
        #expect(failures.map(\.repository) == ["b"])
        #expect(failures[0].refusal.exitCode == 1)
        #expect(failures[0].words.count == 1)
        #expect(
            failures[0].words[0].hasPrefix("b: what bad lists is left out: bad.json: signed by 0 "),
            "\(failures[0].words)")
    }

    @Test("one that is down is told in whole")
    func down() async throws {
        let scene = try scene()
        scene.disconnect("b")
        let failures = try await scene.search(MapScene.entry("a", "b")).all().failures
        #expect(failures.map(\.refusal.exitCode) == [5])
        #expect(failures[0].words.count == 1)
        #expect(failures[0].words[0].hasPrefix("b does not count: "))
    }

    @Test("who gives up ends what is asked of the repositories, too")
    func cancelled() async throws {
        let scene = try scene()
        let map = try TrustMap(scene.file(MapScene.entry("a", "b")))
        let consumers = try map.repositories.map { repository in
            Consumer(
                try TrustedRepository(named: repository.name, home: scene.home), Silence(),
                now: .testTime)
        }
        let search = TrustMapSearch(map, consumers)
        let asking = Task { await search.find(MapScene.wheel) }
        asking.cancel()
        let answers = await asking.value.answers()
        #expect(answers == ["refused", "refused"])
    }

    @Test("a disk that cannot begin anew after one server's wrong bytes: nothing appears")
    func failedRestart() async throws {
        let scene = try scene()
        let digest = DigestAlgorithm.sha256.hexDigest(of: Array("wheel".utf8))
        let name = "targets/" + MapScene.wheel.urlPath(withHash: digest)
        scene.server("a")[name] = Array("whale".utf8)
        try FileSystem.makeDirectory(scene.folder("out"))
        let map = try TrustMap(scene.file(MapScene.entry("a", "b")))
        var options = ConsumerOptions()
        options.repositoryOnly = true
        let out = scene.folder("out")
        // Once the wrong bytes have come the file takes no change any more.
        options.progress = { _ in makeReadOnly(filesIn: out) }
        let consumer = TrustMapConsumer(
            map, scene.consumers(map, options: options), options: options, now: .testTime)
        let destination = "\(out)/demo.whl"
        await #expect(throws: StorageError(path: destination, reason: "Invalid argument")) {
            try await consumer.get(MapScene.wheel, to: destination)
        }
        #expect(try scene.folder.tree("out") == [:])
        #expect(!scene.server("b").takeRequests().contains { $0.hasPrefix("targets/") })
    }
}

/// Answers to no request before whoever asked gives up.
private struct Silence: Fetcher {
    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        // An hour is for ever here.
        try? await Task.sleep(nanoseconds: 3_600_000_000_000)
        throw FetchError(url: url, reason: .cancelled)
    }
}

/// Puts a descriptor for reading in the place of each by which this process writes to a file
/// without a name in the folder: what a disk does that went bad.
private func makeReadOnly(filesIn folder: String) {
    for descriptor in 3..<1024 as Range<Int32> {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let link = "/proc/self/fd/\(descriptor)"
        guard readlink(link, &target, target.count - 1) > 0 else { continue }
        let name = String(
            decoding: target.map { UInt8(bitPattern: $0) }.prefix { $0 != 0 }, as: UTF8.self)
        guard name.hasPrefix("\(folder)/") else { continue }
        let reading = open(link, O_RDONLY | O_CLOEXEC)
        guard reading >= 0 else { continue }
        dup2(reading, descriptor)
        close(reading)
    }
}
