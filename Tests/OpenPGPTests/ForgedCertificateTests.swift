// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import OpenPGP
import Testing

@Suite("Certificates made to mislead")
struct ForgedCertificateTests {
    private let home: GPGHome

    init() throws { home = try GPGHome() }

    /// The packets of an export: where each begins and what it is.
    private func packets(_ bytes: [UInt8]) -> [(tag: UInt8, bytes: [UInt8])] {
        var packets: [(tag: UInt8, bytes: [UInt8])] = []
        var place = 0
        while place < bytes.count {
            // gpg writes packets of keys in the old form.
            let size = 1 << Int(bytes[place] & 3)
            let length = bytes[(place + 1)..<(place + 1 + size)].reduce(0) { $0 << 8 | Int($1) }
            let end = place + 1 + size + length
            packets.append((bytes[place] >> 2 & 0x0F, Array(bytes[place..<end])))
            place = end
        }
        return packets
    }

    @Test("a subkey without its own signature back is no signer")
    func withoutBackSignature() throws {
        // A subkey for encryption has none; its binding is made to say that it may sign.
        let fingerprint = try home.makeKey("rsa2048", "sign,cert")
        try home.gpg(["--quick-add-key", fingerprint, "rsa2048", "encr", "never"])
        try home.edit(fingerprint, "key 1\nchange-usage\nS\nQ\nsave\n".escaped)
        let bytes = try home.export(fingerprint)
        let key = try OpenPGPCertificate(bytes).key
        let python = try OpenPGPKey(asPythonReads: bytes, keyID: fingerprint)
        #expect(python.subkeys.count == 1)
        // gpg itself signs back when it is asked to; then the subkey signs here too.
        let isBound = packets(bytes).last?.bytes.count ?? 0 > 500
        #expect(key.subkeys.count == (isBound ? 1 : 0))
        // With the signature back taken out of the part that nothing covers, it does not.
        var parts = packets(bytes)
        let binding = parts.removeLast().bytes
        let stripped = parts.flatMap(\.bytes) + withoutEmbedded(binding)
        #expect(try OpenPGPCertificate(stripped).key.subkeys.isEmpty)
    }

    /// A signature packet without its unhashed subpackets but the issuer.
    private func withoutEmbedded(_ packet: [UInt8]) -> [UInt8] {
        let size = 1 << Int(packet[0] & 3)
        let body = Array(packet[(1 + size)...])
        let hashed = 6 + (Int(body[4]) << 8 | Int(body[5]))
        let unhashed = Int(body[hashed]) << 8 | Int(body[hashed + 1])
        let rest = body[..<hashed] + [0, 0] + body[(hashed + 2 + unhashed)...]
        return [0x89, UInt8(rest.count >> 8), UInt8(rest.count & 0xFF)] + rest
    }

    @Test("a name, a subkey or a signature of another key gives nothing, and breaks nothing")
    func foreignParts() throws {
        let mine = try home.makeKey("ed25519", "sign,cert", expires: "1y")
        try home.gpg(["--quick-add-key", mine, "ed25519", "sign", "1y"])
        let other = try home.makeKey("ed25519", "sign,cert", name: "b", expires: "2y")
        try home.gpg(["--quick-add-key", other, "ed25519", "sign", "never"])
        let bytes = try home.export(mine)
        let key = try OpenPGPCertificate(bytes).key
        let foreign = packets(try home.export(other)).dropFirst().flatMap(\.bytes)
        #expect(try OpenPGPCertificate(bytes + foreign).key == key)
        let parts = packets(bytes)
        let mixed = parts[0].bytes + foreign + parts.dropFirst().flatMap(\.bytes)
        #expect(try OpenPGPCertificate(mixed).key == key)
        #expect(try OpenPGPCertificate(mixed).minimal == OpenPGPCertificate(bytes).minimal)
    }

    @Test("a revocation by somebody else is none")
    func foreignRevocation() throws {
        let mine = try home.makeKey("ed25519", "sign,cert")
        let other = try home.makeKey("ed25519", "sign,cert", name: "b")
        let bytes = try home.export(mine)
        try home.revoke(other)
        let revocation = try #require(packets(try home.export(other)).first { $0.tag == 2 })
        let parts = packets(bytes)
        let mixed = parts[0].bytes + revocation.bytes + parts.dropFirst().flatMap(\.bytes)
        #expect(try OpenPGPCertificate(mixed).key.revokedSince == nil)
        #expect(try OpenPGPCertificate(try home.export(other)).key.revokedSince != nil)
    }

    @Test("the same subkey twice is refused")
    func twice() throws {
        let mine = try home.makeKey("ed25519", "sign,cert")
        try home.gpg(["--quick-add-key", mine, "ed25519", "sign", "1y"])
        let bytes = try home.export(mine)
        let subkey = packets(bytes).suffix(2).flatMap(\.bytes)
        let fingerprint = try home.fingerprints(of: mine)[1]
        #expect(throws: OpenPGPFault.malformed("subkey \(fingerprint) stands twice")) {
            try OpenPGPCertificate(bytes + subkey)
        }
    }

    @Test("a hundred thousand signatures of others cost little, its own are bounded")
    func many() throws {
        let mine = try home.makeKey("rsa2048", "sign,cert")
        let other = try home.makeKey("ed25519", "sign,cert", name: "b")
        let plain = try home.export(mine)
        try home.gpg(["--local-user", other, "--quick-sign-key", mine])
        let foreign = try #require(packets(try home.export(mine)).last)
        #expect(foreign.tag == 2 && foreign.bytes.count < 200)
        let count = min(100_000, (4 << 20 - plain.count) / foreign.bytes.count)
        var flood = plain
        for _ in 0..<count { flood += foreign.bytes }
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try OpenPGPCertificate(flood).minimal == plain)
        let own = try #require(packets(plain).last)
        var repeated = plain
        for _ in 0..<2000 { repeated += own.bytes }
        #expect(
            throws: OpenPGPFault.tooMany("signatures of a key over itself", maximum: 1024)
        ) { try OpenPGPCertificate(repeated) }
        #expect(clock.now - start < .seconds(30))
    }
}

extension String {
    /// For the format of `printf`.
    fileprivate var escaped: String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
    }
}
