// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import PKCS11
import Testing

@Suite("answers of a module: codes, nonsense, a token that is taken away")
struct FakeAnswerTests {
    @Test("a signature that is not of the public key is a wrong key")
    func wrongSignature() throws {
        let fake = try FakeModule(["wrong-signature": 1])
        let key = try fake.key(Person(FakeModule.pin))
        let words =
            "wrong key: the signature of token \"fake\" is not of the public key that goes with "
            + "\"only\""
        #expect(throws: SigningError.notSigned(words)) { try key.sign([1]) }
        fake["wrong-signature"] = 0
        _ = try key.sign([1])
    }

    @Test("a device is announced before each signature, naming token and key")
    func touch() throws {
        let fake = try FakeModule(["hardware": 1])
        let person = Person(FakeModule.pin)
        let key = try fake.key(person)
        _ = try key.sign([1])
        _ = try key.sign([2])
        let touch = TokenNotice.touch(token: "fake", key: "only")
        #expect(person.notices == [touch, touch])
    }

    @Test("a token that cannot hash for PSS is given the digest", arguments: [1, 2])
    func digestForPSS(lacks: Int) throws {
        let fake = try FakeModule(["rsa": 1, "no-hashing-pss": lacks])
        let key = try fake.key(Person(FakeModule.pin))
        #expect(key.publicKey.scheme == "rsassa-pss-sha256")
        _ = try key.sign(Array("a message longer than a digest, by some characters".utf8))
        #expect(fake["mechanism"] == 0xD)
    }

    @Test("a point without the OCTET STRING around it is read as well")
    func barePoint() throws {
        let fake = try FakeModule(["bare-point": 1])
        _ = try fake.key(Person(FakeModule.pin)).sign([1])
    }

    static let codes: [(Int, String)] = [
        (
            0x50,
            "token \"fake\" does not sign: canceled, or not touched in time (CKR_FUNCTION_CANCELED)"
        ),
        (0x200, "token \"fake\" does not sign: refused at the device (CKR_FUNCTION_REJECTED)"),
        (0x21, "token \"fake\" does not sign: too long for the token (CKR_DATA_LEN_RANGE)"),
        (
            0x70,
            "token \"fake\" does not sign: the token lacks the mechanism (CKR_MECHANISM_INVALID)"
        ),
        (0x30, "token \"fake\" does not sign: the device reports an error (CKR_DEVICE_ERROR)"),
        (0x8000_0001, "token \"fake\" does not sign: return code 0x80000001"),
        (0x32, "token \"fake\" was removed"), (0xE0, "token \"fake\" was removed"),
        (0xB3, "token \"fake\" was removed"),
    ]

    @Test("a signature that fails says why, and the next one begins anew", arguments: codes)
    func failures(code: Int, words: String) throws {
        for name in ["sign-code", "sign-init-code"] {
            let fake = try FakeModule([name: code])
            let key = try fake.key(Person(FakeModule.pin, FakeModule.pin))
            #expect(throws: SigningError.notSigned(words)) { try key.sign([1]) }
            #expect(fake["open-sessions"] == 0)
            fake[name] = 0
            _ = try key.sign([1])
        }
    }

    static let nonsense: [(String, String)] = [
        (
            "huge-attribute",
            "read a key: an attribute of 1099511627776 bytes found, at most 65536 expected"
        ),
        (
            "growing-attribute",
            "read a key: an attribute that grew while it was read found, 67 bytes expected"
        ),
        (
            "huge-signature",
            "sign: a signature of 1099511627776 bytes found, at most 2048 expected"
        ),
        ("short-signature", "sign: a signature of 63 bytes found, 64 expected"),
    ]

