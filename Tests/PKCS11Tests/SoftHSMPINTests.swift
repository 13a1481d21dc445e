// SPDX-License-Identifier: Apache-2.0
import Glibc
import MetadataSigning
import PKCS11
import Testing

extension SoftHSMTests {
    @Suite("PINs")
    struct PINs {
        private func keyed() throws -> SoftHSM {
            let store = try SoftHSM(tokens: ["keys"])
            try store.makeKey("EC:prime256v1", token: "keys", label: "root", id: "01")
            return store
        }

        @Test("after a wrong PIN it is asked for again, and the token tells of the wrong one")
        func second() throws {
            let store = try keyed()
            let person = Person("111111", SoftHSM.pin)
            let key = try TokenKey(softHSM("keys"), interaction: person.interaction)
            _ = try key.sign([1])
            #expect(person.requests.map(\.tries) == [.ok, .low])
            #expect(person.requests.map(\.isRepeated) == [false, true])
            withExtendedLifetime(store) {}
        }

        @Test("the same wrong PIN is not tried a second time, not even later")
        func same() throws {
            let store = try keyed()
            let person = Person("111111", "111111", "111111", SoftHSM.pin)
            let key = try TokenKey(softHSM("keys"), interaction: person.interaction)
            let refusal = TokenError.wrongPIN(token: "keys", .low, isSame: true)
            for _ in 0..<2 {
                #expect(throws: refusal) { try key.signature(over: [1]) }
            }
            #expect(
                "\(refusal)" == "token \"keys\": wrong PIN, the same as before, not tried again; "
                    + "the token does not tell how many tries are left")
            _ = try key.sign([1])
            #expect(person.requests.count == 4)
            withExtendedLifetime(store) {}
        }

        @Test("three different wrong PINs are the end of it; nobody is asked a fourth time")
        func three() throws {
            let store = try keyed()
            let person = Person("111111", "222222", "333333", SoftHSM.pin)
            let key = try TokenKey(softHSM("keys"), interaction: person.interaction)
            let words =
                "token \"keys\": wrong PIN, the token does not tell how many tries are left"
            #expect(throws: SigningError.notSigned(words)) { try key.sign([1]) }
            #expect(person.requests.count == 3)
            withExtendedLifetime(store) {}
        }

        @Test("no PIN at hand is another thing than a wrong one")
        func none() throws {
            let store = try keyed()
            let key = try TokenKey(softHSM("keys"), interaction: Person().interaction)
            #expect(throws: TokenError.pinNeeded(token: "keys")) {
                try key.signature(over: [1])
            }
            let empty = try TokenKey(softHSM("keys"), interaction: Person("").interaction)
            #expect(throws: TokenError.pinNeeded(token: "keys")) {
                try empty.signature(over: [1])
            }
            let wrong = try TokenKey(softHSM("keys"), interaction: Person("111111").interaction)
            #expect(throws: TokenError.wrongPIN(token: "keys", .low, isSame: false)) {
                try wrong.signature(over: [1])
            }
            withExtendedLifetime(store) {}
        }

        @Test("a PIN of a file is taken, but not from a file that everybody may read")
        func file() throws {
            let store = try keyed()
            let path = "\(store.folder)/pin"
            var uri = softHSM("keys")
            uri.pinSource = path
            let person = Person()
            #expect(
                throws: TokenError.pinSource(path: path, reason: "no such file or directory")
            ) { try TokenKey(uri, interaction: person.interaction).signature(over: [1]) }
            try write("\(SoftHSM.pin)\nmore\n", to: path, mode: 0o644)
            #expect(
                throws: TokenError.pinSource(
                    path: path, reason: "everybody may read it, mode 0600 expected")
            ) { try TokenKey(uri, interaction: person.interaction).signature(over: [1]) }
            chmod(path, 0o640)
            _ = try TokenKey(uri, interaction: person.interaction).signature(over: [1])
            #expect(person.requests.isEmpty)

            try write("\n", to: path)
            #expect(throws: TokenError.pinSource(path: path, reason: "empty")) {
                try TokenKey(uri, interaction: person.interaction).signature(over: [1])
            }
            try write(String(repeating: "1", count: 300), to: path)
            #expect(throws: TokenError.pinSource(path: path, reason: "longer than 255 bytes")) {
                try TokenKey(uri, interaction: person.interaction).signature(over: [1])
            }
            withExtendedLifetime(store) {}
        }

        @Test("a wrong PIN in the file: the person is asked")
        func wrongFile() throws {
            let store = try keyed()
            var uri = softHSM("keys")
            uri.pinSource = "\(store.folder)/pin"
            try write("999999", to: "\(store.folder)/pin")
            let person = Person(SoftHSM.pin)
            _ = try TokenKey(uri, interaction: person.interaction).sign([1])
            #expect(person.requests.map(\.isRepeated) == [true])
        }

        @Test("two keys of one token, one login; several threads sign with one key")
        func threads() async throws {
            let store = try keyed()
            try store.makeKey("EC:prime256v1", token: "keys", label: "second", id: "02")
            let person = Person(SoftHSM.pin)
            let first = try TokenKey(softHSM("keys", "root"), interaction: person.interaction)
            let second = try first.token.key(softHSM("keys", "second"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    let key = number.isMultiple(of: 2) ? first : second
                    group.addTask { _ = try key.sign([UInt8(number)]) }
                }
                try await group.waitForAll()
            }
            #expect(person.requests.count == 1)
            withExtendedLifetime(store) {}
        }

        @Test("with the last reference the login ends; another begins with its own PIN")
        func ends() throws {
            let store = try keyed()
            for _ in 0..<2 {
                let person = Person(SoftHSM.pin)
                _ = try TokenKey(softHSM("keys"), interaction: person.interaction).sign([1])
                #expect(person.requests.count == 1)
            }
            withExtendedLifetime(store) {}
        }
    }
}
