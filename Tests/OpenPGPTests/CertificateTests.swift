// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import OpenPGP
import Testing

/// In the past of gpg's clock, which these tests set.
let past = ["--faked-system-time", "20200101T000000!"]
let newYear2020 = 1_577_836_800
/// Far from the ends of the keys that are made now.
let today = Instant("2026-06-01T00:00:00Z")!
let muchLater = Instant("2100-01-01T00:00:00Z")!

@Suite("RFC 4880 §12.1: certificates by their own signatures")
struct CertificateTests {
    private let home: GPGHome

    init() throws { home = try GPGHome() }

    private func certificate(_ fingerprint: String) throws -> OpenPGPCertificate {
        try OpenPGPCertificate(try home.export(fingerprint))
    }

    @Test(
        "keys with signing subkeys, in armor and without",
        arguments: ["rsa2048", "dsa2048", "ed25519"])
    func subkeys(_ algorithm: String) throws {
        let fingerprint = try home.makeKey(algorithm, "sign,cert", expires: "2y")
        try home.gpg(["--quick-add-key", fingerprint, algorithm, "sign", "1y"])
        try home.gpg(["--quick-add-key", fingerprint, "rsa2048", "encr", "never"])
        let certificate = try certificate(fingerprint)
        let key = certificate.key
        #expect(key.fingerprint == fingerprint && key.maySign && key.revokedSince == nil)
        #expect(key.validityPeriod.map { $0 / 86400 } == 730)
        let listed = try home.fingerprints(of: fingerprint)
        #expect(key.subkeys.map(\.fingerprint) == [listed[1]], "not the one for encryption")
        #expect(key.subkeys[0].validityPeriod.map { $0 / 86400 } == 365)
        let armored = try home.export(fingerprint, ["--armor"])
        #expect(try OpenPGPCertificate(armored).key == key)
        #expect(try OpenPGPCertificate(certificate.minimal).key == key)
        #expect(try OpenPGPCertificate(certificate.armored).key == key)
        #expect(OpenPGPCertificate.isBegun(armored))
    }

