// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TestKit
import Testing

@Suite("Rule 2: a layout whose signer's key has ended")
struct EndedSignerTests {
    private let layout = path("in-toto-metadata/wheel.layout")
    private let keyFile = path("in-toto-pubkeys/\(EndedKey.fingerprint).pub")

    /// A release whose layout two of olga, oscar and petra must have signed; these have.
    private func world(signedBy people: [String]) async throws -> World {
        let world = try await World.released()
        let folder = "\(world.directory.path)/targets/in-toto-metadata"
        let name = try FileSystem.names(in: folder).first { $0.hasSuffix(".wheel.layout") }
        let stored = try #require(try FileSystem.read("\(folder)/\(name ?? "")"))
        let signed = try SignedFile(stored).signed.tree()
        let message = signed.canonicalBytes()
        var entries = [EndedKey.sign(message)]
        for person in people {
            entries.append([
                "keyid": .string(try keyID(person).text),
                "sig": .text(hex(try key(person).sign(message))),
            ])
        }
        let file: JSON = ["signatures": .array(entries), "signed": signed]
        let text = String(decoding: file.compactBytes(), as: UTF8.self)
        let keys = ["olga", "oscar"].map { person in
            path("in-toto-pubkeys/\((try? keyID(person)).map(\.description) ?? "").pub")
        }
        try world.attack(
            [
                RepositoryPlan.layouts: { [layout, keyFile] document in
                    var custom = document["targets"]?[layout.text]?["custom"] ?? [:]
                    custom.set(
                        "in-toto", .array((keys + [keyFile]).map { .string($0.text) }))
                    document.list(EndedKey.certificate, at: keyFile)
                    document.list(text, at: layout, custom: custom)
                }
            ], files: [layout: text, keyFile: EndedKey.certificate])
        return world
    }

    @Test("signed by two of whom one has a key that ended, it is refused from then on")
    func ended() async throws {
        let world = try await world(signedBy: ["olga"])
        #expect(try await world.failure() == nil)
        #expect(try await world.failure(at: EndedKey.end.adding(seconds: -1)) == nil)
        let failure = try await world.failure(at: EndedKey.end)
        guard case .layoutUnsigned("wheel", let count, _)? = failure?.error else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(count.required == 2)
        #expect(count.accepted == [try keyID("olga")])
        #expect(count.rejected.map(\.reason) == [.ended(.expired(since: EndedKey.end))])
        #expect(RefusalKind(failure) == RefusalKind("E-LAYOUT-SIGNATURES", .contradiction, 1))
    }

    @Test("who else has signed is enough without it")
    func others() async throws {
        let world = try await world(signedBy: ["olga", "oscar"])
        #expect(try await world.failure(at: EndedKey.end) == nil)
    }
}
