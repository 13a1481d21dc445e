// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

@Suite("Keys for which anybody could sign, and keys that are written oddly")
struct WeakKeyTests {
    private func edwards(_ digits: String) throws -> PublicKey {
        try publicKey("ed25519", "ed25519", digits)
    }

    /// The last byte with the sign of x turned.
    private func turned(_ digits: String) throws -> String {
        var point = try #require(bytes(fromHex: digits))
        point[31] ^= 0x80
        return hex(point)
    }

    @Test(
        "ed25519 keys of small order are of no use, with either sign",
        arguments: [
            String(repeating: "00", count: 32), "01" + String(repeating: "00", count: 31),
            "ec" + String(repeating: "ff", count: 30) + "7f",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ])
    func smallOrder(digits: String) throws {
        for text in [digits, try turned(digits), digits.uppercased()] {
            let key = try edwards(text)
            #expect(key.material == nil)
            #expect(key.pem == nil)
            // Right for every message under the neutral element, for many under the others.
            let forged = [1] + [UInt8](repeating: 0, count: 63)
            for message in 0..<16 as Range<UInt8> { #expect(!key.accepts(forged, over: [message])) }
        }
    }

    @Test("a PEM file of the point at infinity holds no public key")
    func infinity() {
        let pem =
            "-----BEGIN PUBLIC KEY-----\nMBkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDAgAA\n"
            + "-----END PUBLIC KEY-----\n"
        #expect(throws: SigningError.unsupportedKey("expected a sound public point")) {
            try PublicKey(pem: Array(pem.utf8))
        }
    }

    @Test("an ed25519 key whose y is not reduced is of no use", arguments: 0...18)
    func unreduced(excess: Int) throws {
        let first = String(0xED + excess, radix: 16)
        let digits = "\(first)\(String(repeating: "ff", count: 30))7f"
        #expect(try edwards(digits).material == nil)
        #expect(try edwards(try turned(digits)).material == nil)
    }

    @Test("usual ed25519 keys are of use", arguments: 0..<40 as Range<UInt8>)
    func usual(seed: UInt8) throws {
        let signer = try seeded(seed)
        let key = try edwards(signer.publicKey.publicValue.string)
        #expect(key.material == signer.publicKey.material)
        #expect(key.accepts(try signer.sign([seed]), over: [seed]))
    }

    /// The same PEM with white space in other places.
    private func spaced(_ pem: String) -> [String] {
        let lines = pem.split(separator: "\n").map(String.init)
        return [
            pem, "\n\(pem)", "  \(pem)", "\r\n\t \(pem)\n\n \t", lines.joined(separator: "\r\n"),
            lines.joined(separator: " \n"), lines.joined(separator: "\n\n"),
            lines.joined(separator: "\n "), lines.joined(separator: "\t\r\n"),
            ([lines[0]] + [lines.dropFirst().dropLast().joined()] + [lines[lines.count - 1]])
                .joined(separator: "\n"),
        ]
    }

    @Test("a PEM with white space anywhere is the same key", arguments: ["p256", "p384", "p521"])
    func whiteSpace(name: UTF8Text) throws {
        let pem = try #require(try vectors("keys.json")["public"]).string(name)
        let scheme = "ecdsa-sha2-nist\(name)"
        let material = try #require(try PublicKey(pem: Array(pem.utf8)).material)
        for text in spaced(pem) {
            for type in ["ecdsa", scheme] {
                #expect(try publicKey(type, scheme, text).material == material, "\(quoted(text))")
            }
        }
    }

    @Test("so is an RSA key's, under each of its schemes")
    func whiteSpaceRSA() throws {
        let pem = try #require(try vectors("keys.json")["public"]).string("rsa2048")
        let material = try #require(try PublicKey(pem: Array(pem.utf8)).material)
        for text in spaced(pem) {
            for scheme in ["rsassa-pss-sha256", "rsa-pkcs1v15-sha512"] {
                #expect(try publicKey("rsa", scheme, text).material == material, "\(quoted(text))")
            }
        }
    }

    @Test("one key with ten kinds of white space counts once")
    func countedOnce() throws {
        let signer = try PrivateKey(generating: .ecdsaP256)
        let texts = spaced(signer.publicKey.publicValue.string)
        let entries = try texts.enumerated().map { place, text in
            Authority.Entry(
                KeyID(UTF8Text("\(place)")), try publicKey("ecdsa", "ecdsa-sha2-nistp256", text))
        }
        let signatures = try texts.indices.map {
            #"{"keyid":"\#($0)","sig":"\#(hex(try signer.sign(Array("{}".utf8))))"}"#
        }
        let text = #"{"signatures":[\#(signatures.joined(separator: ","))],"signed":{}}"#
        let count = try SignedFile(Array(text.utf8)).count(by: Authority(entries, threshold: 2))
        #expect(count.accepted == [KeyID("0")])
        #expect(!count.isMet)
    }

    @Test("what is no PEM stays none")
    func noPEM() throws {
        let pem = try #require(try vectors("keys.json")["public"]).string("p256")
        let body = pem.split(separator: "\n").dropFirst().dropLast().joined(separator: "\n")
        for text in [
            "x\(pem)", body, "-----BEGIN PUBLIC KEY-----\n\(body)",
            pem.replacing("-----END", with: "----END"), "-----BEGIN PUBLIC KEY----------END",
            "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----", "\u{FEFF}\(pem)",
            pem.replacing("MFk", with: "MFl"), pem.replacing("==", with: ""), "\0\(pem)",
        ] {
            let key = try publicKey("ecdsa", "ecdsa-sha2-nistp256", text)
            #expect(key.material == nil, "\(quoted(text))")
        }
    }

    @Test("a key that many use at once is read as if one did")
    func together() async throws {
        let signer = try PrivateKey(generating: .ecdsaP256)
        let key = try PublicKey(
            try JSONDocument(signer.publicKey.json.compactBytes()).root)
        let signature = try signer.sign([1])
        let results = await withTaskGroup(of: Bool.self) { group in
            for place in 0..<64 {
                group.addTask { key.accepts(signature, over: [place == 63 ? 2 : 1]) }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(results == 63)
    }
}
