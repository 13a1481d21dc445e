// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// The first byte picks type and scheme of a key or a known key; the rest, in two parts, is a
/// key's value and a signature, or a signature alone.
func fuzzKeys(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let parts = input.dropFirst().parts(2)
    switch Int(first) {
    case 0..<names.count:
        let (type, scheme) = names[Int(first)]
        let json: JSON = [
            "keytype": .text(type), "scheme": .text(scheme),
            "keyval": ["public": .text(parts[0].repaired)],
        ]
        guard let document = try? JSONDocument(json.compactBytes()),
            let key = try? PublicKey(document.root)
        else { return require(false, "a key object of three texts decodes") }
        checkKey(key, nil)
        if parts.count > 1 { checkForgery(of: key, parts[1]) }
    case names.count:
        guard let key = try? PublicKey(pem: parts[0]) else { return }
        require(key.material != nil, "a key read from PEM can be used")
        checkKey(key, nil)
        if parts.count > 1 { checkForgery(of: key, parts[1]) }
    case names.count + 1:
        checkPrivateKey(parts[0])
    default:
        let known = KnownKey.all[Int(first) % KnownKey.all.count]
        let signature = Array(input.dropFirst())
        let accepted = known.message.withUnsafeBytes {
            known.key.verifies(signature, over: $0)
        }
        require(
            accepted == known.signatures.contains(signature),
            "of a known key nothing but its own signatures is accepted")
    }
}

private let names: [(type: String, scheme: String)] = [
    ("ed25519", "ed25519"),
    ("ecdsa", "ecdsa-sha2-nistp256"),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"),
    ("ecdsa", "ecdsa-sha2-nistp384"),
    ("ecdsa", "ecdsa-sha2-nistp521"),
    ("rsa", "rsassa-pss-sha256"),
    ("rsa", "rsa-pkcs1v15-sha256"),
    ("rsa", "rsassa-pss-sha512"),
]

/// Reads what costs little of a key that stands in another document.
func touchKey(_ key: PublicKey) {
    guard !key.isOpenPGP else {
        // Its id is what the object says, and need not be one.
        require(key.keyID == key.legacyKeyID, "a key of gpg has one id")
        require(key.json["scheme"] == nil, "and a method in the place of a scheme")
        return
    }
    require(key.keyID.isHexadecimal && key.legacyKeyID.isHexadecimal, "key ids are digests")
    require(key.json["keytype"]?.text == key.type, "a key is kept whole")
}

/// A public key's names and forms agree with one another.
func checkKey(_ key: PublicKey, _ value: JSONValue?) {
    if let value { require(key.json.canonicalBytes() == value.canonicalBytes(), "kept whole") }
    require(key.keyID.isHexadecimal && key.legacyKeyID.isHexadecimal, "key ids are digests")
    require((key.pem == nil) == (key.material == nil), "a key that can be used has a PEM")
    guard let document = try? JSONDocument(key.json.compactBytes()),
        let copy = try? PublicKey(document.root)
    else { return require(false, "a key that is written reads again") }
    require(copy == key && copy.keyID == key.keyID, "as the same key")
    require(copy.material == key.material, "of the same material")
    guard let pem = key.pem else { return }
    guard let other = try? PublicKey(pem: Array(pem.utf8)) else {
        return require(false, "the PEM of a key is one")
    }
    require(other.material == key.material, "a key is told by its material, not by its form")
    // A PEM is read in two ways: by this project where it has the usual form, and by OpenSSL.
    if let read = try? PublicKey(pem: Array(key.publicValue.utf8)) {
        require(read.material == key.material, "both ways of reading a PEM give one key")
    }
}

/// Nobody but its holder signs for a key, and the holder of none of these is known.
private func checkForgery(of key: PublicKey, _ signature: [UInt8]) {
    for message in [[], Array("a message that nobody has signed".utf8)] as [[UInt8]] {
        let accepted = message.withUnsafeBytes { key.verifies(signature, over: $0) }
        require(!accepted, "no made-up signature is accepted")
    }
}

private func checkPrivateKey(_ pem: [UInt8]) {
    do throws(SigningError) {
        let key = try PrivateKey(pem: pem, passphrase: nil)
        let message = Array("a message".utf8)
        // Whether the signature holds is not asked: the halves of a file need not belong together.
        let signature = try key.sign(message)
        require(!signature.isEmpty, "a key signs or says why not")
    } catch {
        requireOneLine("\(error)")
    }
}

/// A key of the signature vectors and all signatures over their message that are its own.
private struct KnownKey {
    let key: PublicKey
    let message: [UInt8]
    let signatures: Set<[UInt8]>

    static let all: [KnownKey] = lasting {
        let vectors = fixture("Vectors/MetadataSigning/signatures.json")
        let pems = fixture("Vectors/MetadataSigning/keys.json")["public"]
        let message = Array((vectors["message"]?.text?.string ?? "").utf8)
        var byScheme: [[UInt8]: (key: PublicKey, signatures: Set<[UInt8]>)] = [:]
        for entry in vectors["signatures"]?.elements ?? [] {
            guard let type = entry["keytype"], let scheme = entry["scheme"],
                let name = entry["key"]?.text, let pem = pems?[name]?.text,
                let digits = entry["sig"]?.text?.string, let signature = bytes(fromHex: digits),
                let loaded = try? PublicKey(pem: Array(pem.utf8)),
                let value = loaded.json["keyval"]
            else { return require(nil, "a vector has its members") }
            let json: JSON = ["keytype": type, "scheme": scheme, "keyval": value]
            guard let document = try? JSONDocument(json.compactBytes()),
                let key = try? PublicKey(document.root)
            else { return require(nil, "a vector's key decodes") }
            let id = json.canonicalBytes()
            var known = byScheme[id] ?? (key, [])
            if entry["valid"] == true { known.signatures.insert(signature) }
            byScheme[id] = known
        }
        let sorted = byScheme.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        return sorted.map {
            KnownKey(key: $0.value.key, message: message, signatures: $0.value.signatures)
        }
    }
}
