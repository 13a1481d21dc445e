// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import MetadataSigning

/// A public key of OpenPGP, version 4: RSA or EdDSA over ed25519.
///
/// As a key object, as python-securesystemslib 1.6 writes it:
/// `{"method": "pgp+eddsa-ed25519", "type": "eddsa", "hashes": ["pgp+SHA2"], "keyid": "…",
/// "creation_time": 1, "validity_period": 2, "keyval": {"private": "", "public": {"q": "…"}},
/// "subkeys": {"…": {…}}}`.
package struct OpenPGPKey: Sendable {
    enum Algorithm {
        static let rsa: UInt8 = 1
        static let eddsa: UInt8 = 22
    }

    enum Material: Sendable, Equatable {
        case rsa(modulus: [UInt8], exponent: [UInt8])
        case ed25519([UInt8])
    }

    /// 40 lower-case hexadecimal digits.
    package let fingerprint: String
    /// Seconds since 1970.
    package let creationTime: Int
    /// Seconds from then until the key expires; `nil` if it does not.
    package internal(set) var validityPeriod: Int?
    /// Keys bound to this one; none has its own.
    package internal(set) var subkeys: [OpenPGPKey] = []
    let material: Material
    /// The packet as it is hashed (RFC 4880 §5.2.4).
    let hashedForm: [UInt8]

    /// Reads the body of a public key packet (RFC 4880 §5.5.2).
    ///
    /// - Throws: ``OpenPGPFault``: `.malformed`; `.algorithm`, `.curve`, `.shortKey` for a key
    ///   that is not used here.
    init(_ body: [UInt8]) throws(OpenPGPFault) {
        var reader = OpenPGPReader(body)
        let version = try reader.byte("key version")
        guard version == 4 else { throw .malformed("key of version \(version), expected 4") }
        creationTime = try reader.integer(4, "creation time")
        let algorithm = try reader.byte("key algorithm")
        switch algorithm {
        case Algorithm.rsa:
            let modulus = try reader.number("modulus", maximumBits: 16384)
            let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
            guard bits >= 2048 else { throw .shortKey(bits: bits) }
            let exponent = try reader.number("exponent", maximumBits: 256)
            material = .rsa(modulus: modulus, exponent: exponent)
        case Algorithm.eddsa:
            let curve = try reader.bytes(Int(try reader.byte("curve length")), "curve")
            guard curve == [0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01] else {
                throw .curve(hex(curve))
            }
            let point = try reader.number("point", maximumBits: 263)
            guard point.count == 33, point[0] == 0x40 else {
                throw .malformed("EdDSA point in another form")
            }
            material = .ed25519(Array(point.dropFirst()))
        default: throw .algorithm(number: algorithm)
        }
        try reader.expectEnd(of: "the key")
        hashedForm = OpenPGPKey.hashedForm(body)
        fingerprint = hex(SHA1.digest(of: hashedForm))
    }

    /// A key packet as signatures and fingerprints hash it, however its length was written.
    static func hashedForm(_ body: [UInt8]) -> [UInt8] {
        [0x99, UInt8(body.count >> 8 & 0xFF), UInt8(body.count & 0xFF)] + body
    }

    /// Whether this key itself, not a subkey, made the signature over the data.
    ///
    /// - Throws: ``OpenPGPFault/weakHash(number:fingerprint:)`` for other hashes than SHA-2.
    package func verifies(
        _ signature: OpenPGPSignature, over data: [UInt8]
    ) throws(OpenPGPFault) -> Bool {
        let digest: DigestAlgorithm
        switch signature.hash {
        case 8: digest = .sha256
        case 9: digest = .sha384
        case 10: digest = .sha512
        default: throw .weakHash(number: signature.hash, fingerprint: fingerprint)
        }
        let message = signature.message(over: data)
        switch material {
        case .rsa(let modulus, let exponent):
            guard signature.algorithm == Algorithm.rsa, signature.value.count <= modulus.count
            else { return false }
            let info = DER.rsaPublicKey(modulus: modulus, exponent: exponent)
            let pem = String(decoding: DER.publicPEM(info), as: UTF8.self)
            // OpenPGP leaves out leading zeros, OpenSSL wants them.
            let padding = [UInt8](repeating: 0, count: modulus.count - signature.value.count)
            return OpenPGPKey.verify(
                "rsa", "rsa-pkcs1v15-\(digest.rawValue)", pem, padding + signature.value, message)
        case .ed25519(let point):
            guard signature.algorithm == Algorithm.eddsa else { return false }
            return OpenPGPKey.verify(
                "ed25519", "ed25519", hex(point), signature.value, digest.digest(of: message))
        }
    }

    private static func verify(
        _ type: String, _ scheme: String, _ value: String, _ signature: [UInt8],
        _ message: [UInt8]
    ) -> Bool {
        let object: JSON = [
            "keytype": .text(type), "scheme": .text(scheme), "keyval": ["public": .text(value)],
        ]
        guard let document = try? JSONDocument(object.compactBytes()),
            let key = try? PublicKey(document.root)
        else { return false }
        return message.withUnsafeBytes { key.verifies(signature, over: $0) }
    }

    /// The key object.
    package var json: JSON {
        let method: String
        let type: String
        let numbers: JSON
        switch material {
        case .rsa(let modulus, let exponent):
            (method, type) = ("pgp+rsa-pkcsv1.5", "rsa")
            numbers = ["e": .text(hex(exponent)), "n": .text(hex(modulus))]
        case .ed25519(let point):
            (method, type) = ("pgp+eddsa-ed25519", "eddsa")
            numbers = ["q": .text(hex(point))]
        }
        var object: JSON = [
            "method": .text(method), "type": .text(type), "hashes": ["pgp+SHA2"],
            "creation_time": .integer(creationTime), "keyid": .text(fingerprint),
            "keyval": ["private": "", "public": numbers],
        ]
        if let validityPeriod { object.set("validity_period", .integer(validityPeriod)) }
        if !subkeys.isEmpty {
            let members = subkeys.map { JSON.Member(UTF8Text($0.fingerprint), $0.json) }
            object.set("subkeys", .object(members))
        }
        return object
    }
}
