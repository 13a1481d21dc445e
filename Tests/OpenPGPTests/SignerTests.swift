// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import KeyAccess
import MetadataSigning
import OpenPGP
import Testing

@Suite("Keys of a real gpg, for links and layouts")
struct SignerTests {
    private let home: GPGHome

    init() throws { home = try GPGHome() }

    private func signer(
        _ fingerprint: String, program: String? = nil
    ) throws -> OpenPGPSigner {
        var opener = KeyOpener(home.environment)
        opener.environment["GNUPG"] = program
        return try opener.openPGP(
            try KeyURI("gpg:\(fingerprint)"), at: today, for: use, dialog: TestDialog())
    }

    /// Checks key and signature with securesystemslib, and a link with in-toto.
    private func expectPython(_ signer: OpenPGPSigner, exportsAlike: Bool) throws {
        let python = try Python()
        let link: JSON = [
            "_type": "link", "name": "build", "command": [], "materials": [:], "products": [:],
            "byproducts": [:], "environment": [:],
        ]
        let signature = try signer.signature(over: link.canonicalBytes()).json
        let file: JSON = ["signatures": .array([signature]), "signed": link]
        home.folder.write("link", file.indentedBytes())
        home.folder.write("key", signer.publicKey.json.compactBytes())
        #expect(
            try python.run(
                gpgScript, [home.folder.path, home.path, exportsAlike ? "1" : "0"],
                ["GNUPGHOME": home.path]) == "verified")
    }

    @Test(
        "key and signature are those that Python writes, and verify there",
        arguments: ["ed25519", "rsa2048", "rsa3072", "dsa2048"])
    func python(_ algorithm: String) throws {
        let fingerprint = try home.makeKey(algorithm)
        let signer = try signer(fingerprint)
        #expect(signer.publicKey.keyID.text == UTF8Text(fingerprint))
        // An RSA signature is shorter than its key once in 256 times.
        for _ in 0..<(algorithm == "ed25519" ? 24 : 4) {
            _ = try signer.signature(over: message)
        }
        try expectPython(signer, exportsAlike: true)
    }

    @Test("an EdDSA key keeps its end and its subkeys, which Python loses, and verifies there")
    func edwardsSubkeys() throws {
        let fingerprint = try home.makeKey("ed25519", "sign,cert", expires: "2y")
        try home.gpg(["--quick-add-key", fingerprint, "ed25519", "sign", "1y"])
        try home.gpg(["--quick-add-key", fingerprint, "cv25519", "encr", "never"])
        let signer = try signer(fingerprint)
        #expect(signer.publicKey.openPGP?.subkeys.map(\.validityPeriod) == [31_536_000])
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
            let signature = try signer(subkey).signature(over: message)
            #expect(signature.keyID.text == UTF8Text(subkey))
        }
        try home.edit(fingerprint, "key 1\\nrevkey\\ny\\n0\\n\\ny\\nsave\\n")
        let left = try signer(fingerprint).publicKey.json["subkeys"]?.members?.map(\.key)
        #expect(left == [UTF8Text(all[2])])
        let error = #expect(throws: KeyAccessError.self) { try signer(all[1]) }
        #expect(error.map { "\($0)" }?.contains("\(all[1]) is revoked since 20") ?? false)
    }

    @Test("a revoked and an expired key are refused before anything is signed")
    func ended() throws {
        let revoked = try home.makeKey("ed25519", options: past)
        try home.revoke(revoked)
        let since = KeyAccessError.openPGP(.revoked(fingerprint: revoked, since: newYear2020))
        #expect(throws: since) { try signer(revoked) }
        let expired = try home.makeKey("ed25519", name: "b", expires: "1d", options: past)
        let end = newYear2020 + 86400
        #expect(throws: KeyAccessError.openPGP(.expired(fingerprint: expired, since: end))) {
            try signer(expired)
        }
    }

    @Test("no key, keys of other types, and gpg's own refusal are said")
    func refusals() throws {
        let none = "0123456789abcdef0123456789abcdef01234567"
        #expect(throws: KeyAccessError.openPGP(.noKey(fingerprint: none))) { try signer(none) }
        let curve = try home.makeKey("nistp256")
        #expect(throws: KeyAccessError.openPGP(.algorithm(number: 19))) { try signer(curve) }
        let short = try home.makeKey("rsa1024")
        #expect(throws: KeyAccessError.openPGP(.shortKey(bits: 1024))) { try signer(short) }
        let lost = try home.makeKey("ed25519")
        let loser = try signer(lost)
        try home.gpg(["--yes", "--delete-secret-keys", lost.uppercased()])
        let error = #expect(throws: KeyAccessError.self) {
            try loser.signature(over: message)
        }
        let words = error.map { "\($0)" } ?? ""
        #expect(words.hasPrefix("program \"gpg\": exit status 2: \"gpg: signing failed:"))
        #expect(throws: KeyAccessError.program("gpg-none", .notFound)) {
            try signer(none, program: "gpg-none")
        }
    }

    @Test("as any other signer it signs the older container, and neither TUF metadata nor DSSE")
    func refusedContainers() throws {
        let fingerprint = try home.makeKey("ed25519")
        let opener = KeyOpener(home.environment) { today }
        let signer = try opener.open(
            try KeyURI("gpg:\(fingerprint)"), for: use, dialog: TestDialog())
        let file = try SignedFile(
            SignedFile.bytes(
                signing: ["_type": "link"],
                with: [(signer.publicKey.keyID, signer), (signer.publicKey.legacyKeyID, signer)]))
        #expect(file.signatures.count == 1)
        let authority = Authority([.init(signer.publicKey)], threshold: 1, at: today)
        #expect(file.count(by: authority).isMet)
        let error = SigningError.notSigned("\(OpenPGPFault.notForMetadata)")
        #expect(throws: error) { try signer.sign(message) }
        #expect(throws: error) {
            try Envelope.bytes(
                signing: message, payloadType: "application/vnd.in-toto+json",
                with: [(signer.publicKey.keyID, signer)])
        }
    }

    @Test("gnupg: takes the fingerprint from beside, and homedir is passed on")
    func uris() throws {
        let fingerprint = try home.makeKey("ed25519")
        let opener = KeyOpener(testEnvironment())
        for text in ["gnupg:\(home.path)", "gpg:\(fingerprint)?homedir=\(home.path)"] {
            let signer = try opener.openPGP(
                try KeyURI(text), fingerprint: fingerprint, at: today, for: use,
                dialog: TestDialog())
            _ = try signer.signature(over: message)
        }
        #expect(throws: KeyAccessError.notOpened(scheme: "file")) {
            try opener.openPGP(.file(path: "a"), at: today, for: use, dialog: TestDialog())
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
