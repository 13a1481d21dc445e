// SPDX-License-Identifier: Apache-2.0

/// Compressed zeros.
package enum Bomb {
    package enum Encoding: String, CaseIterable, Sendable {
        case gzip, deflate, br
    }

    /// How many zeros a bomb holds.
    package static let count = 1 << 20

    /// A real one, good for any decoder.
    package static func bytes(_ encoding: Encoding) -> [UInt8] {
        switch encoding {
        case .gzip:
            [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3] + deflated() + little(0xa738_ea1c)
                + little(UInt32(count))
        case .deflate: [0x78, 0x9c] + deflated() + little(0x00f0_0001).reversed()
        // As brotli 1.1 makes it of the same zeros.
        case .br: [91, 255, 255, 143, 127, 2, 32, 30, 11, 4, 114, 239, 31, 0]
        }
    }

    private static func little(_ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    /// One block of RFC 1951 with the fixed codes: a zero, and then again and again 258 bytes
    /// from one byte back.
    private static func deflated() -> [UInt8] {
        var bits = BitWriter()
        bits.append(0b1, 1)
        bits.append(0b01, 2)
        let longest = 258
        bits.appendCode(0x30, 8)
        for _ in 0..<((count - 1) / longest) {
            bits.appendCode(0xc5, 8)
            bits.appendCode(0, 5)
        }
        for _ in 0..<((count - 1) % longest) { bits.appendCode(0x30, 8) }
        bits.appendCode(0, 7)
        return bits.finish()
    }
}

private struct BitWriter {
    private var bytes: [UInt8] = []
    private var pending = 0
    private var pendingBits = 0

    mutating func append(_ value: Int, _ bitCount: Int) {
        pending |= value << pendingBits
        pendingBits += bitCount
        while pendingBits >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            pendingBits -= 8
        }
    }

    /// Codes stand with their most significant bit first.
    mutating func appendCode(_ code: Int, _ bitCount: Int) {
        for bit in (0..<bitCount).reversed() { append(code >> bit & 1, 1) }
    }

    mutating func finish() -> [UInt8] {
        if pendingBits > 0 { append(0, 8 - pendingBits) }
        return bytes
    }
}
