// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Mirroring
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Where a mirror may be, and what it is trusted by")
struct PlaceTests {
    @Test("a destination that holds another repository is refused and left as it is")
    func foreignDestination() async throws {
        let other = try await MirrorScene.mirrored()
        var repository = RepositorySimulator()
        repository.keys[.root] = [TestKey("another publisher")]
        repository.signers[.root] = [TestKey("another publisher")]
        repository.publish(.root) { $0.set("version", 1) }
        let before = try other.files()
        let pin = MirrorPin.root(repository.bytes(of: .root))
        #expect(
            await other.refusal(pin)
                == .foreignDestination(place: other.path, file: "1.root.json"))
        #expect(other.requests() == [])
        #expect(try other.files() == before)
    }

    @Test("a folder in which somebody publishes without roots is refused")
    func withoutRoots() async throws {
        let scene = try MirrorScene()
        try scene.folder.write("{}", to: "mirror/metadata/timestamp.json")
        #expect(
            await scene.refusal()
                == .foreignDestination(place: scene.path, file: "metadata/timestamp.json"))
    }

    @Test("nothing is made where the source is refused")
    func nothingMade() async throws {
        let scene = try MirrorScene()
        scene.repository.server["timestamp.json"] = nil
        #expect(await scene.refusal() == .update(.missing(file: "timestamp.json")))
        #expect(!FileSystem.exists(scene.path))
    }

    @Test("a mirror goes on with its own roots, a new one cannot")
    func ownRoots() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        #expect(try await scene.sync(.destination).root == 2)
        let empty = try MirrorScene()
        #expect(await empty.refusal(.destination) == .nothingTrusted(place: empty.path))
    }

    @Test("all roots are kept, those before the trusted one too")
    func earlierRoots() async throws {
        var scene = try MirrorScene()
        for _ in 0..<4 { scene.repository.publish(.root) }
        let third = try #require(scene.repository.server["3.root.json"])
        try await scene.sync(.root(third))
        for version in 1...5 {
            #expect(
                try scene.files()["mirror/metadata/\(version).root.json"]
                    == scene.repository.server["\(version).root.json"])
        }
        _ = scene.requests()
        for pin in [1, 3, 5] {
            let root = try #require(scene.repository.server["\(pin).root.json"])
            #expect(try await scene.sync(.root(root)).kind == .unchanged)
        }
        #expect(scene.requests() == ["timestamp.json", "timestamp.json", "timestamp.json"])
    }

    @Test("a trusted root that the mirror has not seen yet is reached through the source's roots")
    func laterPin() async throws {
        var scene = try await MirrorScene.mirrored()
        scene.repository.publish(.root)
        scene.repository.publish(.root)
        scene.repository.publish(.timestamp)
        #expect(try await scene.sync(.root(scene.repository.bytes(of: .root))).root == 3)
        #expect(try scene.files()["mirror/metadata/2.root.json"] != nil)
        #expect(try await scene.client().count == 2)
    }

    @Test("earlier roots that do not lead to the trusted one are a foreign source's")
    func foreignSource() async throws {
        var scene = try MirrorScene()
        scene.repository.publish(.root)
        var other = RepositorySimulator()
        other.keys[.root] = [TestKey("somebody else")]
        other.publish(.root) { $0.set("version", 1) }
        scene.repository.server["1.root.json"] = other.bytes(of: .root)
        let refusal = await scene.refusal(.root(scene.repository.bytes(of: .root)))
        guard case .update(.untrustedRoot)? = refusal else {
            #expect(refusal == .foreignSource(place: "https://repository.test"))
            return
        }
    }

    @Test("the root of a fingerprint is found in the mirror, without a request")
    func fingerprint() async throws {
        let scene = try await MirrorScene.mirrored()
        let digest = DigestAlgorithm.sha256.hexDigest(of: scene.pin)
        #expect(try await MirrorPin.root(fingerprint: digest, in: scene.store) == scene.pin)
        #expect(try await MirrorPin.root(fingerprint: "00", in: scene.store) == nil)
        #expect(scene.requests() == [])
    }
}
