// SPDX-License-Identifier: Apache-2.0

/// A zip archive of stored entries, as a wheel may be.
func storedZip(_ entries: [(name: String, content: [UInt8])]) -> [UInt8] {
    func numbers(_ fields: [(value: Int, bytes: Int)]) -> [UInt8] {
        fields.flatMap { field in
            (0..<field.bytes).map { UInt8(truncatingIfNeeded: field.value >> (8 * $0)) }
        }
    }
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for (name, content) in entries {
        let size = content.count
        let common = numbers([
            (0x800, 2), (0, 2), (0, 2), (0x21, 2), (Int(checksum(content)), 4), (size, 4),
            (size, 4), (name.utf8.count, 2), (0, 2),
        ])
        directory += numbers([(0x0201_4b50, 4), (0x0314, 2), (20, 2)]) + common
        directory += numbers([(0, 2), (0, 2), (0, 2), (0o100644 << 16, 4), (bytes.count, 4)])
        directory += Array(name.utf8)
        bytes += numbers([(0x0403_4b50, 4), (20, 2)]) + common + Array(name.utf8) + content
    }
    let end = numbers([
        (0x0605_4b50, 4), (0, 4), (entries.count, 2), (entries.count, 2), (directory.count, 4),
        (bytes.count, 4), (0, 2),
    ])
    return bytes + directory + end
}

/// CRC-32 of zip.
private func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : (sum >> 1) ^ 0xEDB8_8320 }
    }
    return ~sum
}
