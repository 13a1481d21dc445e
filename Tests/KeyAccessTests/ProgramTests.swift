// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import KeyAccess
import MetadataSigning
import Testing

@Suite("Keys behind a program")
struct ProgramTests {
    private let folder = TestFolder()
    private let key: PublicKey
    private var opener = KeyOpener(testEnvironment())

    init() throws {
        let path = folder.path
        try shell(
            [
                "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-out", "k.pem",
            ],
            in: path)
        key = try PublicKey(
            pem: Array(shell(["openssl", "pkey", "-in", "k.pem", "-pubout"], in: path).utf8))
        folder.script(
            "kms",
            """
            case "$1" in
            sign) exec openssl dgst -sha256 -sign '\(path)/k.pem' ;;
            public) exec openssl pkey -in '\(path)/k.pem' -pubout ;;
            esac
            """)
    }

    private func signer(
        _ program: String = "kms", _ query: String = "", _ dialog: TestDialog = TestDialog()
    ) throws -> any Signer {
        let uri = try KeyURI("exec:\(folder.path)/\(program)\(query)")
        return try opener.open(uri, publicKey: key, for: use, dialog: dialog)
    }

    /// The error of a signature by a script.
    private func fault(_ script: String, _ fault: ProgramFault, _ message: [UInt8] = message) throws
    {
        let path = folder.script("bad", script)
        let expected = SigningError.notSigned("\(KeyAccessError.program(path, fault))")
        let signer = try signer("bad")
        #expect(throws: expected) { try signer.sign(message) }
    }

    @Test("the program signs, and says which key it has")
    func signs() throws {
        let uri = try KeyURI("exec:\(folder.path)/kms")
        let signer = try opener.open(uri, for: use, dialog: TestDialog())
        #expect(signer.publicKey == key)
        let large = [UInt8](repeating: 7, count: 3 << 20)
        for bytes in [message, [], large] {
            #expect(verifies(try signer.sign(bytes), bytes, key))
        }
    }

