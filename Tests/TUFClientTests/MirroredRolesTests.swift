// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("Mirrors: the delegated roles of one state")
struct MirroredRolesTests {
    private let role = RoleName("a")

    private func mirrors() async throws -> Mirrors {
        var scene = Scene()
        scene.repository.delegate(SimulatedDelegation("a"))
        scene.repository.add("file", "x", in: role)
        scene.repository.publishAll()
        return Mirrors(scene)
    }

    private func find(_ mirrors: Mirrors) async throws -> FoundTarget? {
        let updater = mirrors.updater
        let state = try await updater.refresh()
        _ = mirrors.requests()
        _ = mirrors.notices.take()
        return try await TargetSearch(state, updater).find(try #require(TargetPath("file")))
    }

    @Test("come from the mirror of the refresh, and from the others if it fails")
    func fallback() async throws {
        let mirrors = try await mirrors()
        mirrors.a["1.a.json"] = nil
        #expect(try await find(mirrors)?.role == role)
        #expect(mirrors.requests() == ["a 1.a.json", "b 1.a.json"])
        #expect(
            mirrors.notices.take() == [Mirrors.failed("a", .missing(file: "1.a.json"))])
    }

    @Test("the mirror of the refresh is asked first, wherever it stands")
    func mirrorOfTheRefresh() async throws {
        let mirrors = try await mirrors()
        mirrors.a["timestamp.json"] = nil
        #expect(try await find(mirrors)?.role == role)
        #expect(mirrors.requests() == ["b 1.a.json"])
    }

    /// attack: mirrors: another version of a delegated role than the state's
    @Test("another version or other bytes are refused, whichever mirror has them")
    func otherVersion() async throws {
        let mirrors = try await mirrors()
        let good = try #require(mirrors.a["1.a.json"])
        let digest = DigestAlgorithm.sha256.hexDigest
        var bad = good
        bad[bad.count - 2] ^= 1
        mirrors.a["1.a.json"] = bad
        mirrors.b["1.a.json"] = bad
        await #expect(
            throws: UpdateError.wrongDigest(
                file: "a.json", found: digest(bad), expected: digest(good))
        ) { try await find(mirrors) }
        #expect(mirrors.requests() == ["a 1.a.json", "b 1.a.json"])
        #expect(mirrors.store[role] == nil)
        mirrors.b["1.a.json"] = good
        #expect(try await find(mirrors)?.role == role)
        #expect(mirrors.store[role] == good)
    }
}
