// SPDX-License-Identifier: Apache-2.0

/// The CRC-32 that zip uses, over bytes that come piece by piece.
struct CyclicSum {
    /// Eight tables, for eight bytes at a time.
    private static let tables: [[UInt32]] = {
        var tables = [[UInt32]](repeating: [UInt32](repeating: 0, count: 256), count: 8)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320 }
            tables[0][byte] = value
        }
        for table in 1..<8 {
            for byte in 0..<256 {
                let before = tables[table - 1][byte]
                tables[table][byte] = before >> 8 ^ tables[0][Int(before & 0xFF)]
            }
        }
        return tables
    }()
    private static let flat = tables.flatMap { $0 }

    private var state: UInt32 = 0xFFFF_FFFF

    var value: UInt32 { ~state }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var state = state
        var index = 0
        CyclicSum.flat.withUnsafeBufferPointer { table in
            while bytes.count - index >= 8 {
                let low =
                    state
                    ^ UInt32(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
                let high = UInt32(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self))
                var sum = table[7 << 8 | Int(low & 0xFF)] ^ table[6 << 8 | Int(low >> 8 & 0xFF)]
                sum ^= table[5 << 8 | Int(low >> 16 & 0xFF)] ^ table[4 << 8 | Int(low >> 24)]
                sum ^= table[3 << 8 | Int(high & 0xFF)] ^ table[2 << 8 | Int(high >> 8 & 0xFF)]
                sum ^= table[1 << 8 | Int(high >> 16 & 0xFF)] ^ table[Int(high >> 24)]
                state = sum
                index += 8
            }
            for byte in bytes[index...] {
                state = state >> 8 ^ table[Int(UInt8(truncatingIfNeeded: state) ^ byte)]
            }
        }
        self.state = state
    }
}