    @Test("what others say, and what was replaced, is not kept and changes nothing")
    func minimal() throws {
        let fingerprint = try home.makeKey("ed25519", "sign,cert", expires: "2y")
        let other = try home.makeKey("rsa2048", "sign,cert", name: "b")
        try home.gpg(["--local-user", other, "--quick-sign-key", fingerprint])
        try home.gpg(["--quick-add-uid", fingerprint, "second <c@example.org>"])
        let before = try certificate(fingerprint)
        try home.gpg(["--quick-set-expire", fingerprint, "3y"])
        let after = try certificate(fingerprint)
        #expect(after.key.validityPeriod.map { $0 / 86400 } == 1095)
        let full = try home.export(fingerprint)
        // A number in a signature may be a byte shorter; a signature more would be a hundred longer.
        #expect(abs(after.minimal.count - before.minimal.count) < 16)
        #expect(after.minimal.count < full.count)
        #expect(try OpenPGPCertificate(after.minimal).key == after.key)
        home.folder.write("minimal", after.armored)
        #expect(
            try home.run(["gpg", "--show-keys", "\(home.folder.path)/minimal"])
                .contains(fingerprint.uppercased()))
    }

    @Test("an expired key is read, and refused with the moment at which it ended")
    func expired() throws {
        let fingerprint = try home.makeKey(
            "rsa2048", "sign,cert", expires: "30d", options: past)
        let key = try certificate(fingerprint).key
        let end = newYear2020 + 30 * 86400
        #expect(key.expires == end)
        try key.check(fingerprint, at: end - 1)
        let fault = OpenPGPFault.expired(fingerprint: fingerprint, since: end)
        #expect(throws: fault) { try key.check(fingerprint, at: end) }
        #expect("\(fault)" == "key \(fingerprint) is expired since 2020-01-31T00:00:00Z")
    }

    @Test("a revoked key is read, and refused with the moment at which it was taken back")
    func revoked() throws {
        let fingerprint = try home.makeKey("ed25519", options: past)
        try home.revoke(fingerprint)
        let key = try certificate(fingerprint).key
        let fault = OpenPGPFault.revoked(fingerprint: fingerprint, since: newYear2020)
        #expect(throws: fault) { try key.check(fingerprint, at: 0) }
        #expect("\(fault)" == "key \(fingerprint) is revoked since 2020-01-01T00:00:00Z")
        let minimal = try OpenPGPCertificate(try certificate(fingerprint).minimal).key
        #expect(minimal.revokedSince == newYear2020)
    }

    @Test("a revoked and an expired subkey are refused, the primary key goes on")
    func endedSubkeys() throws {
        let fingerprint = try home.makeKey("ed25519", "sign,cert", options: past)
        try home.gpg(past + ["--quick-add-key", fingerprint, "ed25519", "sign", "1d"])
        try home.gpg(past + ["--quick-add-key", fingerprint, "ed25519", "sign", "never"])
        try home.edit(
            fingerprint, "key 2\\nrevkey\\ny\\n0\\n\\ny\\nsave\\n", past.joined(separator: " "))
        let key = try certificate(fingerprint).key
        let all = try home.fingerprints(of: fingerprint)
        try key.check(fingerprint, at: today.seconds)
        #expect(throws: OpenPGPFault.expired(fingerprint: all[1], since: newYear2020 + 86400)) {
            try key.check(all[1], at: today.seconds)
        }
        #expect(throws: OpenPGPFault.revoked(fingerprint: all[2], since: newYear2020)) {
            try key.check(all[2], at: today.seconds)
        }
        #expect(key.json["subkeys"]?.members?.map(\.key) == [UTF8Text(all[1])])
    }

    @Test("a primary key that only certifies signs through its subkey alone")
    func certifyOnly() throws {
        let fingerprint = try home.makeKey("rsa2048", "cert", options: past)
        #expect(throws: OpenPGPFault.notForSigning(fingerprint: fingerprint)) {
            try certificate(fingerprint).key.check(fingerprint, at: today.seconds)
        }
        try home.gpg(past + ["--quick-add-key", fingerprint, "rsa2048", "sign", "1d"])
        let key = try certificate(fingerprint).key
        #expect(!key.maySign && key.subkeys.count == 1)
        try key.check(fingerprint, at: newYear2020)
        #expect(throws: OpenPGPFault.self) { try key.check(fingerprint, at: today.seconds) }
    }

    @Test("a key whose names are all taken back says nothing of itself")
    func revokedName() throws {
        let fingerprint = try home.makeKey("ed25519", "sign,cert")
        try home.gpg(["--quick-add-uid", fingerprint, "second <c@example.org>"])
        try home.gpg(["--quick-revoke-uid", fingerprint, "ed25519 <a@example.org>"])
        #expect(try certificate(fingerprint).key.maySign)
    }

    @Test("keys that are not used are refused by name")
    func refusals() throws {
        let curve = try home.makeKey("nistp256")
        let fault = OpenPGPFault.algorithm(number: 19)
        #expect(throws: fault) { try certificate(curve) }
        #expect("\(fault)".contains("algorithm 19 (ECDSA) found, expected RSA (1), DSA (17)"))
        let short = try home.makeKey("rsa1024")
        #expect(throws: OpenPGPFault.shortKey(bits: 1024)) { try certificate(short) }
        let old = try home.makeKey("dsa1024")
        #expect(throws: OpenPGPFault.shortKey(bits: 1024)) { try certificate(old) }
        let weak = ["--cert-digest-algo", "SHA1"]
        let sha1 = try home.makeKey("ed25519", options: weak)
        let weakHash = OpenPGPFault.weakHash(number: 2, fingerprint: sha1)
        #expect(throws: weakHash) { try certificate(sha1) }
        #expect("\(weakHash)".contains("--cert-digest-algo SHA256"))
    }

    @Test("a key that was renewed with a better hash counts")
    func renewed() throws {
        let fingerprint = try home.makeKey(
            "ed25519", options: past + ["--cert-digest-algo", "SHA1"])
        try home.gpg(["--cert-digest-algo", "SHA512", "--quick-set-expire", fingerprint, "1y"])
        #expect(try certificate(fingerprint).key.maySign)
    }
}
