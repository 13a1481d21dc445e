// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import OpenPGP

/// Public keys in the form of X.509.
extension DER {
    /// SubjectPublicKeyInfo of a key on an elliptic curve (RFC 5480 §2).
    ///
    /// - Parameter curve: the curve's object identifier, with its tag and length.
    static func ellipticPublicKey(curve: [UInt8], point: [UInt8]) -> [UInt8] {
        let ecPublicKey: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
        return sequence(element(0x30, ecPublicKey + curve), bitString(point))
    }

    /// SubjectPublicKeyInfo in PEM (RFC 7468 §13).
    static func publicPEM(_ info: [UInt8]) -> [UInt8] {
        var result = Array("-----BEGIN PUBLIC KEY-----\n".utf8)
        var rest = Array(base64(info).utf8)[...]
        while !rest.isEmpty {
            result += rest.prefix(64) + [UInt8(ascii: "\n")]
            rest = rest.dropFirst(64)
        }
        return result + Array("-----END PUBLIC KEY-----\n".utf8)
    }
}
