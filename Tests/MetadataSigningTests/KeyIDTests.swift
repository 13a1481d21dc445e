// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

@Suite("Key ids, in both traditions")
struct KeyIDTests {
    @Test("ids by securesystemslib, and by the older rule")
    func python() throws {
        let keys = try vectors("keys.json")
        let entries = try vectors("signatures.json").list("keyids")
        #expect(entries.count >= 13)
        for entry in entries {
            let name = try entry.string("key")
            let pem = try #require(keys["public"]).string(UTF8Text(name))
            let value = try PublicKey(pem: Array(pem.utf8)).publicValue
            let key = try publicKey(
                try entry.string("keytype"), try entry.string("scheme"), value.string)
            #expect(key.keyID.description == (try entry.string("keyid")), "\(name)")
            #expect(key.legacyKeyID.description == (try entry.string("legacy")), "\(name)")
        }
    }

    @Test("ids of in-toto-golang's test keys")
    func golang() throws {
        for entry in try #require(try vectors("golang.json").elements) {
            let value = try entry.string("public")
            let id = try entry.string("legacy")
            let type = try entry.string("keytype")
            // What Go strips away must not count.
            for text in [value, value + "\n", " \n" + value + "\r\n\t"] where type != "ed25519" {
                let key = try publicKey(type, try entry.string("scheme"), text)
                #expect(key.legacyKeyID.description == id)
            }
            let key = try publicKey(type, try entry.string("scheme"), value)
            #expect(key.legacyKeyID.description == id)
            #expect(key.keyID.description != id)
        }
    }

    @Test("the id is that of the key as written: other members have no part in it")
    func onlyThree() throws {
        let plain = try PublicKey(
            try document(
                #"{"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"00"}}"#
            ).root)
        let more = try PublicKey(
            try document(
                #"{"keytype":"ed25519","scheme":"ed25519","x":1,"#
                    + #""keyval":{"public":"00","private":""}}"#
            ).root)
        #expect(plain.keyID == more.keyID)
        #expect(plain != more)
        #expect(more.json["x"]?.integer == 1)
    }

    @Test(
        "ids that are fit for a file name",
        arguments: [
            ("0123abcd", true), (String(repeating: "f", count: 128), true), ("0123abc", false),
            (String(repeating: "f", count: 129), false), ("0123ABCD", false), ("", false),
            ("0123abcg", false), ("../../ab", false), ("0123abc\u{E9}", false),
            ("0123abc\0", false),
        ])
    func hexadecimal(text: String, isFit: Bool) {
        #expect(KeyID(UTF8Text(text)).isHexadecimal == isFit)
    }

    @Test("ids are compared by their bytes")
    func identity() {
        #expect(KeyID("\u{E9}") != KeyID("e\u{301}"))
        #expect(Set([KeyID("\u{E9}"), KeyID("e\u{301}")]).count == 2)
        #expect(KeyID("\u{FF5E}") < KeyID("\u{1F600}"))
        #expect(KeyID("0123456789").prefix == "01234567")
        #expect(KeyID("0123").prefix == "0123")
    }
}
