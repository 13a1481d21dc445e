// SPDX-License-Identifier: Apache-2.0

/// A public key packet of version 4 (RFC 4880 §5.5.2).
struct KeyPacket {
    /// 40 lower-case hexadecimal digits.
    let fingerprint: String
    /// Seconds since 1970.
    let creationTime: Int
    let numbers: OpenPGPNumbers
    /// As signatures and fingerprints hash it, however its length was written (RFC 4880 §5.2.4).
    let hashedForm: [UInt8]

    /// Reads the body of a packet; what the numbers are good for is not asked.
    ///
    /// - Throws: ``OpenPGPFault``: `.malformed`; `.algorithm`, `.curve` for a key that is not
    ///   used here.
    init(_ body: [UInt8]) throws(OpenPGPFault) {
        var reader = PacketReader(body)
        let version = try reader.byte("key version")
        guard version == 4 else { throw .malformed("key of version \(version), expected 4") }
        creationTime = try reader.integer(4, "creation time")
        numbers = try OpenPGPNumbers(try reader.byte("key algorithm"), &reader)
        try reader.expectEnd(of: "the key")
        guard body.count <= 0xFFFF else { throw .malformed("key of \(body.count) bytes") }
        hashedForm = [0x99, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
        fingerprint = digits(HashAlgorithm.sha1.digest(of: hashedForm))
    }

    /// Whether this key made the signature over the data.
    func verifies(
        _ signature: OpenPGPSignature, _ hash: HashAlgorithm, over data: [UInt8]
    ) -> Bool {
        data.withUnsafeBytes { signature.isMade(by: numbers, hash, over: $0) }
    }
}
