// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
internal import CPKCS11
import MetadataSigning

/// A public key from the attributes that PKCS #11 has for it; each `nil` or an error in words
/// where they make none.
enum TokenPublicKey {
    private static let ecPublicKey: [UInt8] = [
        0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
    ]
    private static let rsaEncryption: [UInt8] = [
        0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
    ]
    static let ed25519: [UInt8] = [0x06, 0x03, 0x2B, 0x65, 0x70]
    /// How v3.0 of PKCS #11 names the curve: "edwards25519".
    static let edwards25519: [UInt8] = [0x13, 0x0C] + Array("edwards25519".utf8)
    static let p256: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
    static let p384: [UInt8] = [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22]
    static let p521: [UInt8] = [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23]

    /// Length of a coordinate in bytes; `nil` for a curve that is not used here.
    static func byteCount(ofCurve parameters: [UInt8]) -> Int? {
        switch parameters {
        case p256: 32
        case p384: 48
        case p521: 66
        default: nil
        }
    }

    /// - Parameter point: CKA_EC_POINT, in an OCTET STRING as the standard wants it or bare.
    static func elliptic(parameters: [UInt8], point: [UInt8]) -> PublicKey? {
        guard let size = byteCount(ofCurve: parameters) else { return nil }
        let isBare = point.count == 1 + 2 * size && point.first == 4
        guard let bare = isBare ? point : DER.content(0x04, point) else { return nil }
        return key(info: DER.sequence(DER.sequence(ecPublicKey, parameters), DER.bitString(bare)))
    }

    /// - Parameter point: CKA_EC_POINT: the 32 bytes of RFC 8032, bare as in v3.1, or in an
    ///   OCTET STRING or BIT STRING as older modules have them.
    static func edwards(parameters: [UInt8]?, point: [UInt8]) -> PublicKey? {
        guard parameters == nil || parameters == ed25519 || parameters == edwards25519 else {
            return nil
        }
        let inBits = DER.content(0x03, point).flatMap {
            $0.first == 0 ? Array($0.dropFirst()) : nil
        }
        let bare = point.count == 32 ? point : DER.content(0x04, point) ?? inBits
        guard let bare, bare.count == 32 else { return nil }
        return key(info: DER.sequence(DER.sequence(ed25519), DER.bitString(bare)))
    }

    static func rsa(modulus: [UInt8], exponent: [UInt8]) -> PublicKey? {
        let numbers = DER.sequence(DER.integer(modulus), DER.integer(exponent))
        return key(info: DER.sequence(DER.element(0x30, rsaEncryption), DER.bitString(numbers)))
    }

    /// - Parameter info: SubjectPublicKeyInfo in DER.
    static func key(info: [UInt8]) -> PublicKey? {
        var lines: [String] = []
        var rest = base64(info)[...]
        while !rest.isEmpty {
            lines.append(String(rest.prefix(64)))
            rest = rest.dropFirst(64)
        }
        let pem =
            "-----BEGIN PUBLIC KEY-----\n" + lines.joined(separator: "\n")
            + "\n-----END PUBLIC KEY-----\n"
        return try? PublicKey(pem: Array(pem.utf8))
    }

    /// - Parameter bytes: an X.509 certificate in DER. Nothing but its key is looked at.
    static func certificate(_ bytes: [UInt8]) -> PublicKey? {
        defer { ERR_clear_error() }
        let certificate = bytes.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return d2i_X509(nil, &cursor, buffer.count)
        }
        guard let certificate else { return nil }
        defer { X509_free(certificate) }
        let info = X509_get_X509_PUBKEY(certificate)
        let length = i2d_X509_PUBKEY(info, nil)
        guard length > 0 else { return nil }
        var output = [UInt8](repeating: 0, count: Int(length))
        let written = output.withUnsafeMutableBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return i2d_X509_PUBKEY(info, &cursor)
        }
        return written == length ? key(info: output) : nil
    }
}
