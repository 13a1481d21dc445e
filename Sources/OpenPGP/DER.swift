// SPDX-License-Identifier: Apache-2.0

/// The few forms of DER (X.690) that keys and signatures need.
package enum DER {
    /// A tag, a length and contents.
    package static func element(_ tag: UInt8, _ contents: [UInt8]) -> [UInt8] {
        var length = withUnsafeBytes(of: UInt32(contents.count).bigEndian) {
            Array($0.drop { $0 == 0 })
        }
        if contents.count < 0x80 {
            length = [UInt8(contents.count)]
        } else {
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return [tag] + length + contents
    }

    package static func sequence(_ elements: [UInt8]...) -> [UInt8] {
        element(0x30, elements.flatMap { $0 })
    }

    /// An integer that is not negative, from its bytes, the highest first.
    package static func integer(_ magnitude: some Collection<UInt8>) -> [UInt8] {
        var bytes = Array(magnitude.drop { $0 == 0 })
        if bytes.first ?? 0x80 >= 0x80 { bytes.insert(0, at: 0) }
        return element(0x02, bytes)
    }

    package static func bitString(_ bytes: [UInt8]) -> [UInt8] { element(0x03, [0] + bytes) }

    /// An ECDSA or DSA signature (RFC 3279 §2.2.2, §2.2.3).
    package static func signature(r: [UInt8], s: [UInt8]) -> [UInt8] {
        sequence(integer(r), integer(s))
    }

    /// SubjectPublicKeyInfo of an RSA key (RFC 3279 §2.3.1).
    static func rsaPublicKey(modulus: [UInt8], exponent: [UInt8]) -> [UInt8] {
        let rsaEncryption: [UInt8] = [
            0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
        ]
        return sequence(
            element(0x30, rsaEncryption),
            bitString(sequence(integer(modulus), integer(exponent))))
    }

    /// SubjectPublicKeyInfo of a DSA key (RFC 3279 §2.3.2).
    static func dsaPublicKey(p: [UInt8], q: [UInt8], g: [UInt8], y: [UInt8]) -> [UInt8] {
        let dsa: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01]
        return sequence(
            element(0x30, dsa + sequence(integer(p), integer(q), integer(g))),
            bitString(integer(y)))
    }

    /// SubjectPublicKeyInfo of an ed25519 key (RFC 8410 §4).
    package static func ed25519PublicKey(_ point: [UInt8]) -> [UInt8] {
        sequence(element(0x30, [0x06, 0x03, 0x2B, 0x65, 0x70]), bitString(point))
    }
}
