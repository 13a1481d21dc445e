// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// What a public key is made of: RSA, DSA, or EdDSA over ed25519.
package enum OpenPGPNumbers: Sendable, Hashable {
    /// Numbers without leading zeros.
    case rsa(modulus: [UInt8], exponent: [UInt8])
    case dsa(p: [UInt8], q: [UInt8], g: [UInt8], y: [UInt8])
    /// 32 bytes.
    case ed25519([UInt8])

    static let maximumBits = 16384
    private static let ed25519Curve: [UInt8] = [
        0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01,
    ]

    /// Number of the public key algorithm (RFC 4880 §9.1; 22 of the drafts after it).
    package var algorithm: UInt8 {
        switch self {
        case .rsa: 1
        case .dsa: 17
        case .ed25519: 22
        }
    }

    /// Reads the rest of a public key packet, after its algorithm's number.
    init(_ algorithm: UInt8, _ reader: inout PacketReader) throws(OpenPGPFault) {
        let most = OpenPGPNumbers.maximumBits
        switch algorithm {
        case 1:
            self = .rsa(
                modulus: try reader.number("modulus", maximumBits: most),
                exponent: try reader.number("exponent", maximumBits: most))
        case 17:
            self = .dsa(
                p: try reader.number("p", maximumBits: most),
                q: try reader.number("q", maximumBits: most),
                g: try reader.number("g", maximumBits: most),
                y: try reader.number("y", maximumBits: most))
        case 22:
            let curve = try reader.bytes(Int(try reader.byte("curve length")), "curve")
            guard curve == OpenPGPNumbers.ed25519Curve else { throw .curve(digits(curve)) }
            let point = try reader.number("point", maximumBits: 263)
            guard point.count == 33, point[0] == 0x40 else {
                throw .malformed("EdDSA point in another form")
            }
            self = .ed25519(Array(point.dropFirst()))
        default: throw .algorithm(number: algorithm)
        }
    }

    /// Refuses numbers that are too small, too large, or of the kind that anybody can sign for.
    package func check() throws(OpenPGPFault) {
        switch self {
        case .rsa(let modulus, let exponent):
            let size = bits(modulus)
            guard size >= 2048 else { throw .shortKey(bits: size) }
            guard size <= OpenPGPNumbers.maximumBits, modulus.last.map({ $0 & 1 == 1 }) ?? false
            else { throw .unsoundKey("modulus of \(size) bits") }
            // OpenSSL takes larger ones for small keys alone.
            guard (2...64).contains(bits(exponent)), exponent.last.map({ $0 & 1 == 1 }) ?? false
            else { throw .unsoundKey("exponent of \(bits(exponent)) bits") }
        case .dsa(let p, let q, let g, let y):
            let size = bits(p)
            guard size >= 2048 else { throw .shortKey(bits: size) }
            guard size <= 4096 else { throw .unsoundKey("p of \(size) bits") }
            guard [224, 256].contains(bits(q)) else { throw .unsoundKey("q of \(bits(q)) bits") }
            for (name, value) in [("g", g), ("y", y)] {
                guard bits(value) >= 2, isLess(value, p) else {
                    throw .unsoundKey("\(name) that is no element of the group")
                }
            }
        case .ed25519(let point):
            guard point.count == 32 else { throw .malformed("point of \(point.count) bytes") }
        }
    }

    /// SubjectPublicKeyInfo in DER: the same as that of a key in PEM with these numbers.
    package var subjectPublicKeyInfo: [UInt8] {
        switch self {
        case .rsa(let modulus, let exponent):
            DER.rsaPublicKey(modulus: modulus, exponent: exponent)
        case .dsa(let p, let q, let g, let y): DER.dsaPublicKey(p: p, q: q, g: g, y: y)
        case .ed25519(let point): DER.ed25519PublicKey(point)
        }
    }

    /// Whether a signature over a digest is this key's.
    ///
    /// - Parameter value: as ``OpenPGPSignature/value``.
    func verifies(_ value: [UInt8], digest: [UInt8], _ hash: HashAlgorithm) -> Bool {
        guard !digest.isEmpty, let key = openSSLKey() else { return false }
        defer {
            EVP_PKEY_free(key)
            ERR_clear_error()
        }
        if case .ed25519 = self {
            guard value.count == 64, let context = EVP_MD_CTX_new() else { return false }
            defer { EVP_MD_CTX_free(context) }
            return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
                && EVP_DigestVerify(context, value, value.count, digest, digest.count) == 1
        }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { return false }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_verify_init(context) == 1,
            EVP_PKEY_CTX_set_signature_md(context, hash.evp) == 1
        else { return false }
        var value = value
        if case .rsa(let modulus, _) = self {
            // OpenPGP leaves out leading zeros, OpenSSL wants them.
            guard value.count <= modulus.count,
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
            else { return false }
            value.insert(
                contentsOf: repeatElement(0, count: modulus.count - value.count), at: 0)
        }
        return EVP_PKEY_verify(context, value, value.count, digest, digest.count) == 1
    }

    private func openSSLKey() -> OpaquePointer? {
        let info = subjectPublicKeyInfo
        return info.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return d2i_PUBKEY(nil, &cursor, buffer.count)
        }
    }

    /// Length of a number without its leading zeros.
    private func bits(_ number: [UInt8]) -> Int {
        let rest = number.drop { $0 == 0 }
        return rest.count * 8 - (rest.first?.leadingZeroBitCount ?? 0)
    }

    private func isLess(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        let (left, right) = (left.drop { $0 == 0 }, right.drop { $0 == 0 })
        return left.count == right.count
            ? left.lexicographicallyPrecedes(right) : left.count < right.count
    }
}
