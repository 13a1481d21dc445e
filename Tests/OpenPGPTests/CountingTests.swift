// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import KeyAccess
import MetadataSigning
import OpenPGP
import Testing

@Suite("Counting signatures of gpg, as python-securesystemslib 1.6 makes them")
struct CountingTests {
    private let home: GPGHome

    init() throws { home = try GPGHome() }

    private let link: JSON = ["_type": "link", "name": "build"]

    private func signer(_ fingerprint: String) throws -> OpenPGPSigner {
        try KeyOpener(home.environment).openPGP(
            try KeyURI("gpg:\(fingerprint)"), at: today, for: use, dialog: TestDialog())
    }

    /// The file with these entries.
    private func file(_ entries: [JSON]) throws -> SignedFile {
        let json: JSON = ["signatures": .array(entries), "signed": link]
        return try SignedFile(json.compactBytes())
    }

    private func entry(_ fingerprint: String) throws -> JSON {
        try signer(fingerprint).signature(over: link.canonicalBytes()).json
    }

    private func count(
        _ entries: [JSON], _ keys: [PublicKey], threshold: Int = 1, at now: Instant? = today
    ) throws -> SignatureCount {
        try file(entries).count(
            by: Authority(keys.map { .init($0) }, threshold: threshold, at: now))
    }

    /// A primary key with two signing subkeys: their fingerprints, and the key.
    private func family(
        _ algorithm: String = "ed25519", name: String = "a"
    ) throws -> (all: [String], key: PublicKey) {
        let primary = try home.makeKey(algorithm, "sign,cert", name: name)
        for _ in 0..<2 { try home.gpg(["--quick-add-key", primary, algorithm, "sign", "never"]) }
        let all = try home.fingerprints(of: primary)
        return (all, try PublicKey(file: try home.export(primary)))
    }

    @Test("a primary key and its subkeys count once", arguments: ["rsa2048", "dsa2048", "ed25519"])
    func once(_ algorithm: String) throws {
        let (all, key) = try family(algorithm)
        // The mark keeps gpg from signing with a subkey.
        let own = try home.sign(link.canonicalBytes(), "0x\(all[0])!")
        let entries =
            try all.dropFirst().map { try entry($0) }
            + [Signature(openPGP: try OpenPGPSignature(detached: own)).json]
        #expect(try count([entries[2]], [key]).isMet)
        #expect(try count([entries[0]], [key]).isMet)
        #expect(try count([entries[1]], [key]).isMet)
        let several = try count(entries, [key], threshold: 2)
        #expect(!several.isMet && several.accepted.count == 1 && several.rejected.isEmpty)
        let (others, other) = try family("ed25519", name: "b")
        let two = try count([entries[0], try entry(others[1])], [key, other], threshold: 2)
        #expect(two.isMet)
    }