    @Test("ed25519 by openssl is verified here and by securesystemslib")
    func python() throws {
        let python = try Python()
        try shell(
            ["openssl", "genpkey", "-algorithm", "ed25519", "-out", "e.pem"], in: folder.path)
        folder.script(
            "ed",
            """
            cd '\(folder.path)'
            case "$1" in
            sign) cat > in && exec openssl pkeyutl -sign -rawin -in in -inkey e.pem ;;
            public) exec openssl pkey -in e.pem -pubout ;;
            esac
            """)
        let keys = try ["ed", "kms"].map { name in
            try opener.open(
                try KeyURI("exec:\(folder.path)/\(name)"), for: use, dialog: TestDialog())
        }
        folder.write("message", message)
        for signer in keys {
            folder.write("signature", try signer.sign(message))
            folder.write("public", Array((signer.publicKey.pem ?? "").utf8))
            #expect(
                try python.run(verifyScript, [folder.path, signer.publicKey.keyID.text.string])
                    == "verified")
        }
    }

    @Test("a name is looked up in the absolute folders of PATH and nowhere else")
    func path() throws {
        var opener = opener
        opener.environment["PATH"] = "\(folder.path):/usr/bin:/bin"
        _ = try opener.open(try KeyURI("exec:kms"), for: use, dialog: TestDialog()).sign(message)
        for path in [":.:\(folder.path.dropFirst())", "/usr/bin"] {
            opener.environment["PATH"] = path
            #expect(throws: KeyAccessError.program("kms", .notFound)) {
                try opener.open(try KeyURI("exec:kms"), for: use, dialog: TestDialog())
            }
        }
    }

    @Test("it gets its arguments and what is signed for whom, and no passphrase")
    func variables() throws {
        var copy = self
        copy.opener.environment["CARNET_PASSPHRASE"] = "secret"
        copy.opener.environment["OTHER"] = "kept"
        folder.script(
            "telling",
            """
            { for word in "$@"; do echo "$word"; done; env; } > '\(folder.path)/told'
            exec '\(folder.path)/kms' sign
            """)
        let signer = try copy.signer("telling", "?arg=--key&arg=a%20'%24(id)'")
        _ = try signer.sign(message)
        let told = folder.read("told")?.split(separator: "\n").map(String.init) ?? []
        #expect(told.prefix(3) == ["sign", "--key", "a '$(id)'"])
        for line in [
            "CARNET_KEY_NAME=root-1", "CARNET_KEY_HOLDER=Alice",
            "CARNET_KEY_PURPOSE=root version 4 of demo", "CARNET_KEY_ID=\(key.keyID)",
            "CARNET_KEY_SCHEME=ecdsa-sha2-nistp256", "OTHER=kept",
        ] { #expect(told.contains(line)) }
        #expect(!told.contains { $0.contains("secret") })
    }

    @Test("a refusal shows its status and the last line it wrote")
    func refusals() throws {
        try fault(
            "echo one >&2; printf 'no \\033[1mpermission\\n\\n  \\n' >&2; exit 3",
            .exited(status: 3, lastLine: "no \u{1B}[1mpermission"))
        try fault("exit 1", .exited(status: 1, lastLine: ""))
        try fault("kill -9 $$", .killed(signal: 9, lastLine: ""))
        try fault("cat > /dev/null", .noSignature)
        let words = "\(ProgramFault.exited(status: 3, lastLine: "no \u{1B}[1mpermission"))"
        #expect(words == "exit status 3: \"no \\u{1b}[1mpermission\"")
    }

    @Test("a wrong signature and a wrong key are told apart")
    func wrong() throws {
        let label = KeyLabel(name: "root-1", keyID: key.keyID.prefix)
        folder.script(
            "wrong", "[ $1 = sign ] && echo hello && exit; exec '\(folder.path)/kms' public")
        let holder = "program \"\(folder.path)/wrong\""
        let signer = try signer("wrong")
        #expect(
            throws: SigningError.notSigned(
                "\(KeyAccessError.wrongSignature(label, holder: holder))")
        ) { try signer.sign(message) }
        try shell(
            [
                "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-out", "o.pem",
            ],
            in: folder.path)
        folder.script(
            "other",
            "sed 's/k.pem/o.pem/' '\(folder.path)/kms' > '\(folder.path)/x'; exec sh '\(folder.path)/x' $1"
        )
        let pem = try shell(["openssl", "pkey", "-in", "o.pem", "-pubout"], in: folder.path)
        let found = KeyLabel(keyID: try PublicKey(pem: Array(pem.utf8)).keyID.prefix)
        let other = try self.signer("other")
        #expect(
            throws: SigningError.notSigned(
                "\(KeyAccessError.wrongKey(expected: label, found: found))")
        ) { try other.sign(message) }
    }

    @Test("a program that hangs is ended, leaves nothing behind, and was announced")
    func hangs() throws {
        var copy = self
        copy.opener.limits.person = .milliseconds(400)
        copy.opener.limits.patience = .milliseconds(50)
        let dialog = TestDialog()
        let path = folder.script("slow", "echo $$ > '\(folder.path)/pid'; exec sleep 600")
        let signer = try copy.signer("slow", "", dialog)
        let expected = KeyAccessError.program(path, .timedOut(.milliseconds(400)))
        #expect(throws: SigningError.notSigned("\(expected)")) { try signer.sign(message) }
        #expect("\(expected)".hasSuffix("not done within 0.4 s"))
        #expect(
            dialog.words == [
                "\(use): program \"\(path)\" is at work; if it uses a token, touch it now"
            ])
        let process = pid_t(folder.read("pid")?.split(separator: "\n").first ?? "") ?? 0
        #expect(process > 0)
        #expect(kill(process, 0) == -1 && errno == ESRCH)
    }

    @Test("what a program leaves running does not hold up its signature")
    func leftOver() throws {
        folder.script(
            "fork", "sleep 600 & echo $! > '\(folder.path)/pid'; exec '\(folder.path)/kms' $1")
        let signer = try signer("fork")
        let signature = try signer.sign(message)
        #expect(verifies(signature, message, key))
        let process = pid_t(folder.read("pid")?.split(separator: "\n").first ?? "") ?? 0
        #expect(process > 0)
        if process > 0 { kill(process, SIGKILL) }
    }

    @Test("output without end, and input that nobody reads, are no danger")
    func streams() throws {
        try fault("exec cat /dev/zero", .tooMuchOutput(maximum: 64 << 10))
        let large = [UInt8](repeating: 7, count: 3 << 20)
        try fault("exec <&-; exit 4", .exited(status: 4, lastLine: ""), large)
        try fault(
            "head -c 200000 /dev/zero >&2; echo >&2; echo end >&2; exit 5",
            .exited(status: 5, lastLine: "end"), large)
    }

    @Test("what cannot be started is said")
    func notStarted() throws {
        let missing = "\(folder.path)/none"
        #expect(throws: KeyAccessError.program(missing, .notFound)) {
            try opener.open(try KeyURI("exec:\(missing)"), for: use, dialog: TestDialog())
        }
        let text = folder.write("text", Array("hello".utf8))
        #expect(throws: KeyAccessError.program(text, .notFound)) {
            try opener.open(try KeyURI("exec:\(text)"), for: use, dialog: TestDialog())
        }
        let path = folder.script("bad", "", interpreter: "/nonexistent")
        let reason = SystemReason(number: ENOENT)
        #expect(throws: KeyAccessError.program(path, .notRun(reason))) {
            try opener.open(try KeyURI("exec:\(path)"), for: use, dialog: TestDialog())
        }
        let talker = folder.script("talker", "echo hello")
        #expect(
            throws: KeyAccessError.program(
                talker, .noPublicKey("unsupported key, no public key in PEM found"))
        ) {
            try opener.open(try KeyURI("exec:\(talker)"), for: use, dialog: TestDialog())
        }
    }
}

/// Verifies `signature` over `message` with `public`, all in a folder, after the key id.
let verifyScript = """
    import sys
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey, Signature
    folder, keyid = sys.argv[1:]
    read = lambda name: open(folder + "/" + name, "rb").read()
    key = SSlibKey.from_crypto(load_pem_public_key(read("public")))
    assert key.keyid == keyid, key.keyid
    key.verify_signature(Signature(keyid, read("signature").hex()), read("message"))
    print("verified")
    """
