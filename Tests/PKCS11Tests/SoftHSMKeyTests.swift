// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import PKCS11
import Testing

extension SoftHSMTests {
    @Suite("finding tokens and keys")
    struct Finding {
        @Test("two tokens of one label are both listed, and a serial number tells them apart")
        func twins() throws {
            let store = try SoftHSM(tokens: ["twin", "twin", "other"])
            let person = Person(SoftHSM.pin)
            let reports = try TokenReport.all(module: SoftHSM.module)
            let serials = reports.filter { $0.info.label == "twin" }.map(\.info.serial)
            #expect(serials.count == 2)
            let error = #expect(throws: TokenError.self) {
                try Token(softHSM("twin"), interaction: person.interaction)
            }
            guard case .severalTokens("pkcs11:token=twin", let matching) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(Set(matching) == Set(serials.map { "\"twin\" (serial \(quoted($0)))" }))
            #expect(
                "\(TokenError.severalTokens(wanted: "X", matching: ["a", "b"]))"
                    == "2 tokens for X: a, b; add serial=… to the URI")

            var uri = softHSM("twin")
            uri.texts[.serial] = serials[1]
            #expect(try Token(uri, interaction: person.interaction).info.serial == serials[1])
            let problem = "2 tokens have this label: URIs need serial=… to tell them apart"
            #expect(reports.filter { $0.problems.contains(problem) }.count == 2)
            withExtendedLifetime(store) {}
        }

        @Test("a token that is not there: those that are there are listed")
        func noToken() throws {
            let store = try SoftHSM(tokens: ["one"])
            let error = #expect(throws: TokenError.self) {
                try Token(softHSM("two"), interaction: Person().interaction)
            }
            guard case .noToken("pkcs11:token=two", let present) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(present.count == 1)
            #expect(present.allSatisfy { $0.hasPrefix("\"one\" (serial ") })
            withExtendedLifetime(store) {}
        }

        @Test("a key that is not there: label, id and kind of those that are there are listed")
        func noKey() throws {
            let store = try SoftHSM(tokens: ["keys"])
            try store.makeKey("EC:prime256v1", token: "keys", label: "root", id: "01")
            try store.makeKey("EC:edwards25519", token: "keys", label: "targets", id: "0a02")
            let person = Person(SoftHSM.pin)
            let refusal = TokenError.noKey(
                wanted: "label \"rot\"", token: "keys",
                present: [
                    "\"root\" (id 01, ecdsa P-256)", "\"targets\" (id 0a02, ed25519)",
                ])
            let error = #expect(throws: TokenError.self) {
                try TokenKey(softHSM("keys", "rot"), interaction: person.interaction)
            }
            guard case .noKey(let wanted, let token, let present) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(
                refusal == .noKey(wanted: wanted, token: token, present: present.sorted()))
            withExtendedLifetime(store) {}
        }

        @Test("a URI without object and id is enough for the only key, not for one of two")
        func only() throws {
            let store = try SoftHSM(tokens: ["keys"])
            try store.makeKey("EC:prime256v1", token: "keys", label: "root", id: "01")
            let person = Person()
            #expect(
                try TokenKey(softHSM("keys"), interaction: person.interaction).label == "root")
            try store.makeKey("EC:prime256v1", token: "keys", label: "targets", id: "02")
            let error = #expect(throws: TokenError.self) {
                try TokenKey(softHSM("keys"), interaction: person.interaction)
            }
            guard case .severalKeys(_, "keys", let matching) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(matching.count == 2)
            let second = try TokenKey(
                softHSM("keys", id: [2]), interaction: person.interaction)
            #expect(second.label == "targets")
            #expect(person.requests.isEmpty)
            // What the key says of itself finds it again, and no other.
            let again = try TokenKey(
                PKCS11URI("\(second.uri)"), interaction: person.interaction)
            #expect(again.publicKey == second.publicKey)
            withExtendedLifetime(store) {}
        }

        @Test("two keys under one id are told apart by their labels")
        func sameID() throws {
            let store = try SoftHSM(tokens: ["keys"])
            for label in ["first", "second"] {
                try store.makeKey("EC:prime256v1", token: "keys", label: label, id: "01")
            }
            let first = try TokenKey(
                softHSM("keys", "first"), interaction: Person(SoftHSM.pin).interaction)
            let second = try first.token.key(softHSM("keys", "second"))
            #expect(first.publicKey != second.publicKey)
            #expect([first.label, second.label] == ["first", "second"])
            for key in [first, second, first] { _ = try key.signature(over: [1]) }
            withExtendedLifetime(store) {}
        }

        @Test("a key whose public half is in a certificate only, as in the slots of PIV")
        func certificate() throws {
            let store = try SoftHSM(tokens: ["PIV"])
            try store.makeKey("EC:secp384r1", token: "PIV", label: "SIGN key", id: "02")
            let expected = try TokenKey(softHSM("PIV"), interaction: Person().interaction)
            let path = "\(store.folder)/public"
            try write(expected.publicKey.pem ?? "", to: "\(path).pem")
            try Program.run([
                "openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out",
                "\(path).ca",
            ])
            try Program.run([
                "openssl", "x509", "-new", "-subj", "/CN=holder", "-force_pubkey",
                "\(path).pem", "-key", "\(path).ca", "-outform", "DER", "-out", "\(path).der",
            ])
            try store.tool(
                "PIV",
                [
                    "--write-object", "\(path).der", "--type", "cert", "--id", "02", "--label",
                    "SIGN cert",
                ])
            try store.tool("PIV", ["--delete-object", "--type", "pubkey", "--id", "02"])

            for uri in [softHSM("PIV", "SIGN cert"), softHSM("PIV", id: [2]), softHSM("PIV")] {
                let key = try TokenKey(uri, interaction: Person(SoftHSM.pin).interaction)
                #expect(key.publicKey == expected.publicKey)
                _ = try key.sign([1, 2, 3])
            }
        }

        @Test("a key that shows itself only after the login")
        func hidden() throws {
            let store = try SoftHSM(tokens: ["keys"])
            try store.makeKey(
                "rsa:2048", token: "keys", label: "hidden", id: "01", flags: ["--private"])
            // Of an RSA key, the private half tells the public one.
            try store.tool("keys", ["--delete-object", "--type", "pubkey", "--id", "01"])
            let person = Person(SoftHSM.pin)
            let key = try TokenKey(softHSM("keys", "hidden"), interaction: person.interaction)
            _ = try key.sign([1])
            #expect(person.requests.map(\.keyLabel) == ["hidden"])
            withExtendedLifetime(store) {}
        }

        @Test("a key under the scheme that a role lists it with; another key is a wrong one")
        func listed() throws {
            let store = try SoftHSM(tokens: ["keys"])
            try store.makeKey("rsa:2048", token: "keys", label: "root", id: "01")
            let key = try TokenKey(
                softHSM("keys"), interaction: Person(SoftHSM.pin).interaction)
            for scheme in [
                "rsassa-pss-sha384", "rsassa-pss-sha512", "rsa-pkcs1v15-sha256",
                "rsa-pkcs1v15-sha384", "rsa-pkcs1v15-sha512",
            ] {
                let listed = try publicKey("rsa", scheme, key.publicKey.publicValue.string)
                let same = try key.signing(as: listed)
                #expect(same.publicKey == listed)
                _ = try same.signature(over: Array("message".utf8))
            }
            let other = try PrivateKey(generating: .ecdsaP256).publicKey
            #expect(
                throws: TokenError.wrongKey(
                    key: "root", token: "keys", found: key.publicKey.keyID.prefix,
                    expected: other.keyID.prefix)
            ) { try key.signing(as: other) }
            withExtendedLifetime(store) {}
        }

        private func publicKey(
            _ type: String, _ scheme: String, _ value: String
        ) throws -> PublicKey {
            let tree: JSON = [
                "keytype": .text(type), "scheme": .text(scheme),
                "keyval": ["public": .text(value)],
            ]
            return try PublicKey(JSONDocument(tree.compactBytes()).root)
        }
    }
}
