// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import PKCS11
import Testing

extension SoftHSMTests {
    @Suite("signing")
    struct Signing {
        static let kinds = [
            ("EC:prime256v1", "ecdsa-sha2-nistp256"), ("EC:secp384r1", "ecdsa-sha2-nistp384"),
            ("EC:secp521r1", "ecdsa-sha2-nistp521"), ("EC:edwards25519", "ed25519"),
            ("rsa:3072", "rsassa-pss-sha256"),
        ]

        @Test("a key that pkcs11-tool made signs, and our public key verifies", arguments: kinds)
        func signs(type: String, scheme: String) throws {
            let store = try SoftHSM(tokens: ["keys"])
            try store.makeKey(type, token: "keys", label: "root", id: "01")
            let person = Person(SoftHSM.pin)
            let key = try TokenKey(softHSM("keys", "root"), interaction: person.interaction)
            #expect(key.publicKey.scheme.string == scheme)
            #expect(person.requests.isEmpty)

            let message = Array("a message of \(type)".utf8)
            let signature = try key.sign(message)
            #expect(message.withUnsafeBytes { key.publicKey.verifies(signature, over: $0) })
            let other = Array("another message".utf8)
            #expect(!other.withUnsafeBytes { key.publicKey.verifies(signature, over: $0) })
        }

        @Test("the PIN is asked for once for many signatures, naming token and key")
        func once() throws {
            let store = try SoftHSM(tokens: ["keys"])
            try store.makeKey("EC:prime256v1", token: "keys", label: "root", id: "01")
            let person = Person(SoftHSM.pin)
            let key = try TokenKey(softHSM("keys", "root"), interaction: person.interaction)
            for number in 0..<5 { _ = try key.sign([UInt8(number)]) }
            #expect(
                person.requests == [
                    PINRequest(tokenLabel: "keys", keyLabel: "root", tries: .ok)
                ])
            // A program is no device that waits for a finger.
            #expect(person.notices.isEmpty)
            withExtendedLifetime(store) {}
        }
    }
}
