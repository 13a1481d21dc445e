// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import KeyAccess
import MetadataSigning
import Testing

@Suite("Keys of a real gpg, for links and layouts")
struct OpenPGPTests {
    private let home: GPGHome

    init() throws { home = try GPGHome() }

    private func signer(
        _ fingerprint: String, program: String? = nil
    ) throws -> OpenPGPSigner {
        var opener = KeyOpener(home.environment)
        opener.environment["GNUPG"] = program
        return try opener.openPGP(
            try KeyURI("gpg:\(fingerprint)"), for: use, dialog: TestDialog())
    }

    /// Checks key and signature with securesystemslib, and a link with in-toto.
    private func expectPython(_ signer: OpenPGPSigner, exportsAlike: Bool) throws {
        let python = try Python()
        let link: JSON = [
            "_type": "link", "name": "build", "command": [], "materials": [:], "products": [:],
            "byproducts": [:], "environment": [:],
        ]
        let signature = try signer.signatureJSON(over: link.canonicalBytes())
        let file: JSON = ["signatures": .array([signature]), "signed": link]
        home.folder.write("link", file.indentedBytes())
        home.folder.write("key", signer.publicKeyJSON.compactBytes())
        #expect(
            try python.run(
                gpgScript, [home.folder.path, home.path, exportsAlike ? "1" : "0"],
                ["GNUPGHOME": home.path]) == "verified")
    }

    @Test(
        "key and signature are those that Python writes, and verify there",
        arguments: ["ed25519", "rsa2048", "rsa3072"])
    func python(_ algorithm: String) throws {
        let fingerprint = try home.makeKey(algorithm)
        let signer = try signer(fingerprint)
        #expect(signer.publicKey.fingerprint == fingerprint)
        // An RSA signature is shorter than its key once in 256 times.
        for _ in 0..<(algorithm == "ed25519" ? 24 : 2) {
            _ = try signer.signatureJSON(over: message)
        }
        try expectPython(signer, exportsAlike: true)
    }

    @Test("an RSA key with its end and its subkeys is the one that Python exports")
    func rsaSubkeys() throws {
        let fingerprint = try home.makeKey("rsa2048", "sign,cert", expires: "2y")
        try home.gpg(["--quick-add-key", fingerprint, "rsa2048", "sign", "1y"])
        try home.gpg(["--quick-add-key", fingerprint, "rsa2048", "encr", "never"])
        try home.gpg(["--quick-add-key", fingerprint, "cv25519", "encr", "never"])
        let signer = try signer(fingerprint)
        #expect(signer.publicKey.validityPeriod.map { $0 / 86400 } == 730)
        #expect(signer.publicKey.subkeys.count == 2)
        #expect(signer.publicKey.subkeys[0].validityPeriod.map { $0 / 86400 } == 365)
        #expect(signer.publicKey.subkeys[1].validityPeriod == nil)
        try expectPython(signer, exportsAlike: true)
    }

    @Test("an EdDSA key keeps its end and its subkeys, which Python loses, and verifies there")
    func edwardsSubkeys() throws {
        let fingerprint = try home.makeKey("ed25519", "sign,cert", expires: "2y")
        try home.gpg(["--quick-add-key", fingerprint, "ed25519", "sign", "1y"])
        try home.gpg(["--quick-add-key", fingerprint, "cv25519", "encr", "never"])
        let signer = try signer(fingerprint)
        #expect(signer.publicKey.validityPeriod.map { $0 / 86400 } == 730)
        #expect(signer.publicKey.subkeys.map(\.validityPeriod) == [31_536_000])
        try expectPython(signer, exportsAlike: false)
    }

    @Test("a subkey that is named is the one that signs, and a revoked one is left out")
    func namedSubkey() throws {
        let fingerprint = try home.makeKey("ed25519", "sign,cert")
        for _ in 0..<2 {
            try home.gpg(["--quick-add-key", fingerprint, "ed25519", "sign", "never"])
        }
        let all = try home.fingerprints(of: fingerprint)
        #expect(all.count == 3)
        for subkey in all.dropFirst() {
            let signature = try signer(subkey).signatureJSON(over: message)
            #expect(signature["keyid"]?.text == UTF8Text(subkey))
        }
        try home.run([
            "sh", "-c",
            "printf 'key 1\\nrevkey\\ny\\n0\\n\\ny\\nsave\\n' | gpg --batch --quiet "
                + "--pinentry-mode loopback --passphrase '' --command-fd 0 --yes --edit-key \(fingerprint)",
        ])
        let left = try signer(fingerprint).publicKey.subkeys.map(\.fingerprint)
        #expect(left == [all[2]])
        #expect(throws: KeyAccessError.openPGP(.noKey(fingerprint: all[1]))) {
            try signer(all[1])
        }
    }

    @Test("a revoked key is refused")
    func revoked() throws {
        let fingerprint = try home.makeKey("ed25519")
        let path = "\(home.path)/openpgp-revocs.d/\(fingerprint.uppercased()).rev"
        try home.run(["sed", "-i", "s/^:---/---/", path])
        try home.gpg(["--import", path])
        #expect(throws: KeyAccessError.openPGP(.revoked(fingerprint: fingerprint))) {
            try signer(fingerprint)
        }
    }

    @Test("no key, keys of other types, and gpg's own refusal are said")
    func refusals() throws {
        let none = "0123456789abcdef0123456789abcdef01234567"
        #expect(throws: KeyAccessError.openPGP(.noKey(fingerprint: none))) { try signer(none) }
        let dsa = try home.makeKey("dsa2048")
        #expect(throws: KeyAccessError.openPGP(.algorithm(number: 17))) { try signer(dsa) }
        let curve = try home.makeKey("nistp256")
        #expect(throws: KeyAccessError.openPGP(.algorithm(number: 19))) { try signer(curve) }
        let short = try home.makeKey("rsa1024")
        #expect(throws: KeyAccessError.openPGP(.shortKey(bits: 1024))) { try signer(short) }
        let lost = try home.makeKey("ed25519")
        let loser = try signer(lost)
        try home.gpg(["--yes", "--delete-secret-keys", lost.uppercased()])
        let error = #expect(throws: KeyAccessError.self) {
            try loser.signatureJSON(over: message)
        }
        let words = error.map { "\($0)" } ?? ""
        #expect(words.hasPrefix("program \"gpg\": exit status 2: \"gpg: signing failed:"))
        #expect(throws: KeyAccessError.program("gpg-none", .notFound)) {
            try signer(none, program: "gpg-none")
        }
    }

    @Test("a self-signature with SHA-1 is refused with the remedy")
    func weakHash() throws {
        try home.run(["sh", "-c", "printf 'cert-digest-algo SHA1\\n' > \(home.path)/gpg.conf"])
        let fingerprint = try home.makeKey("ed25519")
        let error = KeyAccessError.openPGP(.weakHash(number: 2, fingerprint: fingerprint))
        #expect(throws: error) { try signer(fingerprint) }
        #expect("\(error)".contains("--cert-digest-algo SHA256"))
    }

    @Test("gnupg: takes the fingerprint from beside, and homedir is passed on")
    func uris() throws {
        let fingerprint = try home.makeKey("ed25519")
        let opener = KeyOpener(testEnvironment())
        for text in ["gnupg:\(home.path)", "gpg:\(fingerprint)?homedir=\(home.path)"] {
            let signer = try opener.openPGP(
                try KeyURI(text), fingerprint: fingerprint, for: use, dialog: TestDialog())
            _ = try signer.signatureJSON(over: message)
        }
        #expect(throws: KeyAccessError.notOpened(scheme: "file")) {
            try opener.openPGP(.file(path: "a"), for: use, dialog: TestDialog())
        }
    }
}

/// Loads `key` and `link` of a folder; with a third argument of 1 the key must be the one that
/// Python exports itself.
private let gpgScript = """
    import json, sys
    from securesystemslib._gpg import functions as gpg
    from in_toto.models.metadata import Metadata
    folder, home, alike = sys.argv[1:]
    key = json.load(open(folder + "/key"))
    exported = gpg.export_pubkey(key["keyid"], homedir=home)
    if alike == "1":
        assert exported == key, (exported, key)
    else:
        for name in ["keyid", "keyval", "method", "type", "hashes", "creation_time"]:
            assert exported[name] == key[name], name
    link = Metadata.load(folder + "/link")
    link.verify_signature(key)
    signature = json.load(open(folder + "/link"))["signatures"][0]
    assert sorted(signature) == ["keyid", "other_headers", "signature"], signature
    assert gpg.verify_signature(dict(signature), key, link.signed.signable_bytes)
    assert not gpg.verify_signature(dict(signature), key, b"other")
    print("verified")
    """
