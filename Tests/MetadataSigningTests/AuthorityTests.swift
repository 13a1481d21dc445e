// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

@Suite("TUF 5.3.4: a threshold counts different keys")
struct AuthorityTests {
    private let text = #"{"a":1}"#
    private var message: [UInt8] { Array(text.utf8) }

    /// A file over ``text`` with these signatures.
    private func file(_ signatures: [(id: String, value: [UInt8])]) throws -> SignedFile {
        let entries = signatures.map { #"{"keyid":"\#($0.id)","sig":"\#(hex($0.value))"}"# }
        let list = entries.joined(separator: ",")
        return try SignedFile(Array(#"{"signatures":[\#(list)],"signed":\#(text)}"#.utf8))
    }

    private func entry(_ id: String, _ key: PublicKey) -> Authority.Entry {
        Authority.Entry(KeyID(UTF8Text(id)), key)
    }

    /// TUF 1.0.34 §5.3.4a, 5.4.2a, 5.5.3a, 5.6.3a: a threshold of keys
    @Test("the threshold exactly, one less, and one more", arguments: 0...4)
    func threshold(signed: Int) throws {
        let keys = try (1...4).map { try seeded(UInt8($0)) }
        let authority = Authority(
            keys.enumerated().map { entry("\($0)", $1.publicKey) }, threshold: 3)
        let signatures = try keys.prefix(signed).enumerated().map {
            ("\($0)", try $1.sign(message))
        }
        let count = try file(signatures).count(by: authority)
        #expect(count.isMet == (signed >= 3))
        #expect(count.accepted.count == signed)
        #expect(count.rejected.isEmpty)
        #expect(count.description == "signed by \(signed) of the 3 keys required")
    }

    /// TUF 1.0.34 §4.3h: a threshold is 1 or more
    @Test("a threshold below one is never met", arguments: [0, -1, Int.min])
    func noThreshold(_ threshold: Int) throws {
        let key = try seeded(1)
        let authority = Authority([entry("a", key.publicKey)], threshold: threshold)
        #expect(try !file([("a", key.sign(message))]).count(by: authority).isMet)
        #expect(try !file([]).count(by: Authority([], threshold: threshold)).isMet)
    }

    /// TUF 1.0.34 §5.3.4c, 5.4.2b, 5.5.3b, 5.6.3b: a key counts once
    /// TAP 12b: by what it is
    /// attack: go-tuf #733: two key ids
    @Test("one key under two ids counts once")
    func twoIDs() throws {
        let key = try seeded(1)
        let signature = try key.sign(message)
        let signatures = [("a", signature), ("b", signature)]
        let apart = Authority(
            [entry("a", key.publicKey), entry("b", key.publicKey)], threshold: 2)
        let together = Authority(
            [Authority.Entry([KeyID("a"), KeyID("b")], key.publicKey)], threshold: 2)
        for authority in [apart, together] {
            let count = try file(signatures).count(by: authority)
            #expect(!count.isMet)
            #expect(count.accepted == [KeyID("a")])
        }
    }

    @Test("an ed25519 key in upper case under another id counts once")
    func upperCase() throws {
        let key = try seeded(1)
        let upper = try publicKey(
            "ed25519", "ed25519", key.publicKey.publicValue.string.uppercased())
        let authority = Authority([entry("a", key.publicKey), entry("b", upper)], threshold: 2)
        let signature = try key.sign(message)
        #expect(
            try file([("a", signature), ("b", signature)]).count(by: authority).accepted.count == 1)
    }

    /// attack: go-tuf #733: white space in a PEM
    @Test("one P-256 key in every encoding counts once")
    func encodings() throws {
        let (pem, others) = try p256Encodings()
        let entries = try vectors("keys.json").list("private")
        let file = try #require(entries.first { $0["key"] == "p256" && $0["passphrase"] == .null })
        let signer = try PrivateKey(pem: Array(try file.string("pem").utf8), passphrase: nil)
        #expect(signer.publicKey.pem == pem)
        let scheme = "ecdsa-sha2-nistp256"
        var keys = try others.map { try publicKey("ecdsa", scheme, $0.value) }
        keys += try others.map { try publicKey(scheme, scheme, $0.value) }
        let authority = Authority(
            keys.enumerated().map { entry("\($0)", $1) }, threshold: 2)
        let signatures = try keys.indices.map { ("\($0)", try signer.sign(message)) }
        let count = try self.file(signatures).count(by: authority)
        #expect(!count.isMet)
        #expect(count.accepted == [KeyID("0")])
        #expect(count.rejected.isEmpty)
    }

    /// attack: go-tuf #733: two schemes of one RSA key
    @Test("one RSA key with two schemes counts once")
    func twoSchemes() throws {
        let pem = try #require(try vectors("keys.json")["public"]).string("rsa2048")
        let vector = try vectors("signatures.json")
        let schemes = ["rsassa-pss-sha256", "rsassa-pss-sha512", "rsa-pkcs1v15-sha256"]
        let signatures = try schemes.map { scheme in
            let entry = try #require(
                try vector.list("signatures").first {
                    $0["scheme"]?.text == UTF8Text(scheme) && $0["valid"] == true
                })
            return (scheme, try #require(bytes(fromHex: try entry.string("sig"))))
        }
        let authority = Authority(
            try schemes.map { entry($0, try publicKey("rsa", $0, pem)) }, threshold: 2)
        let parsed = try file(signatures).signatures
        let count = Array(try vector.string("message").utf8).withUnsafeBytes {
            authority.count(parsed, over: $0)
        }
        #expect(count.accepted == [KeyID("rsassa-pss-sha256")])
        #expect(!count.isMet)
    }

    @Test("unknown ids, empty, malformed and wrong signatures are passed over, and told")
    func passedOver() throws {
        let (key, other) = (try seeded(1), try seeded(2))
        let unusable = try publicKey("ed25519", "ed25519", "00")
        let authority = Authority(
            [
                entry("good", key.publicKey), entry("empty", other.publicKey),
                entry("wrong", other.publicKey), entry("odd", unusable),
            ], threshold: 1)
        let count = try file([
            ("stranger", try other.sign(message)), ("empty", []), ("wrong", try key.sign(message)),
            ("odd", [1]), ("good", try key.sign(message)),
        ]).count(by: authority)
        #expect(count.isMet)
        #expect(count.accepted == [KeyID("good")])
        let reasons = count.rejected.map { "\($0.keyID) \($0.reason)" }
        #expect(
            reasons == ["stranger unknownKey", "empty wrong", "wrong wrong", "odd unusableKey"])
    }

    @Test("a wrong signature of a key under one id does not spoil a right one under another")
    func wrongThenRight() throws {
        let key = try seeded(1)
        let authority = Authority(
            [Authority.Entry([KeyID("a"), KeyID("b")], key.publicKey)], threshold: 1)
        let count = try file([("a", [1, 2, 3]), ("b", try key.sign(message))]).count(by: authority)
        #expect(count.isMet)
        #expect(count.accepted == [KeyID("b")])
    }

    @Test("ids are told apart by bytes, not by canonical equivalence")
    func idBytes() throws {
        let key = try seeded(1)
        let authority = Authority([entry("\u{E9}", key.publicKey)], threshold: 1)
        #expect(try !file([("e\u{301}", key.sign(message))]).count(by: authority).isMet)
        #expect(try file([("\u{E9}", key.sign(message))]).count(by: authority).isMet)
    }
}
