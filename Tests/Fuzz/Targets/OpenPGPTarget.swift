// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import OpenPGP

/// The first byte picks what the rest is: a certificate; the packets of a known certificate in
/// another order, some changed; a detached signature; headers and value of a signature; a key
/// object of a layout.
func fuzzOpenPGP(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let rest = Array(input.dropFirst())
    switch first % 5 {
    case 0: checkCertificate(rest)
    case 1: checkCertificate(shuffled(rest))
    case 2: checkDetached(rest)
    case 3: checkEntry(rest)
    default: checkObject(rest)
    }
}

private func checkCertificate(_ bytes: [UInt8]) {
    // What Python makes of it has no bounds but those of its reader.
    do throws(OpenPGPFault) {
        let key = try OpenPGPKey(asPythonReads: bytes, keyID: "")
        require(key.subkeys.count <= OpenPGPCertificate.maximumSubkeys, "subkeys are bounded")
    } catch {
        requireOneLine("\(error)")
    }
    let certificate: OpenPGPCertificate
    do throws(OpenPGPFault) { certificate = try OpenPGPCertificate(bytes) } catch {
        requireOneLine("\(error)")
        return
    }
    let key = certificate.key
    let known = require(
        KnownCertificate.all.first { $0.key.fingerprint == key.fingerprint },
        "nobody but its holder makes a certificate")
    require(key.numbers == known.key.numbers, "of the holder's numbers")
    for subkey in key.subkeys {
        let other = known.key.part(subkey.fingerprint)
        require(other?.numbers == subkey.numbers, "with the holder's subkeys")
        require(other?.validityPeriod == subkey.validityPeriod, "for the holder's time")
        require(subkey.subkeys.isEmpty && subkey.maySign, "that sign")
    }
    let again = try? OpenPGPCertificate(certificate.minimal)
    require(again?.key == key, "what is kept of a certificate says the same")
    require(again?.minimal == certificate.minimal, "and nothing more")
    require((try? OpenPGPCertificate(certificate.armored))?.key == key, "in armor, too")
    checkKeyObject(key)
    for now in [0, 1_600_000_000, 4_000_000_000] {
        do throws(OpenPGPFault) { try key.check(key.fingerprint, at: now) } catch {
            requireOneLine("\(error)")
        }
    }
}

private func checkKeyObject(_ key: OpenPGPKey) {
    guard let document = try? JSONDocument(key.json.compactBytes()),
        let object = try? PublicKey(inToto: document.root)
    else { return require(false, "a key object decodes") }
    let listed = key.subkeys.filter { $0.revokedSince == nil }
    require(object.openPGP?.numbers == key.numbers, "a key object keeps the numbers")
    require(object.openPGP?.subkeys.map(\.fingerprint) == listed.map(\.fingerprint), "and subkeys")
    require(object.openPGP?.validityPeriod == key.validityPeriod, "and its end")
}

/// Packets of the known certificates, each picked by a byte; 0xFF changes a bit of the last one.
private func shuffled(_ choices: [UInt8]) -> [UInt8] {
    let packets = KnownCertificate.packets
    var result: [UInt8] = []
    var start = 0
    for choice in choices.prefix(64) {
        if choice == 0xFF, start < result.count {
            let place = start + (choices.count * 7) % (result.count - start)
            result[place] ^= 1 << UInt8(choices.count % 8)
        } else {
            start = result.count
            result += packets[Int(choice) % packets.count]
        }
    }
    return result
}

private func checkDetached(_ bytes: [UInt8]) {
    do throws(OpenPGPFault) {
        let signature = try OpenPGPSignature(detached: bytes)
        let message = KnownCertificate.message
        for known in KnownCertificate.all {
            for part in [known.key] + known.key.subkeys {
                let holds = message.withUnsafeBytes { part.isSigner(of: signature, over: $0) }
                require(!holds || known.signs(signature), "no made-up signature holds")
            }
        }
        require(
            (try? OpenPGPSignature(headers: signature.headers, value: signature.value)) != nil,
            "what in-toto keeps of a signature reads again")
    } catch {
        requireOneLine("\(error)")
    }
}

