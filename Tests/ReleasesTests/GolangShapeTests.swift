// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import Releases
import TestKit
import Testing

/// in-toto-golang decodes a file into its own structures, refuses members that these do not have,
/// and checks signatures over what it writes of them again. No Go is run here: the members are
/// those of its `Layout`, `Step`, `Inspection`, `Key`, `KeyVal` and `Link`, and its key ids are
/// held to those of its own test keys by `KeyIDTests`.
@Suite("in-toto-golang: what Carnet signs is what Go writes again")
struct GolangShapeTests {
    private static let key = ["keyid", "keyid_hash_algorithms", "keytype", "keyval", "scheme"]

    private func names(_ value: JSON?) -> [String] {
        (value?.members ?? []).map(\.key.string).sorted()
    }

    @Test(
        "a layout has Go's members, all of them, and its keys Go's",
        arguments: [KeyKind.ed25519, .ecdsaP256, .rsa3072])
    func layout(kind: KeyKind) async throws {
        let world = try await World()
        let bob = try PrivateKey(generating: kind)
        try world.folder.write(try #require(bob.publicKey.pem), to: "layouts/keys/bob.pub")
        let olga = try PrivateKey(generating: kind)
        try world.folder.write(try #require(olga.publicKey.pem), to: "layouts/keys/olga.pub")
        let source =
            World.source + "\ninspections:\n  - {name: look, run: \"true\", products: [ALLOW x]}\n"
        let file = try SignedFile(
            try world.layoutFile(source).signed(adding: [("olga", olga)], now: now))
        let layout = file.signed.tree()
        #expect(names(layout) == ["_type", "expires", "inspect", "keys", "readme", "steps"])
        for step in layout["steps"]?.elements ?? [] {
            #expect(
                names(step) == [
                    "_type", "expected_command", "expected_materials", "expected_products",
                    "name", "pubkeys", "threshold",
                ])
        }
        for inspection in layout["inspect"]?.elements ?? [] {
            #expect(
                names(inspection) == [
                    "_type", "expected_materials", "expected_products", "name", "run",
                ])
        }
        let keys = layout["keys"]?.members ?? []
        #expect(keys.count == 2)
        for key in keys {
            #expect(names(key.value) == Self.key)
            #expect(names(key.value["keyval"]) == ["public"])
            #expect(key.value["keyid_hash_algorithms"] == ["sha256", "sha512"])
            #expect(key.value["keyid"]?.text == key.key)
        }
        // Go computes the id of a key on the command line itself; Python, too.
        #expect(
            Set(file.signatures.map(\.keyID)) == [
                olga.publicKey.keyID, olga.publicKey.legacyKeyID,
            ])
        #expect(olga.publicKey.keyID != olga.publicKey.legacyKeyID)
    }
}
