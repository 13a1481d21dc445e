// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import PKCS11
import Testing

@Suite("PINs, of tokens that lock, have a PIN pad or ask before each signature")
struct FakePINTests {
    @Test("three wrong PINs: low, final try, locked; then nobody is asked any more")
    func locks() throws {
        let fake = try FakeModule()
        let person = Person("1", "2", "3", FakeModule.pin)
        let key = try fake.key(person)
        let refusal = TokenError.pinLocked(token: "fake")
        #expect(throws: refusal) { try key.signature(over: [1]) }
        #expect(person.requests.map(\.tries) == [.ok, .low, .finalTry])
        #expect(throws: refusal) { try key.signature(over: [1]) }
        #expect(person.requests.count == 3)
        #expect(fake["logins"] == 3)
        #expect(
            "\(refusal)" == "token \"fake\": the PIN is locked; it must be unlocked with the PUK "
                + "or by the security officer")
    }

    @Test("before the final try whoever has no PIN is told that it is the last")
    func finalTry() throws {
        let fake = try FakeModule()
        let key = try fake.key(Person("1", "2"))
        let refusal = TokenError.wrongPIN(token: "fake", .finalTry, isSame: false)
        #expect(throws: refusal) { try key.signature(over: [1]) }
        #expect("\(refusal)" == "token \"fake\": wrong PIN, one try is left before the token locks")
        #expect(fake["wrong-pins"] == 2)
    }

    @Test("the final try is not spent on the PIN of a file")
    func finalTryOfFile() throws {
        let fake = try FakeModule(["wrong-pins": 2])
        let person = Person(FakeModule.pin)
        var uri = PKCS11URI(token: "fake")
        uri.pinSource = "/nonexistent"
        let key = try TokenKey(uri, module: fake.path, interaction: person.interaction)
        _ = try key.sign([1])
        #expect(person.requests.map(\.tries) == [.finalTry])
        #expect(fake["wrong-pins"] == 0)
    }

    @Test("a PIN pad: no PIN is asked for, the notice says where to enter it")
    func pinPad() throws {
        let fake = try FakeModule(["pin-pad": 1])
        let person = Person()
        let key = try fake.key(person)
        _ = try key.sign([1])
        _ = try key.sign([2])
        #expect(person.requests.isEmpty)
        #expect(person.notices == [.pinPad(token: "fake", tries: .ok)])
    }

    @Test("a PIN entered wrongly at the device: once, then it is said")
    func wrongAtPad() throws {
        let fake = try FakeModule(["pin-pad": 1, "login-code": 0xA0, "wrong-pins": 2])
        let person = Person()
        let key = try fake.key(person)
        #expect(throws: TokenError.wrongPIN(token: "fake", .finalTry, isSame: false)) {
            try key.signature(over: [1])
        }
        #expect(person.notices == [.pinPad(token: "fake", tries: .finalTry)])
        #expect(fake["logins"] == 1)
        fake["wrong-pins"] = 3
        #expect(throws: TokenError.pinLocked(token: "fake")) { try key.signature(over: [1]) }
        #expect(fake["logins"] == 1)
    }

    @Test("a key that asks before each signature: the PIN of the login serves the first one")
    func always() throws {
        let fake = try FakeModule(["always-authenticate": 1])
        let person = Person(FakeModule.pin, FakeModule.pin, "0", FakeModule.pin)
        let key = try fake.key(person)
        _ = try key.sign([1])
        #expect(person.requests.map(\.isForOneSignature) == [false])
        _ = try key.sign([2])
        #expect(person.requests.map(\.isForOneSignature) == [false, true])
        // A wrong one, and a right one.
        _ = try key.sign([3])
        #expect(person.requests.map(\.isRepeated) == [false, false, false, true])
        #expect([fake["logins"], fake["context-logins"]] == [1, 4])
    }

    @Test("no PIN for the one signature: nothing is left under way, the next one begins anew")
    func alwaysWithout() throws {
        let fake = try FakeModule(["always-authenticate": 1])
        let person = Person(FakeModule.pin)
        let key = try fake.key(person)
        _ = try key.sign([1])
        #expect(throws: TokenError.pinNeeded(token: "fake")) { try key.signature(over: [2]) }
        #expect(fake["open-sessions"] == 0)
        let other = Person(FakeModule.pin)
        _ = try fake.key(other).sign([3])
    }

    @Test("a key that asks before each signature, at the device")
    func alwaysAtPad() throws {
        let fake = try FakeModule(["always-authenticate": 1, "pin-pad": 1])
        let person = Person()
        let key = try fake.key(person)
        _ = try key.sign([1])
        #expect(person.notices.count == 2)
        #expect([fake["logins"], fake["context-logins"]] == [1, 1])
    }

    @Test("a token without login asks for nothing; one without a PIN cannot be logged in to")
    func without() throws {
        let open = try FakeModule(["no-login": 1])
        let person = Person()
        _ = try open.key(person).sign([1])
        #expect(person.requests.isEmpty)
        let unset = try FakeModule(["no-pin": 1])
        #expect(throws: TokenError.noPIN(token: "fake")) {
            try unset.key(person).signature(over: [1])
        }
        #expect(person.requests.isEmpty)
    }

    static let codes: [(Int, TokenError)] = [
        (0xA1, .wrongPIN(token: "fake", .ok, isSame: false)),
        (0xA2, .wrongPIN(token: "fake", .ok, isSame: false)),
        (0xA4, .pinLocked(token: "fake")), (0x102, .noPIN(token: "fake")),
        (0xA3, .failed(token: "fake", .login, ReturnCode(0xA3))),
        (0x50, .failed(token: "fake", .login, ReturnCode(0x50))),
        (0x32, .removed(token: "fake")),
    ]

    @Test("what a login returns is told apart", arguments: codes)
    func login(code: Int, refusal: TokenError) throws {
        let fake = try FakeModule(["login-code": code])
        let key = try fake.key(Person(FakeModule.pin))
        #expect(throws: refusal) { try key.signature(over: [1]) }
        fake["login-code"] = 0
    }
}