private func checkEntry(_ bytes: [UInt8]) {
    let parts = bytes.parts(2)
    let known = KnownCertificate.all[parts[0].count % KnownCertificate.all.count]
    guard let own = known.signatures.first else { return }
    for (headers, value) in [
        (parts[0], parts.last ?? []), (own.headers, bytes), (bytes, own.value),
    ] {
        guard let signature = try? OpenPGPSignature(headers: headers, value: value) else {
            continue
        }
        for part in [known.key] + known.key.subkeys {
            let holds = KnownCertificate.message.withUnsafeBytes {
                part.isSigner(of: signature, over: $0)
            }
            require(!holds || known.signs(signature), "no made-up signature holds")
        }
    }
}

/// A key object and a file that it is to have signed.
private func checkObject(_ bytes: [UInt8]) {
    guard let document = try? JSONDocument(bytes),
        let key = try? PublicKey(inToto: document.root)
    else { return }
    require(key.json.canonicalBytes() == document.root.canonicalBytes(), "kept whole")
    guard key.isOpenPGP else { return }
    require(key.file == nil && key.pem == nil, "a layout has no certificate")
    require((key.openPGP == nil) == (key.material == nil), "of a key that cannot be used nothing")
    require(key.materials.count == (key.material == nil ? 0 : key.subkeyIDs.count + 1), "counted")
    if let known = key.openPGP { checkKeyObject(known) }
    let file: JSON = [
        "signed": ["_type": "link"],
        "signatures": [
            ["keyid": .string(key.keyID.text), "signature": "00", "other_headers": "0400"]
        ],
    ]
    let count = (try? SignedFile(file.compactBytes()))?
        .count(by: Authority([.init(key)], threshold: 1, at: Instant(seconds: 0)))
    require(count?.isMet != true, "and signs nothing by itself")
}

/// A key of the vectors with all that it signed.
private struct KnownCertificate {
    let key: OpenPGPKey
    let bytes: [UInt8]
    let signatures: [(headers: [UInt8], value: [UInt8])]

    func signs(_ signature: OpenPGPSignature) -> Bool {
        signatures.contains { $0.headers == signature.headers && $0.value == signature.value }
    }

    static let message = Array((vectors["message"]?.text?.string ?? "").utf8)
    private static let vectors = lasting { fixture("Vectors/OpenPGP/certificates.json") }

    static let all: [KnownCertificate] = lasting {
        (vectors["keys"]?.elements ?? []).map { entry in
            let text = entry["certificate"]?.text?.string ?? ""
            let bytes = MetadataSigning.bytes(fromBase64: text) ?? []
            let certificate = require(try? OpenPGPCertificate(bytes), "a vector is a certificate")
            let signatures = (entry["signatures"]?.elements ?? []).map { signature in
                let parts = (["other_headers", "signature"] as [UTF8Text]).map {
                    MetadataSigning.bytes(fromHex: signature[$0]?.text?.string ?? "") ?? []
                }
                return (headers: parts[0], value: parts[1])
            }
            return KnownCertificate(key: certificate.key, bytes: bytes, signatures: signatures)
        }
    }

    /// The packets of all vectors; gpg writes them in the old form.
    static let packets: [[UInt8]] = lasting {
        all.flatMap { known -> [[UInt8]] in
            var packets: [[UInt8]] = []
            var rest = known.bytes[...]
            while let first = rest.first {
                let size = 1 << Int(first & 3)
                let length = rest.dropFirst().prefix(size).reduce(0) { $0 << 8 | Int($1) }
                packets.append(Array(rest.prefix(1 + size + length)))
                rest = rest.dropFirst(1 + size + length)
            }
            return packets
        }
    }
}
