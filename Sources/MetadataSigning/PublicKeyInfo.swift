// SPDX-License-Identifier: Apache-2.0

/// What stands before the key itself in a SubjectPublicKeyInfo of the usual form (RFC 5480 §2,
/// RFC 8410 §4).
enum PublicKeyInfo {
    static let ed25519: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]

    /// `nil` for a curve that is not used here.
    static func prefix(curve: String) -> [UInt8]? {
        switch curve {
        case "prime256v1":
            [
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
                0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
            ]
        case "secp384r1":
            [
                0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
                0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
            ]
        case "secp521r1":
            [
                0x30, 0x81, 0x9B, 0x30, 0x10, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02,
                0x01, 0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23, 0x03, 0x81, 0x86, 0x00,
            ]
        default: nil
        }
    }
}

/// The PEM form of a public key (RFC 7468 §13).
enum PublicKeyPEM {
    private static let begin = Array("-----BEGIN PUBLIC KEY-----".utf8)
    private static let end = Array("-----END PUBLIC KEY-----".utf8)

    /// Whether the text begins as it must, white space aside: what comes before a PEM is not
    /// searched.
    static func isBegun(_ text: String) -> Bool {
        text.utf8.drop(while: isSpace).starts(with: begin)
    }

    /// The bytes inside, if the text is in the strict form but for white space, which may stand
    /// anywhere around and between the lines; `nil` says nothing about other readers.
    static func der(_ text: String) -> [UInt8]? {
        let all = Array(text.utf8)
        guard let first = all.firstIndex(where: { !isSpace($0) }),
            let last = all.lastIndex(where: { !isSpace($0) })
        else { return nil }
        let inner = all[first...last]
        guard inner.count >= begin.count + end.count, inner.starts(with: begin),
            inner.suffix(end.count).elementsEqual(end)
        else { return nil }
        let body = inner.dropFirst(begin.count).dropLast(end.count).filter { !isSpace($0) }
        // Not the URL-safe alphabet, and not without its padding.
        guard body.count.isMultiple(of: 4), !body.contains(UInt8(ascii: "-")),
            !body.contains(UInt8(ascii: "_"))
        else { return nil }
        return bytes(fromBase64: String(decoding: body, as: UTF8.self))
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }
}

/// Whether 32 bytes are a point of the Edwards curve of small order, for which anybody can
/// make signatures, or one written in another form than RFC 8032 §5.1.2 gives it.
func isWeakEdwardsPoint(_ point: [UInt8]) -> Bool {
    var y = point
    // The top bit is the sign of x.
    y[31] &= 0x7F
    let prime: [UInt8] = [0xED] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
    // Little-endian, so compared from the end.
    guard y.reversed().lexicographicallyPrecedes(prime.reversed()) else { return true }
    return smallOrderPoints.contains(y)
}

/// The y of all points whose order divides eight.
private let smallOrderPoints: [[UInt8]] = [
    [UInt8](repeating: 0, count: 32),
    [1] + [UInt8](repeating: 0, count: 31),
    [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
    [
        0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98,
        0xF0, 0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53,
        0xFC, 0x05,
    ],
    [
        0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67,
        0x0F, 0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC,
        0x03, 0x7A,
    ],
]
