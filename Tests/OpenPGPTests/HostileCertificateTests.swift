// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import KeyAccess
import MetadataSigning
import OpenPGP
import Testing

@Suite("What a gpg may write")
struct HostileCertificateTests {
    private let home: GPGHome
    private let export: [UInt8]
    private let signature: [UInt8]
    private let key: OpenPGPKey

    init() throws {
        home = try GPGHome()
        let fingerprint = try home.makeKey("ed25519", "sign,cert", expires: "2y")
        try home.gpg(["--quick-add-key", fingerprint, "ed25519", "sign", "1y"])
        let folder = home.folder
        try home.gpg(["--output", "\(folder.path)/export", "--export", fingerprint])
        folder.write("message", message)
        try home.gpg(["--output", "\(folder.path)/sig", "--detach-sign", "\(folder.path)/message"])
        export = try #require(folder.bytes("export"))
        signature = try #require(folder.bytes("sig"))
        key = try OpenPGPCertificate(export).key
    }

    @Test("every shortened export and signature is refused or says less")
    func shortened() throws {
        _ = try key.signature(signature, over: message)
        for count in 0..<signature.count {
            #expect(throws: OpenPGPFault.self) {
                try key.signature(Array(signature.prefix(count)), over: message)
            }
        }
        for count in 0..<export.count {
            guard let less = try? OpenPGPCertificate(Array(export.prefix(count))).key else {
                continue
            }
            #expect(less.fingerprint == key.fingerprint && less.subkeys.isEmpty)
        }
    }

    @Test("a flipped bit is refused, or is in a part that changes nothing")
    func flippedSignature() throws {
        let expected = try key.signature(signature, over: message).headers
        for place in signature.indices {
            for bit in 0..<8 {
                var bytes = signature
                bytes[place] ^= 1 << bit
                guard let changed = try? key.signature(bytes, over: message) else { continue }
                #expect(changed.headers == expected)
            }
        }
    }

    @Test("a flipped bit in an export never gives a key more or a later end")
    func flippedExport() throws {
        for place in export.indices {
            for bit in [0, 3, 6, 7] {
                var bytes = export
                bytes[place] ^= 1 << bit
                guard let changed = try? OpenPGPCertificate(bytes).key else { continue }
                #expect(changed.fingerprint == key.fingerprint)
                #expect(changed.validityPeriod == key.validityPeriod)
                #expect(changed.subkeys.count <= key.subkeys.count)
                if let subkey = changed.subkeys.first {
                    #expect(subkey.fingerprint == key.subkeys[0].fingerprint)
                    #expect(subkey.validityPeriod == key.subkeys[0].validityPeriod)
                }
            }
        }
    }

    @Test("a signature of another key, over other bytes, or twice, is refused")
    func wrong() throws {
        let issuer = key.subkeys[0].fingerprint
        #expect(throws: OpenPGPFault.wrongSignature(fingerprint: issuer)) {
            try key.signature(signature, over: message + [0])
        }
        #expect(throws: OpenPGPFault.malformed("2 packets, expected one signature")) {
            try key.signature(signature + signature, over: message)
        }
        let other = try home.makeKey("rsa2048")
        let path = "\(home.folder.path)/other"
        try home.gpg(["--output", path, "--export", other])
        let stranger = try OpenPGPCertificate(try #require(home.folder.bytes("other"))).key
        #expect(throws: OpenPGPFault.wrongKey(expected: other, found: issuer)) {
            try stranger.signature(signature, over: message)
        }
        #expect(throws: OpenPGPFault.malformed("two keys, expected one")) {
            try OpenPGPCertificate(export + export)
        }
    }

    @Test("a subkey of somebody else is not taken over")
    func foreignSubkey() throws {
        let other = try home.makeKey("ed25519", "cert", name: "b")
        let path = "\(home.folder.path)/other"
        try home.gpg(["--output", path, "--export", other])
        let primary = try #require(home.folder.bytes("other"))
        // A packet of a public subkey begins with 0xB8, its binding follows.
        let start = try #require(
            export.indices.last { place in
                export[place] == 0xB8 && export[place...].starts(with: [0xB8, 0x33, 0x04])
            })
        let mixed = try OpenPGPCertificate(primary + export[start...]).key
        #expect(mixed.fingerprint == other && mixed.subkeys.isEmpty)
    }

    @Test(
        "what a program in the place of gpg writes is refused",
        arguments: [
            ("", .openPGP(.noKey(fingerprint: digits))),
            ("hello", .openPGP(.malformed("byte 104 begins no packet"))),
            ("\\231\\377\\377", .openPGP(.malformed("packet of 65535 bytes, 0 left"))),
            ("\\233", .openPGP(.malformed("packet of unknown length"))),
            ("\\306\\340", .openPGP(.malformed("packet in parts"))),
            (
                "\\306\\377\\377\\377\\377\\377",
                .openPGP(.malformed("packet of 4294967295 bytes, 0 left"))
            ),
            ("\\264\\000", .openPGP(.malformed("no key at the beginning"))),
            ("\\230\\000", .openPGP(.malformed("key version missing"))),
            ("\\230\\001\\003", .openPGP(.malformed("key of version 3, expected 4"))),
        ] as [(String, KeyAccessError)])
    func garbage(_ bytes: String, _ error: KeyAccessError) throws {
        var opener = KeyOpener(testEnvironment())
        opener.environment["GNUPG"] = home.folder.script("fake", "printf '\(bytes)'")
        let uri = try KeyURI("gpg:\(Self.digits)")
        #expect(throws: error) {
            try opener.openPGP(uri, at: today, for: use, dialog: TestDialog())
        }
    }

    private static let digits = "0123456789abcdef0123456789abcdef01234567"
}
