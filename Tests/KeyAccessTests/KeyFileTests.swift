// SPDX-License-Identifier: Apache-2.0
import Glibc
import KeyAccess
import MetadataSigning
import Testing

@Suite("Keys in files and on tokens")
struct KeyFileTests {
    private let folder = TestFolder()
    private let key: PrivateKey
    private let opener: KeyOpener

    init() throws {
        key = try PrivateKey(generating: .ecdsaP256)
        folder.write("k.pem", try key.encryptedPEM(passphrase: Array("correct horse".utf8)))
        opener = KeyOpener(testEnvironment())
    }

    private func openKey(
        _ text: String, _ dialog: TestDialog, _ opener: KeyOpener? = nil,
        listed: PublicKey? = nil
    ) throws -> any Signer {
        try (opener ?? self.opener).open(
            try KeyURI(text), publicKey: listed, for: use, dialog: dialog)
    }

    @Test("an encrypted key asks once, naming key, holder and purpose, and signs")
    func encrypted() throws {
        let dialog = TestDialog(passphrase: "correct horse")
        let signer = try openKey("file:\(folder.path)/k.pem", dialog, listed: key.publicKey)
        #expect(verifies(try signer.sign(message), message, key.publicKey))
        #expect(verifies(try signer.sign([]), [], key.publicKey))
        #expect(
            dialog.words == [
                "passphrase of key \"root-1\" of \"Alice\", for root version 4 of demo"
            ])
    }

    @Test("a wrong passphrase, and nobody to ask, are said plainly")
    func passphrases() throws {
        let uri = "file:\(folder.path)/k.pem"
        #expect(throws: KeyAccessError.key(name: "root-1", .wrongPassphrase)) {
            try openKey(uri, TestDialog(passphrase: "wrong"))
        }
        #expect(throws: KeyAccessError.declined(use)) { try openKey(uri, TestDialog()) }
        let error = #expect(throws: KeyAccessError.nobodyToAsk(use)) {
            try opener.open(try KeyURI(uri), for: use, dialog: NobodyToAsk())
        }
        #expect(
            error.map { "\($0)" }
                == "key \"root-1\" of \"Alice\", for root version 4 of demo: "
                + "nobody can be asked for the passphrase or PIN here")
    }

    @Test("another key than the listed one is refused by name and id")
    func wrongKey() throws {
        let other = try PrivateKey(generating: .ed25519).publicKey
        let error = KeyAccessError.wrongKey(
            expected: KeyLabel(name: "root-1", keyID: other.keyID.prefix),
            found: KeyLabel(keyID: key.publicKey.keyID.prefix))
        #expect(throws: error) {
            try openKey(
                "file:\(folder.path)/k.pem", TestDialog(passphrase: "correct horse"), listed: other)
        }
        #expect(
            "\(error)" == "wrong key: expected \"root-1\" (\(other.keyID.prefix)), "
                + "found \(key.publicKey.keyID.prefix)")
    }

    @Test("file2: is below CRYPTO_SIGNER_PATH_PREFIX, fn: in RSTUF_ONLINE_KEY_DIR")
    func prefixes() throws {
        let plain = try shell(["openssl", "genpkey", "-algorithm", "ed25519"])
        folder.write("online", Array("\(plain)\n".utf8))
        var opener = opener
        opener.environment["CRYPTO_SIGNER_PATH_PREFIX"] = folder.path
        opener.environment["RSTUF_ONLINE_KEY_DIR"] = folder.path
        for text in ["file2:online", "file2:\(folder.path)/online", "fn:online"] {
            let signer = try openKey(text, TestDialog(), opener)
            #expect(verifies(try signer.sign(message), message, signer.publicKey))
        }
        let missing = KeyAccessError.missingVariable("RSTUF_ONLINE_KEY_DIR", scheme: "fn")
        #expect(throws: missing) { try openKey("fn:online", TestDialog()) }
    }

    @Test("what is no readable key file is refused, and a pipe does not block")
    func unreadable() throws {
        mkfifo("\(folder.path)/pipe", 0o600)
        folder.write("large", [UInt8](repeating: 65, count: 65537))
        folder.write("text", Array("hello".utf8))
        func expect(_ name: String, _ reason: Int32) {
            let path = "\(folder.path)/\(name)"
            let error = KeyAccessError.unreadable(path: path, SystemReason(number: reason))
            #expect(throws: error) { try openKey("file:\(path)", TestDialog()) }
        }
        expect("none", ENOENT)
        expect("", EISDIR)
        expect("pipe", EINVAL)
        expect("large", EFBIG)
        #expect(throws: KeyAccessError.key(name: "root-1", .noPrivateKey)) {
            try openKey("file:\(folder.path)/text", TestDialog())
        }
    }

    /// Opens every token URI with a key at hand, as a token that holds the key would.
    private struct OneToken: TokenOpener {
        struct Other: Signer {
            let publicKey: PublicKey
            let key: PrivateKey
            func sign(_ message: [UInt8]) throws(SigningError) -> [UInt8] { try key.sign(message) }
        }

        let signer: any Signer
        let uri: String

        func open(
            _ uri: String, publicKey: PublicKey?, for use: KeyUse, dialog: any KeyDialog
        ) throws(SigningError) -> any Signer {
            guard uri == self.uri else { throw .notSigned("no token \(uri)") }
            return signer
        }
    }

    @Test("pkcs11: and hsm: keys go to what opens tokens, and their signatures are checked")
    func tokens() throws {
        var opener = opener
        #expect(throws: KeyAccessError.notOpened(scheme: "pkcs11")) {
            try openKey("pkcs11:object=a", TestDialog(), opener)
        }
        opener.tokens = OneToken(signer: key, uri: "pkcs11:object=a")
        let signer = try openKey("pkcs11:object=a", TestDialog(), opener, listed: key.publicKey)
        #expect(verifies(try signer.sign(message), message, key.publicKey))
        #expect(throws: KeyAccessError.missingVariable("PYKCS11LIB", scheme: "hsm")) {
            try openKey("hsm:", TestDialog(), opener)
        }
        opener.environment["PYKCS11LIB"] = "/m.so"
        opener.tokens = OneToken(signer: key, uri: "pkcs11:id=%02;type=private?module-path=/m.so")
        _ = try openKey("hsm:", TestDialog(), opener)
        let liar = OneToken.Other(
            publicKey: key.publicKey, key: try PrivateKey(generating: .ecdsaP256))
        opener.tokens = OneToken(signer: liar, uri: "pkcs11:object=a")
        let wrong = try openKey("pkcs11:object=a", TestDialog(), opener)
        let label = "\"root-1\" (\(key.publicKey.keyID.prefix))"
        #expect(
            throws: SigningError.notSigned(
                "wrong signature: the token gave one that key \(label) did not make")
        ) { try wrong.sign(message) }
    }

    @Test("core dumps and other processes do not see the memory")
    func dumps() async {
        await #expect(processExitsWith: .success) {
            guard forbidCoreDumps() else { exit(1) }
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
            guard limit.rlim_cur == 0, limit.rlim_max == 0 else { exit(2) }
            // PR_GET_DUMPABLE; with constant arguments the call needs no variable ones.
            typealias Call = @convention(c) (Int32, UInt) -> Int32
            let prctl = unsafeBitCast(dlsym(nil, "prctl"), to: Call.self)
            exit(prctl(3, 0) == 0 ? 0 : 3)
        }
    }
}
