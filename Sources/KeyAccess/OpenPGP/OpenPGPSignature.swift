// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import MetadataSigning

/// A signature packet of version 4 (RFC 4880 §5.2.3).
package struct OpenPGPSignature: Sendable {
    /// What a signature is over and says (RFC 4880 §5.2.1).
    enum Kind {
        static let binary: UInt8 = 0x00
        static let certifications: ClosedRange<UInt8> = 0x10...0x13
        static let subkeyBinding: UInt8 = 0x18
        static let directKey: UInt8 = 0x1F
        static let keyRevocation: UInt8 = 0x20
        static let subkeyRevocation: UInt8 = 0x28
    }

    let kind: UInt8
    /// Number of the public key algorithm.
    let algorithm: UInt8
    /// Number of the hash algorithm.
    let hash: UInt8
    /// Fingerprint of the key that says it made this: 40 lower-case hexadecimal digits; `nil` if
    /// that is not under the signature.
    package let issuer: String?
    /// Last digits of the fingerprint, as older versions wrote them; `nil` if not there.
    let issuerSuffix: String?
    /// Seconds since 1970.
    let creationTime: Int
    /// Seconds from the key's creation until it expires; `nil` if it does not.
    let validityPeriod: Int?
    let isPrimaryUserID: Bool
    /// From the version to the end of what is under the signature.
    let hashedPart: [UInt8]
    /// For RSA a number without leading zeros, for EdDSA 64 bytes.
    let value: [UInt8]

    /// What is hashed: the data, then part of the packet (RFC 4880 §5.2.4).
    func message(over data: [UInt8]) -> [UInt8] {
        let count = withUnsafeBytes(of: UInt32(hashedPart.count).bigEndian) { Array($0) }
        return data + hashedPart + [4, 0xFF] + count
    }

    /// As in the `signatures` of an in-toto file, as python-securesystemslib writes it:
    /// `{"keyid": "…", "other_headers": "…", "signature": "…"}`, all in hexadecimal digits.
    package var json: JSON {
        [
            "keyid": .text(issuer ?? ""), "other_headers": .text(hex(hashedPart)),
            "signature": .text(hex(value)),
        ]
    }

    init(_ body: [UInt8]) throws(OpenPGPFault) {
        var reader = OpenPGPReader(body)
        let version = try reader.byte("signature version")
        guard version == 4 else {
            throw .malformed("signature of version \(version), expected 4")
        }
        kind = try reader.byte("signature type")
        algorithm = try reader.byte("signature algorithm")
        hash = try reader.byte("hash algorithm")
        let hashed = try reader.bytes(try reader.integer(2, "length"), "hashed subpackets")
        hashedPart = Array(body[..<(6 + hashed.count)])
        let unhashed = try reader.bytes(try reader.integer(2, "length"), "unhashed subpackets")
        _ = try reader.bytes(2, "left 16 bits of the hash")
        switch algorithm {
        case OpenPGPKey.Algorithm.rsa:
            value = try reader.number("signature", maximumBits: 16384)
        case OpenPGPKey.Algorithm.eddsa:
            let r = try reader.number("r", maximumBits: 256)
            let s = try reader.number("s", maximumBits: 256)
            value = [r, s].flatMap { [UInt8](repeating: 0, count: 32 - $0.count) + $0 }
        default: throw .algorithm(number: algorithm)
        }
        try reader.expectEnd(of: "the signature")
        let signed = try Subpackets(hashed)
        guard let created = signed.creationTime else {
            throw .malformed("signature without its time")
        }
        creationTime = created
        validityPeriod = signed.validityPeriod
        isPrimaryUserID = signed.isPrimaryUserID
        issuer = signed.issuer
        let unsigned = try Subpackets(unhashed)
        issuerSuffix = signed.issuerSuffix ?? unsigned.issuerSuffix
        if let issuer, let issuerSuffix, !issuer.utf8.suffix(16).elementsEqual(issuerSuffix.utf8) {
            throw .malformed("signature with two issuers")
        }
    }

    /// Whether it says that it was made by this key.
    func isIssued(by fingerprint: String) -> Bool {
        if let issuer { return issuer.utf8.elementsEqual(fingerprint.utf8) }
        guard let issuerSuffix else { return false }
        return fingerprint.utf8.suffix(16).elementsEqual(issuerSuffix.utf8)
    }
}

/// The subpackets that are used here (RFC 4880 §5.2.3.1, and issuer fingerprints of RFC 9580
/// §5.2.3.35, which gpg writes since 2.1); of two alike, the last.
private struct Subpackets {
    var creationTime: Int?
    var validityPeriod: Int?
    var isPrimaryUserID = false
    var issuer: String?
    var issuerSuffix: String?

    init(_ area: [UInt8]) throws(OpenPGPFault) {
        var reader = OpenPGPReader(area)
        while !reader.isAtEnd {
            let first = Int(try reader.byte("subpacket length"))
            let length: Int
            switch first {
            case ..<192: length = first
            case 255: length = try reader.integer(4, "subpacket length")
            default:
                length = (first - 192) << 8 + 192 + Int(try reader.byte("subpacket length"))
            }
            var inside = OpenPGPReader(try reader.bytes(length, "subpacket"))
            // The top bit asks those who do not know the type to give up.
            let type = try inside.byte("subpacket type")
            try take(type & 0x7F, &inside)
        }
    }

    private mutating func take(
        _ type: UInt8, _ inside: inout OpenPGPReader
    ) throws(OpenPGPFault) {
        switch type {
        case 2: creationTime = try inside.integer(4, "creation time")
        case 9: validityPeriod = try inside.integer(4, "key expiration time")
        case 16: issuerSuffix = hex(try inside.bytes(8, "issuer"))
        case 25: isPrimaryUserID = try inside.byte("primary user id") != 0
        case 33:
            guard try inside.byte("version of the issuer") == 4 else {
                throw .malformed("issuer of another version than 4")
            }
            issuer = hex(try inside.bytes(20, "issuer"))
        default: return
        }
        try inside.expectEnd(of: "a subpacket")
    }
}