    @Test("the same subkey under two primary keys makes them one signer")
    func shared() throws {
        let (all, key) = try family()
        let mine = try #require(key.openPGP)
        // As a layout may list it, which has no signatures of the subkey.
        let stolen = try #require(
            PublicKey(
                OpenPGPKey(
                    fingerprint: String(repeating: "ab", count: 20), creationTime: nil,
                    validityPeriod: nil, numbers: .ed25519([UInt8](repeating: 7, count: 32)),
                    subkeys: [mine.subkeys[0]])))
        let entries = [try entry(all[1]), try entry(all[2])]
        #expect(try !count(entries, [key, stolen], threshold: 2).isMet)
        #expect(try !count(entries, [stolen, key], threshold: 2).isMet)
    }

    @Test("one RSA key in PEM and with gpg counts once")
    func sameNumbers() throws {
        let fingerprint = try home.makeKey("rsa2048")
        let key = try PublicKey(file: try home.export(fingerprint))
        guard case .rsa(let modulus, let exponent) = key.openPGP?.numbers else { return }
        let info = DER.sequence(
            DER.sequence(
                [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00]),
            DER.bitString(DER.sequence(DER.integer(modulus), DER.integer(exponent))))
        let pem = "-----BEGIN PUBLIC KEY-----\n\(base64(info))\n-----END PUBLIC KEY-----\n"
        #expect(try PublicKey(file: Array(pem.utf8)).material == key.material)
    }

    @Test("an entry that is altered in any part does not count")
    func altered() throws {
        for algorithm in ["rsa2048", "ed25519", "dsa2048"] {
            let fingerprint = try home.makeKey(algorithm)
            let key = try PublicKey(file: try home.export(fingerprint))
            let good = try entry(fingerprint)
            #expect(try count([good], [key]).isMet)
            for member in ["other_headers", "signature"] as [UTF8Text] {
                let received = bytes(fromHex: good[member]?.text?.string ?? "") ?? []
                #expect(!received.isEmpty)
                for place in received.indices {
                    var changed = received
                    changed[place] ^= 1
                    var altered = good
                    altered.set(member, .text(hex(changed)))
                    #expect(try !count([altered], [key]).isMet, "\(algorithm) \(member) \(place)")
                }
                for shorter in [Array(received.dropLast()), Array(received.dropFirst()), []] {
                    var altered = good
                    altered.set(member, .text(hex(shorter)))
                    #expect(try !count([altered], [key]).isMet)
                }
            }
            var without = good
            without.set("other_headers", nil)
            #expect(try !count([without], [key]).isMet)
        }
    }

    @Test("hashes other than SHA-256, and signatures over text, are refused")
    func otherKinds() throws {
        let fingerprint = try home.makeKey("rsa2048")
        let key = try PublicKey(file: try home.export(fingerprint))
        let message = link.canonicalBytes()
        for options in [["--digest-algo", "SHA512"], ["--digest-algo", "SHA1"], ["--textmode"]] {
            // What gpg wrote, in in-toto's form, whatever it is.
            let signature = try home.sign(message, fingerprint, options)
            let length = Int(signature[3 + 4]) << 8 | Int(signature[3 + 5])
            let headers = signature[3..<(3 + 6 + length)]
            let value = signature.suffix(256)
            let altered: JSON = [
                "keyid": .text(fingerprint), "other_headers": .text(hex(headers)),
                "signature": .text(hex(value)),
            ]
            #expect(try !count([altered], [key]).isMet, "\(options)")
        }
    }

    @Test("a key counts until its end, which is that of its subkeys too")
    func ends() throws {
        let fingerprint = try home.makeKey("ed25519", "sign,cert", expires: "1y")
        try home.gpg(["--quick-add-key", fingerprint, "ed25519", "sign", "never"])
        let key = try PublicKey(file: try home.export(fingerprint))
        let all = try home.fingerprints(of: fingerprint)
        let end = try #require(key.expires)
        for signer in all {
            let entry = try entry(signer)
            #expect(try count([entry], [key], at: end.adding(seconds: -1)).isMet)
            let late = try count([entry], [key], at: end)
            #expect(!late.isMet && late.rejected.map(\.reason) == [.ended(.expired(since: end))])
            let unknown = try count([entry], [key], at: nil)
            #expect(unknown.rejected.map(\.reason) == [.ended(.unknownMoment)])
        }
        #expect(key.end(at: end.adding(seconds: -1)) == nil)
        #expect(key.end(at: end) == .expired(since: end))
    }

    @Test("a signature made before the key was taken back does not count after it")
    func revoked() throws {
        let fingerprint = try home.makeKey("ed25519", options: past)
        let before = try PublicKey(file: try home.export(fingerprint))
        let entry = try entry(fingerprint)
        #expect(try count([entry], [before]).isMet)
        try home.revoke(fingerprint)
        let after = try PublicKey(file: try home.export(fingerprint))
        let since = KeyEnd.revoked(since: Instant(seconds: newYear2020))
        #expect(try count([entry], [after]).rejected.map(\.reason) == [.ended(since)])
        #expect("\(since)" == "is revoked since 2020-01-01T00:00:00Z")
        #expect(after.end(at: today) == since && before.end(at: today) == nil)
    }

    @Test("a primary key that is not for signing counts for nothing, its subkey does")
    func purpose() throws {
        let fingerprint = try home.makeKey("rsa2048", "sign,cert")
        let entry = try entry(fingerprint)
        let key = try PublicKey(file: try home.export(fingerprint))
        #expect(try count([entry], [key]).isMet)
        try home.edit(fingerprint, "change-usage\\nS\\nQ\\nsave\\n")
        let changed = try PublicKey(file: try home.export(fingerprint))
        #expect(try count([entry], [changed]).rejected.map(\.reason) == [.ended(.notForSigning)])
    }

    @Test("a key of gpg signs no DSSE envelope, and a key in PEM no entry with headers")
    func otherContainers() throws {
        let fingerprint = try home.makeKey("rsa2048")
        let key = try PublicKey(file: try home.export(fingerprint))
        let good = try entry(fingerprint)
        let message = link.canonicalBytes()
        let value = bytes(fromHex: good["signature"]?.text?.string ?? "") ?? []
        let envelope: JSON = [
            "payload": .text(base64(message)), "payloadType": "application/vnd.in-toto+json",
            "signatures": [["keyid": .text(fingerprint), "sig": .text(base64(value))]],
        ]
        let authority = Authority([.init(key)], threshold: 1, at: today)
        #expect(try !Envelope(try JSONDocument(envelope.compactBytes())).count(by: authority).isMet)
        let plain = try PrivateKey(generating: .ed25519)
        var entry: JSON = ["keyid": .text("\(plain.publicKey.keyID)")]
        entry.set("signature", .text(hex(try plain.sign(message))))
        entry.set("other_headers", "04")
        #expect(try !count([entry], [plain.publicKey]).isMet)
    }

    @Test("a hundred thousand signatures are counted in no time")
    func manySignatures() throws {
        let (all, key) = try family("rsa2048")
        let good = String(decoding: try entry(all[1]).compactBytes(), as: UTF8.self)
        var text = #"{"signed":{"_type":"link","name":"build"},"signatures":["#
        for number in 0..<100_000 {
            text += good.replacing("\"\(all[1])\"", with: "\"\(number)\"") + ","
        }
        let file = try SignedFile(Array("\(text)\(good)]}".utf8))
        let authority = Authority([.init(key)], threshold: 1, at: today)
        let clock = ContinuousClock()
        let start = clock.now
        let found = file.count(by: authority)
        #expect(clock.now - start < .seconds(5))
        #expect(found.isMet && found.rejected.count == 100_000)
    }

    @Test("a key of a layout with a hundred thousand subkeys cannot be used")
    func manySubkeys() throws {
        let (_, key) = try family("rsa2048")
        let subkey = try #require(key.json["subkeys"]?.members?.first)
        let text = String(decoding: subkey.value.compactBytes(), as: UTF8.self)
        var object = key.json
        object.set("subkeys", nil)
        var listed = String(decoding: object.compactBytes().dropLast(), as: UTF8.self)
        listed += #","subkeys":{"\#(subkey.key)":\#(text)"#
        for number in 0..<100_000 { listed += #","\#(number)":{}"# }
        let document = try JSONDocument(Array("\(listed)}}".utf8))
        let clock = ContinuousClock()
        let start = clock.now
        let many = try PublicKey(inToto: document.root)
        #expect(many.material == nil && many.subkeyIDs.isEmpty)
        #expect(clock.now - start < .seconds(5))
    }
}
