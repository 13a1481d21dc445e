// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Testing

@Suite("Signature schemes (TUF 1.0.34 §4.2)")
struct SchemeTests {
    /// TUF 1.0.34 §4.2.2b: the schemes of the specification
    @Test("signatures by Python in every scheme, and wrong ones")
    func python() throws {
        let keys = try vectors("keys.json")
        let file = try vectors("signatures.json")
        let message = Array(try file.string("message").utf8)
        let entries = try file.list("signatures")
        #expect(entries.count > 40)
        for entry in entries {
            let name = try entry.string("name")
            let pem = try #require(keys["public"]).string(UTF8Text(try entry.string("key")))
            let value = try PublicKey(pem: Array(pem.utf8)).publicValue.string
            let key = try publicKey(
                try entry.string("keytype"), try entry.string("scheme"), value)
            #expect(key.material != nil, "\(name)")
            let signature = try #require(bytes(fromHex: try entry.string("sig")))
            let isValid = entry["valid"] == true
            #expect(key.accepts(signature, over: message) == isValid, "\(name)")
            #expect(!key.accepts(signature, over: message + [0]) || !isValid, "\(name)")
        }
    }

    @Test("a new key of each kind signs what its public half verifies", arguments: KeyKind.allCases)
    func kinds(_ kind: KeyKind) throws {
        let key = try PrivateKey(generating: kind)
        let other = try seeded(1)
        let read = try PublicKey(try JSONDocument(key.publicKey.json.compactBytes()).root)
        #expect(read.material == key.publicKey.material)
        #expect(read.material != nil)
        for length in [0, 1, 1000] {
            let message = [UInt8](repeating: 0x61, count: length)
            let signature = try key.sign(message)
            #expect(key.publicKey.accepts(signature, over: message))
            #expect(read.accepts(signature, over: message))
            #expect(!read.accepts(signature, over: message + [0x61]))
            #expect(!other.publicKey.accepts(signature, over: message))
            #expect(!read.accepts([], over: message))
            #expect(!read.accepts(Array(signature.dropLast()), over: message))
            var changed = signature
            changed[changed.count / 2] ^= 1
            #expect(!read.accepts(changed, over: message))
        }
    }

    @Test("keys are named as securesystemslib names them")
    func names() throws {
        let expected = [
            "ed25519": ("ed25519", "ed25519"), "p256": ("ecdsa", "ecdsa-sha2-nistp256"),
            "p384": ("ecdsa", "ecdsa-sha2-nistp384"), "p521": ("ecdsa", "ecdsa-sha2-nistp521"),
            "rsa2048": ("rsa", "rsassa-pss-sha256"),
        ]
        let members = try #require(try vectors("keys.json")["public"]?.members)
        #expect(members.count == expected.count)
        for member in members {
            let pem = try #require(member.value.text).string
            let key = try PublicKey(pem: Array(pem.utf8))
            let names = try #require(expected[member.key.string])
            #expect(key.type.string == names.0)
            #expect(key.scheme.string == names.1)
            #expect(key.pem == pem)
        }
    }

    @Test("the same seed gives the same key, and RFC 8032's first test its signature")
    func seed() throws {
        let seed = try #require(
            bytes(fromHex: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
        let key = try PrivateKey(ed25519Seed: seed)
        #expect(
            key.publicKey.publicValue
                == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        #expect(
            hex(try key.sign([]))
                == "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")
        #expect(throws: SigningError.self) { try PrivateKey(ed25519Seed: [1, 2, 3]) }
    }

    @Test("a signature that we make for PSS has a salt as long as the digest")
    func saltLength() throws {
        let file = try vectors("keys.json").list("private")
        let entry = try #require(file.first { $0["key"] == "rsa2048" })
        let key = try PrivateKey(pem: Array(try entry.string("pem").utf8), passphrase: nil)
        // Two signatures of one message differ by their salts.
        #expect(try key.sign([1]) != key.sign([1]))
        #expect(try key.sign([1]).count == 256)
    }
}
