// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import Testing

@Suite("Private keys in PEM")
struct PrivateKeyTests {
    private func refusal(_ pem: String, _ passphrase: String? = nil) -> SigningError? {
        do throws(SigningError) {
            _ = try PrivateKey(pem: Array(pem.utf8), passphrase: passphrase.map { Array($0.utf8) })
            return nil
        } catch {
            return error
        }
    }

    @Test("every form that openssl and pyca/cryptography write")
    func forms() throws {
        let keys = try vectors("keys.json")
        let entries = try keys.list("private")
        #expect(entries.count > 10)
        for entry in entries {
            let name = try entry.string("name")
            let pem = try entry.string("pem")
            let passphrase = entry["passphrase"]?.text?.string
            let key = try PrivateKey(
                pem: Array(pem.utf8), passphrase: passphrase.map { Array($0.utf8) })
            let expected = try #require(keys["public"]).string(UTF8Text(try entry.string("key")))
            #expect(key.publicKey.pem == expected, "\(name)")
            #expect(key.publicKey.accepts(try key.sign([1, 2]), over: [1, 2]), "\(name)")
            if let passphrase {
                #expect(refusal(pem) == .passphraseNeeded, "\(name)")
                for wrong in ["", passphrase + " "] {
                    #expect(refusal(pem, wrong) == .wrongPassphrase, "\(name)")
                }
            } else {
                #expect(refusal(pem, "not needed") == nil, "\(name)")
            }
        }
    }

    @Test("keys of a kind or size that signs nothing here")
    func refused() throws {
        for entry in try vectors("keys.json").list("refused") {
            let name = try entry.string("name")
            guard case .unsupportedKey = refusal(try entry.string("pem")) else {
                Issue.record("private \(name) is taken")
                continue
            }
            let pem = Array(try entry.string("public").utf8)
            #expect(throws: SigningError.self, "public \(name)") { try PublicKey(pem: pem) }
        }
    }

    /// P-256 and P-384 as PKCS#8 and as SEC 1 have them, with the public half of a stranger.
    private static let strangers = [
        """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJgIurZ3Y8mMEFu7a
        Fa4BEFx8TmXtwaCIjleIV/zt7IqhRANCAAQv0VclymSiyFextC1a2UwQck3Eb6m+
        xlbd0MvtahLBu+Jg2x7OhS8SZY2Nx3C+VpGL8DTQvodTheBMdPISLJDI
        -----END PRIVATE KEY-----
        """,
        """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEICYCLq2d2PJjBBbu2hWuARBcfE5l7cGgiI5XiFf87eyKoAoGCCqGSM49
        AwEHoUQDQgAEL9FXJcpkoshXsbQtWtlMEHJNxG+pvsZW3dDL7WoSwbviYNsezoUv
        EmWNjcdwvlaRi/A00L6HU4XgTHTyEiyQyA==
        -----END EC PRIVATE KEY-----
        """,
        """
        -----BEGIN PRIVATE KEY-----
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDB5aViJaKSYybxXHyeX
        7Wj7Qg7UwPIMoMSLeuviKuAjMAXlddYudyXUp/CdejByEJyhZANiAASFC58qSlVK
        0JmYYhXtBZviy+DdTzxzA8birLDyIJBgUYGkA234KTpSuHQkaTmDPwjoSP3dznmc
        aS06nE9laMS8cgaZgDqhnbxyF8ezzBuURVHYlhaHlhFYxPWnypkdkHk=
        -----END PRIVATE KEY-----
        """,
        """
        -----BEGIN EC PRIVATE KEY-----
        MIGkAgEBBDB5aViJaKSYybxXHyeX7Wj7Qg7UwPIMoMSLeuviKuAjMAXlddYudyXU
        p/CdejByEJygBwYFK4EEACKhZANiAASFC58qSlVK0JmYYhXtBZviy+DdTzxzA8bi
        rLDyIJBgUYGkA234KTpSuHQkaTmDPwjoSP3dznmcaS06nE9laMS8cgaZgDqhnbxy
        F8ezzBuURVHYlhaHlhFYxPWnypkdkHk=
        -----END EC PRIVATE KEY-----
        """,
    ]