    @Test("lengths that cannot be are refused", arguments: nonsense)
    func lengths(setting: String, words: String) throws {
        let fake = try FakeModule([setting: 1])
        let error = #expect(throws: TokenError.self) {
            try fake.key(Person(FakeModule.pin)).signature(over: [1])
        }
        #expect(error.map { "\($0)" } == "token \"fake\": " + words)
        #expect(fake["open-sessions"] == 0)
    }

    @Test(
        "more objects than were asked for, or than any token has, are refused",
        arguments: ["too-many-objects", "endless-objects"])
    func objects(setting: String) throws {
        let fake = try FakeModule([setting: 1])
        #expect(throws: TokenError.failed(token: "fake", .search, ReturnCode(5))) {
            try fake.key(Person(FakeModule.pin))
        }
    }

    @Test("more slots than any machine has are refused")
    func slots() throws {
        let fake = try FakeModule(["too-many-slots": 1])
        #expect(throws: TokenError.module(path: fake.path, .refused(ReturnCode(5)))) {
            try fake.key(Person())
        }
    }

    static let unusable: [(String, String)] = [
        (
            "unavailable-attribute",
            "no public half of a kind that is used here, expected ed25519, P-256, P-384, P-521 "
                + "or RSA of 2048 bits"
        ),
        ("not-for-signing", "not a key for signing"),
        ("two-private-keys", "2 private keys of one id, one expected"),
    ]

    @Test("a key that cannot be used says why", arguments: unusable)
    func unusableKey(setting: String, reason: String) throws {
        let fake = try FakeModule([setting: 1])
        #expect(throws: TokenError.unusableKey(key: "only", token: "fake", reason: reason)) {
            try fake.key(Person(FakeModule.pin)).signature(over: [1])
        }
    }

    @Test("a token taken away between two signatures: said, and used again when it is back")
    func removed() throws {
        let fake = try FakeModule()
        let person = Person(FakeModule.pin, FakeModule.pin)
        let key = try fake.key(person)
        _ = try key.sign([1])
        fake["removed"] = 1
        for _ in 0..<2 {
            #expect(throws: TokenError.removed(token: "fake")) { try key.signature(over: [2]) }
        }
        fake["removed"] = 0
        _ = try key.sign([3])
        #expect(person.requests.count == 2)
    }

    @Test("another token in the same reader is not given the PIN of the first one")
    func exchanged() throws {
        let fake = try FakeModule()
        let person = Person(FakeModule.pin, FakeModule.pin)
        let key = try fake.key(person)
        _ = try key.sign([1])
        fake["removed"] = 1
        #expect(throws: TokenError.removed(token: "fake")) { try key.signature(over: [2]) }
        fake["removed"] = 0
        fake["other-token"] = 1
        #expect(throws: TokenError.removed(token: "fake")) { try key.signature(over: [3]) }
        #expect(fake["logins"] == 1)
        #expect(person.requests.count == 1)
    }

    @Test("a function that a module lacks is as good as one that it does not support")
    func missing() throws {
        let fake = try FakeModule(["no-generation": 1])
        let token = try fake.key(Person(FakeModule.pin)).token
        #expect(throws: TokenError.failed(token: "fake", .generation, ReturnCode(0x54))) {
            try token.makeKey(.ecdsaP256, label: "new", id: [1])
        }
    }

    @Test("a new key that could be taken out of the token is removed again")
    func extractable() throws {
        let fake = try FakeModule(["extractable": 1])
        let token = try fake.key(Person(FakeModule.pin)).token
        let refusal = TokenError.wrongNewKey(
            key: "new", token: "fake", reason: "the private half could be taken out of the token")
        #expect(throws: refusal) { try token.makeKey(.ecdsaP256, label: "new") }
        #expect(fake["destroyed"] == 2)
    }

    @Test("a new key whose first signature is wrong is removed again")
    func wrongNewKey() throws {
        let fake = try FakeModule(["wrong-signature": 1])
        let token = try fake.key(Person(FakeModule.pin)).token
        let refusal = TokenError.wrongNewKey(
            key: "new", token: "fake",
            reason: "\(TokenError.wrongSignature(key: "new", token: "fake"))")
        #expect(throws: refusal) { try token.makeKey(.ecdsaP256, label: "new") }
        #expect(fake["destroyed"] == 2)
    }

    @Test("a new key of a token that asks before each signature")
    func newKey() throws {
        let fake = try FakeModule(["always-authenticate": 1])
        let person = Person(FakeModule.pin, FakeModule.pin)
        let key = try fake.key(person).token.makeKey(.ecdsaP256, label: "new")
        #expect(key.label == "new")
        #expect(key.id == [1])
        #expect(fake["destroyed"] == 0)
        #expect(person.requests.map(\.isForOneSignature) == [false, true])
    }

    @Test("a curve has two names; the second is tried if the token does not know the first")
    func curveNames() throws {
        let fake = try FakeModule(["generate-code": 0x140])
        let token = try fake.key(Person(FakeModule.pin, FakeModule.pin)).token
        #expect(throws: TokenError.failed(token: "fake", .generation, ReturnCode(0x140))) {
            try token.makeKey(.ed25519, label: "new")
        }
        #expect(fake["generated"] == 2)
        fake["generate-code"] = 0x70
        #expect(throws: TokenError.failed(token: "fake", .generation, ReturnCode(0x70))) {
            try token.makeKey(.ed25519, label: "new")
        }
        #expect(fake["generated"] == 3)
    }
}
