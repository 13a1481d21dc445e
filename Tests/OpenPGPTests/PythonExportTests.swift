// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import OpenPGP
import Testing

@Suite("Key objects are those of python-securesystemslib 1.6")
struct PythonExportTests {
    private let home: GPGHome

    init() throws { home = try GPGHome() }

    /// What `export_pubkey` gives for each key.
    private func python(_ keyIDs: [String]) throws -> [JSON] {
        let script = """
            import json, sys
            from securesystemslib._gpg import functions as gpg
            out = []
            for keyid in sys.argv[2:]:
                try: out.append(gpg.export_pubkey(keyid, homedir=sys.argv[1]))
                except Exception as error: out.append(type(error).__name__)
            print(json.dumps(out))
            """
        let text = try Python().run(script, [home.path] + keyIDs, ["GNUPGHOME": home.path])
        return try JSONDocument(Array(text.utf8)).root.tree().elements ?? []
    }

    private func expectAlike(_ keyIDs: [String], line: Int = #line) throws {
        for (keyID, expected) in zip(keyIDs, try python(keyIDs)) {
            let key = try? OpenPGPKey(asPythonReads: try home.export(keyID), keyID: keyID)
            if expected.members == nil {
                #expect(key == nil, "line \(line): \(keyID)")
            } else {
                let found = key?.json.canonicalBytes().map { $0 }
                #expect(found == expected.canonicalBytes(), "line \(line): \(keyID)")
            }
        }
    }

    @Test(
        "with ends and subkeys of each kind",
        arguments: ["rsa2048", "rsa3072", "dsa2048", "ed25519"])
    func kinds(_ algorithm: String) throws {
        let plain = try home.makeKey(algorithm)
        let fingerprint = try home.makeKey(algorithm, "sign,cert", name: "b", expires: "2y")
        try home.gpg(["--quick-add-key", fingerprint, algorithm, "sign", "1y"])
        try home.gpg(["--quick-add-key", fingerprint, "rsa2048", "encr", "never"])
        try home.gpg(["--quick-add-key", fingerprint, "cv25519", "encr", "never"])
        try home.gpg(["--quick-add-key", fingerprint, "ed25519", "sign", "never"])
        let all = try home.fingerprints(of: fingerprint)
        try expectAlike([plain, fingerprint, String(fingerprint.suffix(16)), all[1]])
    }

    @Test("which is the same as the strict reading where nothing is lost or refused")
    func strict() throws {
        for algorithm in ["rsa2048", "dsa2048"] {
            let fingerprint = try home.makeKey(algorithm, "sign,cert", expires: "2y")
            try home.gpg(["--quick-add-key", fingerprint, algorithm, "sign", "1y"])
            let certificate = try OpenPGPCertificate(try home.export(fingerprint))
            #expect(
                try python([fingerprint])[0].canonicalBytes()
                    == certificate.key.json.canonicalBytes())
        }
    }

    @Test("and knows neither revocation nor purpose, and takes SHA-1")
    func lax() throws {
        let revoked = try home.makeKey("rsa2048")
        try home.revoke(revoked)
        let certifying = try home.makeKey("rsa2048", "cert", name: "b")
        let weak = try home.makeKey(
            "rsa2048", "sign,cert", name: "c", expires: "1y",
            options: ["--cert-digest-algo", "SHA1"])
        try home.gpg([
            "--cert-digest-algo", "SHA384", "--quick-add-key", weak, "rsa2048", "sign", "never",
        ])
        let curve = try home.makeKey("nistp256")
        let subkeys = try home.makeKey("rsa2048", "sign,cert", name: "d", options: past)
        try home.gpg(past + ["--quick-add-key", subkeys, "rsa2048", "sign", "never"])
        try home.gpg(["--quick-set-expire", subkeys, "1y", "*"])
        try home.gpg(["--quick-add-uid", subkeys, "second <e@example.org>"])
        try expectAlike([revoked, certifying, weak, curve, subkeys])
    }

    @Test("a key of a layout decodes to the same key, and is kept as it came")
    func decoded() throws {
        for algorithm in ["rsa2048", "dsa2048", "ed25519"] {
            let fingerprint = try home.makeKey(algorithm, "sign,cert", expires: "2y")
            try home.gpg(["--quick-add-key", fingerprint, algorithm, "sign", "1y"])
            let key = try OpenPGPCertificate(try home.export(fingerprint)).key
            let document = try JSONDocument(key.json.indentedBytes())
            let decoded = try PublicKey(inToto: document.root)
            #expect(decoded.openPGP == key && decoded.keyID.text == UTF8Text(fingerprint))
            #expect(decoded.json.canonicalBytes() == key.json.canonicalBytes())
            #expect(decoded.material != nil && decoded.isOpenPGP && decoded.file == nil)
        }
    }
}
