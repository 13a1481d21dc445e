// SPDX-License-Identifier: Apache-2.0

/// The subpackets that are used here (RFC 4880 §5.2.3.1, and issuer fingerprints of RFC 9580
/// §5.2.3.35, which gpg writes since 2.1); of two alike, the last.
struct Subpackets {
    private(set) var creationTime: Int?
    /// Seconds from its creation until the signature expires; 0 if it does not.
    private(set) var lifetime: Int?
    /// Seconds from the key's creation until the key expires; 0 if it does not.
    private(set) var validityPeriod: Int?
    private(set) var isPrimaryUserID = false
    /// The first byte of the key flags (RFC 4880 §5.2.3.21).
    private(set) var keyFlags: UInt8?
    /// Fingerprint: 40 lower-case hexadecimal digits.
    private(set) var issuer: String?
    /// The last 16 digits of a fingerprint.
    private(set) var issuerSuffix: String?
    /// Bodies of signatures inside.
    private(set) var embedded: [[UInt8]] = []

    /// More than ever stand in one signature.
    private static let maximumEmbedded = 4

    init(_ area: [UInt8]) throws(OpenPGPFault) {
        var reader = PacketReader(area)
        while !reader.isAtEnd {
            let first = Int(try reader.byte("subpacket length"))
            let length: Int
            switch first {
            case ..<192: length = first
            case 255: length = try reader.integer(4, "subpacket length")
            default:
                length = (first - 192) << 8 + 192 + Int(try reader.byte("subpacket length"))
            }
            var inside = PacketReader(try reader.bytes(length, "subpacket"))
            let type = try inside.byte("subpacket type")
            try take(type & 0x7F, isCritical: type & 0x80 != 0, &inside)
        }
    }

    private mutating func take(
        _ type: UInt8, isCritical: Bool, _ inside: inout PacketReader
    ) throws(OpenPGPFault) {
        switch type {
        case 2: creationTime = try inside.integer(4, "creation time")
        case 3: lifetime = try inside.integer(4, "signature expiration time")
        case 9: validityPeriod = try inside.integer(4, "key expiration time")
        case 16: issuerSuffix = digits(try inside.bytes(8, "issuer"))
        case 25: isPrimaryUserID = try inside.byte("primary user id") != 0
        case 27:
            keyFlags = inside.isAtEnd ? 0 : try inside.byte("key flags")
            return
        case 32:
            guard embedded.count < Subpackets.maximumEmbedded else {
                throw .tooMany("signatures inside one", maximum: Subpackets.maximumEmbedded)
            }
            embedded.append(Array(inside.rest))
            return
        case 33:
            guard try inside.byte("version of the issuer") == 4 else {
                throw .malformed("issuer of another version than 4")
            }
            issuer = digits(try inside.bytes(20, "issuer"))
        // Known, and of no consequence here.
        case 4, 5, 6, 7, 11, 12, 21, 22, 23, 24, 26, 28, 29, 30, 31, 34, 35: return
        default:
            // RFC 4880 §5.2.3.1: who does not know it must take the signature for wrong.
            if isCritical { throw .malformed("critical subpacket of unknown type \(type)") }
            return
        }
        try inside.expectEnd(of: "a subpacket")
    }
}
