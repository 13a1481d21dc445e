// SPDX-License-Identifier: Apache-2.0

/// A signature packet of version 4 (RFC 4880 §5.2.3).
package struct OpenPGPSignature: Sendable {
    /// What a signature is over and says (RFC 4880 §5.2.1).
    enum Kind {
        static let binary: UInt8 = 0x00
        static let certifications: ClosedRange<UInt8> = 0x10...0x13
        static let subkeyBinding: UInt8 = 0x18
        static let primaryKeyBinding: UInt8 = 0x19
        static let directKey: UInt8 = 0x1F
        static let keyRevocation: UInt8 = 0x20
        static let subkeyRevocation: UInt8 = 0x28
        static let certificationRevocation: UInt8 = 0x30
    }

    let kind: UInt8
    /// Number of the public key algorithm.
    let algorithm: UInt8
    /// Number of the hash algorithm (RFC 4880 §9.4).
    package let hash: UInt8
    /// Fingerprint of the key that says it made this: 40 lower-case hexadecimal digits; `nil` if
    /// that is not under the signature.
    package let issuer: String?
    /// Last digits of the fingerprint, as older versions wrote them; `nil` if not there.
    let issuerSuffix: String?
    /// Seconds since 1970.
    package let creationTime: Int
    /// From the version to the end of what is under the signature: `other_headers` of in-toto.
    package let headers: [UInt8]
    /// For RSA a number without leading zeros, for DSA r and s in DER, for EdDSA 64 bytes:
    /// `signature` of in-toto.
    package let value: [UInt8]
    /// What is under the signature.
    let signed: Subpackets
    /// Signatures in the part that is not under this one's; each vouches for itself.
    let embedded: [[UInt8]]

    /// Reads the body of a packet.
    ///
    /// - Throws: ``OpenPGPFault``: `.malformed`, `.algorithm`, `.tooMany`.
    init(_ body: [UInt8]) throws(OpenPGPFault) {
        var reader = PacketReader(body)
        let head = try Head(&reader)
        let unhashed = try reader.bytes(try reader.integer(2, "length"), "unhashed subpackets")
        _ = try reader.bytes(2, "left 16 bits of the hash")
        value = try OpenPGPSignature.value(head.algorithm, &reader)
        try reader.expectEnd(of: "the signature")
        (kind, algorithm, hash) = (head.kind, head.algorithm, head.hash)
        headers = Array(body[..<head.length])
        signed = head.signed
        creationTime = head.creationTime
        issuer = signed.issuer
        let unsigned = try Subpackets(unhashed)
        issuerSuffix = signed.issuerSuffix ?? unsigned.issuerSuffix
        embedded = signed.embedded + unsigned.embedded
        if let issuer, let issuerSuffix, !issuer.utf8.suffix(16).elementsEqual(issuerSuffix.utf8) {
            throw .malformed("signature with two issuers")
        }
    }

    /// Reads the two parts that in-toto keeps of a signature.
    ///
    /// - Throws: ``OpenPGPFault/malformed(_:)`` unless the headers are those of one signature over
    ///   bytes.
    package init(headers: [UInt8], value: [UInt8]) throws(OpenPGPFault) {
        var reader = PacketReader(headers)
        let head = try Head(&reader)
        try reader.expectEnd(of: "the headers")
        guard head.kind == Kind.binary else { throw OpenPGPSignature.notBinary(head.kind) }
        (kind, algorithm, hash) = (head.kind, head.algorithm, head.hash)
        self.headers = headers
        self.value = value
        signed = head.signed
        creationTime = head.creationTime
        issuer = signed.issuer
        issuerSuffix = signed.issuerSuffix
        embedded = []
    }

    /// Reads the one signature over bytes that `gpg --detach-sign` writes, in armor or not.
    ///
    /// - Throws: ``OpenPGPFault``.
    package init(detached bytes: [UInt8]) throws(OpenPGPFault) {
        let packets = try Packet.all(of: try Armor.packets(in: bytes))
        guard packets.count == 1, let packet = packets.first, packet.tag == Packet.signature
        else { throw .malformed("\(packets.count) packets, expected one signature") }
        try self.init(packet.body)
        guard kind == Kind.binary else { throw OpenPGPSignature.notBinary(kind) }
    }

    private static func notBinary(_ kind: UInt8) -> OpenPGPFault {
        .malformed("signature of type \(kind), expected one over bytes (0)")
    }

    /// The part of a packet that is hashed.
    private struct Head {
        let kind: UInt8
        let algorithm: UInt8
        let hash: UInt8
        let length: Int
        let signed: Subpackets
        let creationTime: Int

        init(_ reader: inout PacketReader) throws(OpenPGPFault) {
            let version = try reader.byte("signature version")
            guard version == 4 else {
                throw .malformed("signature of version \(version), expected 4")
            }
            kind = try reader.byte("signature type")
            algorithm = try reader.byte("signature algorithm")
            hash = try reader.byte("hash algorithm")
            let area = try reader.bytes(try reader.integer(2, "length"), "hashed subpackets")
            length = 6 + area.count
            signed = try Subpackets(area)
            guard let created = signed.creationTime else {
                throw .malformed("signature without its time")
            }
            creationTime = created
        }
    }

    private static func value(
        _ algorithm: UInt8, _ reader: inout PacketReader
    ) throws(OpenPGPFault) -> [UInt8] {
        switch algorithm {
        case 1: return try reader.number("signature", maximumBits: OpenPGPNumbers.maximumBits)
        case 17:
            let r = try reader.number("r", maximumBits: 512)
            return DER.signature(r: r, s: try reader.number("s", maximumBits: 512))
        case 22:
            let r = try reader.padded("r", bytes: 32)
            return r + (try reader.padded("s", bytes: 32))
        default: throw .algorithm(number: algorithm)
        }
    }

    /// Whether it says that it was made by this key.
    func isIssued(by fingerprint: String) -> Bool {
        if let issuer { return issuer.utf8.elementsEqual(fingerprint.utf8) }
        guard let issuerSuffix else { return false }
        return fingerprint.utf8.suffix(16).elementsEqual(issuerSuffix.utf8)
    }

    /// When it ends by itself, in seconds since 1970.
    package var expires: Int? { signed.lifetime.flatMap { $0 == 0 ? nil : creationTime + $0 } }

    /// Whether the key of these numbers made it over a message, hashed with what it says of
    /// itself after it (RFC 4880 §5.2.4).
    func isMade(
        by numbers: OpenPGPNumbers, _ hash: HashAlgorithm, over message: UnsafeRawBufferPointer
    ) -> Bool {
        guard algorithm == numbers.algorithm else { return false }
        let count = withUnsafeBytes(of: UInt32(headers.count).bigEndian) { Array($0) }
        return numbers.verifies(
            value, digest: hash.digest(of: message, headers + [4, 0xFF] + count), hash)
    }
}
