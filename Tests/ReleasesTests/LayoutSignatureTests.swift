// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import Testing

@Suite("Rule 2: who must have signed a layout")
struct LayoutSignatureTests {
    private let layout = path("in-toto-metadata/wheel.layout")

    /// Replaces the layout's file by one with these signatures, as the layouts role can do.
    private func resign(
        _ world: World, _ pairs: [(id: KeyID, signer: any Signer)],
        _ change: (inout JSON) -> Void = { _ in }
    ) throws {
        let signed = try SignedFile(FileSystem.read(stored(world))!).signed
        let bytes = try SignedFile.bytes(signing: signed.tree(), with: pairs)
        let text = String(decoding: bytes, as: UTF8.self)
        try withoutActuallyEscaping(change) { change in
            try world.attack(
                [
                    RepositoryPlan.layouts: { [layout] document in
                        var custom = document["targets"]?[layout.text]?["custom"] ?? [:]
                        change(&custom)
                        document.list(text, at: layout, custom: custom)
                    }
                ], files: [layout: text])
        }
    }

    private func stored(_ world: World) throws -> String {
        let folder = "\(world.directory.path)/targets/in-toto-metadata"
        let name = try FileSystem.names(in: folder).first { $0.hasSuffix(".wheel.layout") }
        return "\(folder)/\(name ?? "")"
    }

    private func pair(_ name: String) throws -> (id: KeyID, signer: any Signer) {
        (try keyID(name), try key(name))
    }

    @Test("signed by one of the two required it is refused, and who may still sign is told")
    func tooFew() async throws {
        let world = try await World.released()
        try resign(world, [pair("olga")])
        let failure = try await world.failure()
        guard case .layoutUnsigned("wheel", let count, let others) = failure?.error else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(count.required == 2)
        #expect(count.accepted == [try keyID("olga")])
        #expect(others == [try keyID("oscar"), try keyID("otto")])
        #expect(RefusalKind(failure) == RefusalKind("E-LAYOUT-SIGNATURES", .contradiction, 1))
    }

    @Test("one key under several ids counts once")
    func oneKeyTwice() async throws {
        let world = try await World.released()
        let olga = try key("olga")
        let ids = [olga.publicKey.keyID, olga.publicKey.legacyKeyID]
        try resign(world, ids.map { ($0, olga) })
        let failure = try await world.failure()
        guard case .layoutUnsigned("wheel", let count, _) = failure?.error else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(count.accepted.count == 1)
    }

    @Test("one key listed as two key files counts once")
    func oneKeyListedTwice() async throws {
        let world = try await World.released()
        let copy = path("in-toto-pubkeys/copy.pub")
        let pem = try key("olga").publicKey.pem!
        try world.attack(
            [
                RepositoryPlan.layouts: { [layout] document in
                    document.list(pem, at: copy)
                    document.custom(of: layout) {
                        $0.set("in-toto", [$0["in-toto"]!.elements![0], .text(copy.string)])
                    }
                }
            ], files: [copy: pem])
        let olga = try key("olga")
        try resign(
            world, [(olga.publicKey.keyID, olga), (olga.publicKey.legacyKeyID, olga)])
        guard case .layoutUnsigned("wheel", let count, _) = try await world.failure()?.error
        else {
            Issue.record("one key counted for two")
            return
        }
        #expect(count.accepted.count == 1)
    }

    @Test("functionaries and strangers have no say in the layout")
    func strangers() async throws {
        let world = try await World.released()
        try resign(world, [pair("alice"), pair("carol")])
        guard case .layoutUnsigned("wheel", let count, _) = try await world.failure()?.error
        else {
            Issue.record("not refused")
            return
        }
        #expect(count.accepted.isEmpty)
    }

    @Test("without a threshold every key listed must have signed, as python in-toto wants")
    func allMustSign() async throws {
        let world = try await World.released()
        try resign(world, [pair("olga"), pair("oscar")]) { custom in
            custom.change("carnet") { $0.set("threshold", nil) }
        }
        guard case .layoutUnsigned("wheel", let count, _) = try await world.failure()?.error
        else {
            Issue.record("not refused")
            return
        }
        #expect(count.required == 3 && count.accepted.count == 2)
        try resign(world, [pair("olga"), pair("oscar"), pair("otto")])
        #expect(try await world.failure() == nil)
    }

    @Test("a key file that holds no key, and a layout that is none, are told as malformed")
    func malformed() async throws {
        let world = try await World.released()
        let junk = path("in-toto-pubkeys/junk.pub")
        try world.attack(
            [
                RepositoryPlan.layouts: { [layout] document in
                    document.list("junk", at: junk)
                    document.custom(of: layout) { $0.set("in-toto", [.text(junk.string)]) }
                }
            ], files: [junk: "junk"])
        var failure = try await world.failure()
        #expect(
            failure?.error
                == .malformedLayoutKey(junk, .unsupportedKey("no public key in PEM found")))
        #expect(RefusalKind(failure) == RefusalKind("E-MALFORMED-POLICY", .contradiction, 1))

        let other = try await World.released()
        try other.attack(
            [
                RepositoryPlan.layouts: { [layout] document in
                    let custom = document["targets"]?[layout.text]?["custom"]
                    document.list("{}", at: layout, custom: custom)
                }
            ], files: [layout: "{}"])
        failure = try await other.failure()
        #expect(
            failure?.error
                == .malformedLayout(layout: "wheel", .malformed(.missing(path: "signed"))))
    }

    @Test("a layout alone is checked in the same way")
    func layoutAlone() async throws {
        let world = try await World.released()
        var (search, download) = try await world.search()
        let verified = try await ReleaseVerifier(search, download).layout(at: layout)
        #expect(verified.document.steps.map(\.name) == ["tag", "wheel"])
        #expect(verified.signers.count == 2)
        try resign(world, [pair("olga")])
        (search, download) = try await world.search()
        do {
            _ = try await ReleaseVerifier(search, download).layout(at: layout)
            Issue.record("not refused")
        } catch {
            guard case .layoutUnsigned = error.error else { throw error }
        }
    }
}
