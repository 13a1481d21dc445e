// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

// That nobody else can make a `Verified` is for the compiler: it has no initializer outside the
// module, so a test of it would not build.

@Suite("Signed files (TUF 1.0.34 §4.2.1)")
struct SignedFileTests {
    private func refusal(_ text: String) -> SigningError? {
        do throws(SigningError) {
            _ = try SignedFile(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    private func authority(_ keys: PrivateKey..., threshold: Int? = nil) -> Authority {
        Authority(
            keys.map { Authority.Entry($0.publicKey.keyID, $0.publicKey) },
            threshold: threshold ?? keys.count)
    }

    /// attack: go-tuf CVE-2026-23991, #749: {"signed":5}, null, arrays for objects
    @Test(
        "files that are not of the shape",
        arguments: [
            ("[]", "document: an array found, an object expected"), ("{}", "signed: missing"),
            (#"{"signed":{}}"#, "signatures: missing"),
            (#"{"signatures":[]}"#, "signed: missing"),
            (#"{"signed":5,"signatures":[]}"#, "signed: 5 found, an object expected"),
            (#"{"signed":null,"signatures":[]}"#, "signed: null found, an object expected"),
            (#"{"signed":[],"signatures":[]}"#, "signed: an array found, an object expected"),
            (#"{"signed":"{}","signatures":[]}"#, #"signed: "{}" found, an object expected"#),
            (#"{"signed":{},"signatures":{}}"#, "signatures: an object found, an array expected"),
            (#"{"signed":{},"signatures":null}"#, "signatures: null found, an array expected"),
            (#"{"signed":{},"signatures":[1]}"#, "signatures[0]: 1 found, an object expected"),
            (#"{"signed":{},"signatures":[{}]}"#, "signatures[0].sig: missing"),
            (#"{"signed":{},"signatures":[{"sig":""}]}"#, "signatures[0].keyid: missing"),
            (#"{"signed":{},"signatures":[{"keyid":"a"}]}"#, "signatures[0].sig: missing"),
            (
                #"{"signed":{},"signatures":[{"keyid":7,"sig":""}]}"#,
                "signatures[0].keyid: 7 found, a string expected"
            ),
            (
                #"{"signed":{},"signatures":[{"keyid":"a","sig":null}]}"#,
                "signatures[0].sig: null found, a string expected"
            ),
            (
                #"{"signed":{},"signed":{},"signatures":[]}"#,
                #"key "signed" twice in one object, at byte 13"#
            ),
            ("", "JSON ends too early"),
        ])
    func shape(text: String, words: String) { #expect(refusal(text)?.description == words) }

    /// TUF 1.0.34 §4.2.1a: a key id stands once
    @Test(
        "a key id twice is refused, even if one entry is empty or the key unknown",
        arguments: [
            #"{"keyid":"a","sig":"00"},{"keyid":"a","sig":"00"}"#,
            #"{"keyid":"a","sig":""},{"keyid":"b","sig":""},{"keyid":"a","sig":"01"}"#,
            #"{"keyid":"a","sig":""},{"keyid":"\u0061","sig":""}"#,
            #"{"keyid":"a","signature":"","other_headers":""},{"keyid":"a","sig":""}"#,
        ])
    func duplicates(_ entries: String) {
        let text = #"{"signed":{},"signatures":[\#(entries)]}"#
        #expect(refusal(text) == .duplicateSignature(KeyID("a")))
    }

    @Test("ids that look alike are different ids")
    func lookalikes() throws {
        let text =
            "{\"signed\":{},\"signatures\":[{\"keyid\":\"\u{E9}\",\"sig\":\"\"},"
            + "{\"keyid\":\"e\u{301}\",\"sig\":\"\"}]}"
        #expect(try SignedFile(Array(text.utf8)).signatures.count == 2)
    }

    /// TUF 1.0.34 §4.2.1b: the canonical form is signed
    @Test("a signature covers the canonical form, however the file is written")
    func oddSpacing() throws {
        let key = try seeded(1)
        let digits = hex(try key.sign(Array(#"{"a":[1],"b":"x/y"}"#.utf8)))
        for signed in [
            #"{"a":[1],"b":"x/y"}"#, #"{ "b" : "x\/y" , "a":[ 1 ]}"#,
            "{\n\"\\u0061\":[1],\"b\":\"x/\\u0079\"}",
        ] {
            let text = #"{"signed":\#(signed),"signatures":[{"keyid":"k","sig":"\#(digits)"}]}"#
            let file = try SignedFile(Array(text.utf8))
            let verified = try file.verified(
                by: Authority([.init(KeyID("k"), key.publicKey)], threshold: 1)
            ) { value throws(JSONError) in try value.object().required("b").text() }
            #expect(verified.document == "x/y")
            #expect(verified.bytes == Array(text.utf8))
            #expect(verified.signers == [KeyID("k")])
        }
    }

    /// TUF 1.0.34 §4.2.1b: signatures are hexadecimal digits
    @Test("hexadecimal digits in upper case are taken, other text verifies nothing")
    func digits() throws {
        let key = try seeded(1)
        let good = hex(try key.sign(Array("{}".utf8)))
        let authority = Authority([.init(KeyID("k"), key.publicKey)], threshold: 1)
        for (text, isMet) in [
            (good, true), (good.uppercased(), true), (good + "0", false), (good + "00", false),
            (" " + good, false), ("0x" + good, false), ("", false), ("zz", false),
            (base64(bytes(fromHex: good)!), false),
        ] {
            let file = #"{"signed":{},"signatures":[{"keyid":"k","sig":"\#(text)"}]}"#
            #expect(try SignedFile(Array(file.utf8)).count(by: authority).isMet == isMet)
        }
    }

    @Test("an OpenPGP signature verifies nothing, not even with the digits of a good one")
    func openPGP() throws {
        let key = try seeded(1)
        let digits = hex(try key.sign(Array("{}".utf8)))
        let text =
            #"{"signed":{},"signatures":[{"keyid":"k","signature":"\#(digits)","#
            + #""other_headers":"04"}]}"#
        let file = try SignedFile(Array(text.utf8))
        let authority = Authority([.init(KeyID("k"), key.publicKey)], threshold: 1)
        #expect(!file.count(by: authority).isMet)
    }

    @Test("nothing is decoded before the threshold is met")
    func decodeLate() throws {
        let (key, other) = (try seeded(1), try seeded(2))
        let bytes = try SignedFile.bytes(signing: [:], with: [(key.publicKey.keyID, key)])
        let file = try SignedFile(bytes)
        var decoded = 0
        let count = file.count(by: authority(key, other))
        #expect(throws: SigningError.threshold(count)) {
            try file.verified(by: authority(key, other)) { _ throws(JSONError) in decoded += 1 }
        }
        #expect(decoded == 0)
        let refusal = JSONError.missing(path: "signed.x")
        #expect(throws: SigningError.malformed(refusal)) {
            try file.verified(by: authority(key)) { value throws(JSONError) in
                _ = try value.object().required("x")
            }
        }
        _ = try file.verified(by: authority(key)) { _ throws(JSONError) in decoded += 1 }
        #expect(decoded == 1)
    }

    @Test(
        "what is signed can be read and verified again, compact or indented",
        arguments: [false, true])
    func roundTrip(indented: Bool) throws {
        let (key, other) = (try seeded(1), try seeded(2))
        let signed: JSON = ["_type": "x", "text": "line\nline \u{1F600}", "n": [1, -2, .null]]
        let bytes = try SignedFile.bytes(
            signing: signed, with: [(key.publicKey.keyID, key), (KeyID("other"), other)],
            indented: indented)
        let file = try SignedFile(bytes)
        #expect(file.signed.tree().canonicalBytes() == signed.canonicalBytes())
        #expect(file.signatures.map(\.keyID) == [key.publicKey.keyID, KeyID("other")])
        #expect(file.count(by: authority(key)).isMet)
        let byName = Authority([.init(KeyID("other"), other.publicKey)], threshold: 1)
        #expect(file.count(by: byName).isMet)
    }

    @Test("signatures of others are carried over, an old one under a signer's id is not")
    func keeping() throws {
        let (key, other) = (try seeded(1), try seeded(2))
        let id = key.publicKey.keyID
        let text = """
            {"signed":{},"signatures":[{"keyid":"gpg","signature":"ab","other_headers":"04"},
            {"keyid":"\(id)","sig":"00"},{"keyid":"x","sig":"","extra":1}]}
            """
        let old = try SignedFile(Array(text.utf8))
        let bytes = try SignedFile.bytes(
            signing: [:], with: [(id, key), (KeyID("o"), other)], keeping: old.signatures)
        let new = try SignedFile(bytes)
        #expect(new.signatures.map(\.keyID.description) == ["gpg", "x", "\(id)", "o"])
        #expect(new.count(by: authority(key)).isMet)
        let entries = try new.document.root.object().required("signatures").array()
        #expect(
            entries[0].tree().canonicalBytes()
                == Array(#"{"keyid":"gpg","other_headers":"04","signature":"ab"}"#.utf8))
        #expect(try entries[1].object()["extra"]?.integer() == 1)
    }
}
