// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

@Suite("Key objects (TUF 1.0.34 §4.2)")
struct PublicKeyTests {
    private let p256 = "ecdsa-sha2-nistp256"

    /// TAP 12b: keys are told apart by what they are
    @Test("one key in any encoding has one material")
    func encodings() throws {
        let (pem, others) = try p256Encodings()
        let material = try #require(try publicKey("ecdsa", p256, pem).material)
        #expect(others.count >= 10)
        for other in others {
            for type in ["ecdsa", p256] {
                let key = try publicKey(type, p256, other.value)
                #expect(key.material == material, "\(other.name)")
                #expect(key.pem == pem, "\(other.name)")
            }
        }
    }

    @Test("an ed25519 key is the same in upper case")
    func upperCase() throws {
        let key = try seeded(3).publicKey
        let upper = try publicKey("ed25519", "ed25519", key.publicValue.string.uppercased())
        #expect(upper.material == key.material)
        #expect(upper != key)
    }

    @Test("one RSA key under all its schemes has one material")
    func schemes() throws {
        let pem = try #require(try vectors("keys.json")["public"]).string("rsa2048")
        var materials: Set<KeyMaterial> = []
        for digest in ["sha256", "sha384", "sha512"] {
            for scheme in ["rsassa-pss-\(digest)", "rsa-pkcs1v15-\(digest)"] {
                materials.insert(try #require(try publicKey("rsa", scheme, pem).material))
            }
        }
        #expect(materials.count == 1)
    }

    /// Each is a key object that decodes, is kept, and verifies nothing.
    private static func unusable() throws -> [(String, String, String)] {
        let keys = try vectors("keys.json")
        let publicKeys = try #require(keys["public"])
        let (p256, p384) = (try publicKeys.string("p256"), try publicKeys.string("p384"))
        let rsa = try publicKeys.string("rsa2048")
        let point = try #require(keys["p256"]).string("point")
        let ed25519 = try seeded(3).publicKey.publicValue.string
        let refused = try keys.list("refused").flatMap { entry in
            let pem = try entry.string("public")
            return ["ecdsa-sha2-nistp256", "rsassa-pss-sha256", "ed25519"].map { scheme in
                (
                    scheme.hasPrefix("rsa") ? "rsa" : scheme.hasPrefix("ec") ? "ecdsa" : scheme,
                    scheme, pem
                )
            }
        }
        let nistp256 = "ecdsa-sha2-nistp256"
        return refused + [
            ("ecdsa", "ecdsa-sha2-nistp384", p256), ("ecdsa", "ecdsa-sha2-nistp521", p256),
            ("ecdsa", nistp256, p384), ("ecdsa-sha2-nistp384", nistp256, p256),
            ("ecdsa", "ecdsa-sha2-nistp384", point), ("rsa", nistp256, p256),
            ("ecdsa", nistp256, rsa),
            ("rsa", "rsassa-pss-sha256", p256), ("ecdsa", "rsassa-pss-sha256", rsa),
            ("rsa", "rsassa-pss-sha1", rsa), ("rsa", "rsassa-pss-md5", rsa), ("rsa", "", rsa),
            ("RSA", "rsassa-pss-sha256", rsa), ("sphincs", "sphincs-shake-128s", "00"),
            ("ed25519", "ed25519", String(ed25519.dropLast(2))),
            ("ed25519", "ed25519", ed25519 + "00"),
            ("ed25519", "ed25519", String(ed25519.dropLast())), ("ed25519", "ed25519", ""),
            ("ed25519", "ed25519", "g" + ed25519.dropFirst()),
            ("ed25519", "ed25519", " " + ed25519),
            ("ed25519", "ed25519ph", ed25519), ("ed25519", nistp256, ed25519),
            // Points: at infinity, not on the curve, cut off, too long, with an unknown first byte.
            ("ecdsa", nistp256, "00"), ("ecdsa", nistp256, ""),
            ("ecdsa", nistp256, String(point.dropLast(2))),
            ("ecdsa", nistp256, point + "00"), ("ecdsa", nistp256, "05" + point.dropFirst(2)),
            ("ecdsa", nistp256, "04" + String(repeating: "11", count: 64)),
            ("ecdsa", nistp256, "02" + String(repeating: "ff", count: 32)),
            ("ecdsa", nistp256, String(point.dropLast(2)) + (point.hasSuffix("00") ? "01" : "00")),
            // SubjectPublicKeyInfo whose point is at infinity.
            (
                "ecdsa", nistp256,
                pem([
                    0x30, 0x19, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
                    0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x02, 0x00,
                    0x00,
                ])
            ),
            ("ecdsa", nistp256, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
            ("ecdsa", nistp256, "-----BEGIN PUBLIC KEY-----"),
            ("ecdsa", nistp256, p256.replacing("PUBLIC KEY", with: "CERTIFICATE")),
        ]
    }

    private static func pem(_ der: [UInt8]) -> String {
        "-----BEGIN PUBLIC KEY-----\n\(base64(der))\n-----END PUBLIC KEY-----\n"
    }

    /// TUF 1.0.34 §4.2.2a, 4.2.2c: weak keys and keys of another kind never count
    @Test("keys of an unknown or contradictory kind decode, are kept and verify nothing")
    func unusable() throws {
        let table = try Self.unusable()
        #expect(table.count > 40)
        for (type, scheme, value) in table {
            let key = try publicKey(type, scheme, value)
            let words = "\(type) \(scheme) \(quoted(value))"
            #expect(key.material == nil, "\(words)")
            #expect(key.pem == nil, "\(words)")
            #expect(key.json["keyval"]?["public"]?.text == UTF8Text(value))
            #expect(!key.accepts([1, 2, 3], over: [1]))
            // Any r and s verify under the point at infinity if it is let in.
            #expect(!key.accepts([0x30, 6, 2, 1, 1, 2, 1, 1], over: [1]))
        }
    }

    @Test(
        "objects that are no keys",
        arguments: [
            ("{}", "keytype: missing"), ("[]", "document: an array found, an object expected"),
            (#"{"keytype":"a","scheme":"b"}"#, "keyval: missing"),
            (#"{"keytype":"a","keyval":{"public":"c"}}"#, "scheme: missing"),
            (#"{"keytype":"a","scheme":"b","keyval":{}}"#, "keyval.public: missing"),
            (
                #"{"keytype":1,"scheme":"b","keyval":{"public":"c"}}"#,
                "keytype: 1 found, a string expected"
            ),
            (
                #"{"keytype":"a","scheme":null,"keyval":{"public":"c"}}"#,
                "scheme: null found, a string expected"
            ),
            (
                #"{"keytype":"a","scheme":"b","keyval":"c"}"#,
                #"keyval: "c" found, an object expected"#
            ),
            (
                #"{"keytype":"a","scheme":"b","keyval":{"public":["c"]}}"#,
                "keyval.public: an array found, a string expected"
            ),
        ])
    func malformed(text: String, words: String) throws {
        let root = try document(text).root
        let error = #expect(throws: JSONError.self) { try PublicKey(root) }
        #expect(error?.description == words)
    }

    /// TUF 1.0.34 §4b: members that nobody knows stay
    @Test("members that TUF does not name stay in the object")
    func unknownMembers() throws {
        let text =
            #"{"keyid_hash_algorithms":["x"],"keytype":"t","#
            + #""keyval":{"public":"p","y":1},"scheme":"s"}"#
        let key = try PublicKey(try document(text).root)
        #expect(key.json.canonicalBytes() == Array(text.utf8))
    }

    @Test("PEM that holds no public key", arguments: ["", "x", "-----BEGIN PUBLIC KEY-----\n"])
    func noPEM(_ text: String) {
        #expect(throws: SigningError.unsupportedKey("no public key in PEM found")) {
            try PublicKey(pem: Array(text.utf8))
        }
    }
}