    @Test("a key whose public half is a stranger's is no key", arguments: strangers)
    func strangersHalf(pem: String) {
        #expect(
            refusal(pem + "\n")
                == .unsupportedKey("expected a public half that belongs to the private one"))
    }

    @Test("files that hold no private key, or a broken one")
    func noKey() throws {
        let keys = try vectors("keys.json")
        let pem = try #require(try keys.list("private").first).string("pem")
        let sealed = try #require(
            try keys.list("private").first { $0["passphrase"]?.text != nil }
        ).string("pem")
        let lines = sealed.split(separator: "\n")
        let cut = (lines.prefix(2) + lines.suffix(1)).joined(separator: "\n") + "\n"
        let files = [
            "", "\n", "not a key", String(repeating: "a", count: 100_000), "{}",
            try #require(keys["public"]).string("p256"), String(pem.dropLast(40)),
            "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            pem.replacing("PRIVATE KEY", with: "CERTIFICATE"), cut,
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        ]
        // The older encryption, which must not make OpenSSL ask at the terminal either.
        let unreadable = try keys.list("unreadable").map { try $0.string("pem") }
        for file in files + unreadable {
            #expect(refusal(file) == .noPrivateKey || refusal(file) == .passphraseNeeded)
            #expect(refusal(file, "x") == .noPrivateKey, "\(quoted(file))")
        }
    }

    @Test(
        "a key sealed with a passphrase opens with it alone",
        arguments: ["x", "Bücher ✓", "a\0b"])
    func sealing(_ passphrase: String) throws {
        let key = try seeded(7)
        let pem = try key.encryptedPEM(passphrase: Array(passphrase.utf8))
        let text = String(decoding: pem, as: UTF8.self)
        #expect(text.hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"))
        #expect(text.hasSuffix("-----END ENCRYPTED PRIVATE KEY-----\n"))
        let opened = try PrivateKey(pem: pem, passphrase: Array(passphrase.utf8))
        #expect(opened.publicKey == key.publicKey)
        #expect(try opened.sign([1]) == key.sign([1]))
        #expect(refusal(text) == .passphraseNeeded)
        #expect(refusal(text, passphrase + "y") == .wrongPassphrase)
        #expect(refusal(text, "") == .wrongPassphrase)
        #expect(try key.encryptedPEM(passphrase: Array(passphrase.utf8)) != pem)
    }

    @Test("the sealed key names scrypt and AES-256-CBC")
    func algorithms() throws {
        let pem = try seeded(7).encryptedPEM(passphrase: [1])
        let body = String(decoding: pem, as: UTF8.self).split(separator: "\n")
            .dropFirst().dropLast().joined()
        let digits = hex(try #require(bytes(fromBase64: body)))
        // id-scrypt with N = 2^14, r = 8, p = 5 (RFC 7914 section 7), and aes256-CBC.
        for needle in ["2b06010401da47040b", "02024000020108020105", "60864801650304012a"] {
            #expect(digits.contains(needle))
        }
    }

    @Test("a key that an earlier run sealed still opens; Python and openssl open it too")
    func kept() throws {
        let expected = try #require(try vectors("keys.json")["public"]).string("p256")
        let key = try PrivateKey(
            pem: try vectorBytes("carnet.pem"), passphrase: Array("correct horse".utf8))
        #expect(key.publicKey.pem == expected)
    }

    @Test("openssl opens a key that was sealed just now")
    func openedByOpenSSL() throws {
        for kind in [KeyKind.ed25519, .ecdsaP256, .ecdsaP384] {
            let key = try PrivateKey(generating: kind)
            let pem = try key.encryptedPEM(passphrase: Array("pass word".utf8))
            let output = try opened(String(decoding: pem, as: UTF8.self), "pass word")
            #expect(output == key.publicKey.pem)
        }
    }

    /// What `openssl pkey -pubout` says to a sealed key.
    private func opened(_ pem: String, _ passphrase: String) throws -> String {
        let command = "openssl pkey -pubout -passin 'pass:\(passphrase)' <<'PEM'\n\(pem)PEM\n"
        let pipe = try #require(popen(command, "r"))
        defer { pclose(pipe) }
        var output: [UInt8] = []
        while case let byte = fgetc(pipe), byte != EOF { output.append(UInt8(byte)) }
        return String(decoding: output, as: UTF8.self)
    }
}
