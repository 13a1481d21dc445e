// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import PKCS11
import Testing

extension SoftHSMTests {
    @Suite("making keys")
    struct Generation {
        @Test(
            "a new key signs and cannot be taken out; other programs see it",
            arguments: [KeyKind.ed25519, .ecdsaP256, .ecdsaP384, .rsa3072])
        func makes(kind: KeyKind) throws {
            let store = try SoftHSM(tokens: ["made"])
            let person = Person(SoftHSM.pin)
            let key = try Token(softHSM("made"), interaction: person.interaction)
                .makeKey(kind, label: "né", id: [0xA0, 1])
            #expect(person.requests.count == 1)
            #expect(key.label == "né")
            #expect(key.id == [0xA0, 1])
            _ = try key.sign([1, 2, 3])

            let seen = try store.tool("made", ["--list-objects", "--type", "privkey"])
            #expect(seen.contains("a001"))
            #expect(seen.contains("sensitive"))
            #expect(seen.contains("never extractable"))
            let again = try TokenKey(key.uri, interaction: person.interaction)
            #expect(again.publicKey == key.publicKey)
        }

        @Test("a label or an id that is there already is refused, and nothing is made")
        func exists() throws {
            let store = try SoftHSM(tokens: ["made"])
            let token = try Token(
                softHSM("made"), interaction: Person(SoftHSM.pin).interaction)
            let first = try token.makeKey(.ecdsaP256, label: "root")
            #expect(first.id == [1])
            let refusal = TokenError.keyExists(
                key: "\"root\" (id 01, ecdsa P-256)", token: "made")
            #expect(throws: refusal) { try token.makeKey(.ecdsaP256, label: "root") }
            #expect(throws: refusal) {
                try token.makeKey(.ecdsaP256, label: "other", id: [1])
            }
            #expect(
                "\(refusal)"
                    == "token \"made\": key \"root\" (id 01, ecdsa P-256) is there already")
            #expect(try token.keys().count == 1)
            #expect(try token.makeKey(.ed25519, label: "next").id == [2])
            for (label, id) in [("", [3]), ("x", []), ("y", [UInt8](repeating: 1, count: 256))] {
                #expect(throws: TokenError.self) {
                    try token.makeKey(.ecdsaP256, label: label, id: id)
                }
            }
            #expect(try token.keys().count == 2)
            withExtendedLifetime(store) {}
        }

        @Test("a report of tokens: flags, keys and what is wrong, without a PIN")
        func report() throws {
            let store = try SoftHSM(tokens: ["keys", "empty"])
            try store.makeKey("EC:prime256v1", token: "keys", label: "root", id: "01")
            try store.makeKey("rsa:1024", token: "keys", label: "short", id: "02")
            let wrong = Person("111111")
            let key = try TokenKey(softHSM("keys", "root"), interaction: wrong.interaction)
            #expect(throws: SigningError.self) { try key.sign([1]) }

            let reports = try TokenReport.all(module: SoftHSM.module)
            let keys = try #require(reports.first { $0.info.label == "keys" })
            #expect(
                Set(keys.keys.map { "\($0.label) \($0.kind)" }) == [
                    "root ecdsa P-256", "short other",
                ])
            #expect(keys.info.needsLogin)
            #expect(!keys.info.isHardware)
            #expect(keys.problems.count == 2)
            #expect(keys.problems.contains("a wrong PIN was entered since the last good one"))
            let short = "key \"short\" (id 02, other): its public half is not shown, or of a kind "
            #expect(keys.problems.contains(short + "that is not used here"))
            let empty = try #require(reports.first { $0.info.label == "empty" })
            #expect(empty.keys.isEmpty)
            #expect(empty.problems.isEmpty)
            // SoftHSM always offers one more slot.
            let free = try #require(reports.first { !$0.info.isInitialized })
            #expect(free.problems == ["not initialised"])
            withExtendedLifetime(store) {}
        }
    }
}
