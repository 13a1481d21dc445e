// SPDX-License-Identifier: Apache-2.0

/// Fields of a zip archive, one after the other.
struct LittleEndianReader {
    private let bytes: [UInt8]
    private var position: Int

    init(_ bytes: [UInt8], at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    var rest: Int { bytes.count - position }

    /// The next number of up to 8 bytes; `nil` if the bytes end before, or it is negative.
    mutating func number(_ count: Int) -> Int? {
        guard rest >= count else { return nil }
        var value: UInt64 = 0
        for index in (0..<count).reversed() {
            value = value << 8 | UInt64(bytes[position + index])
        }
        position += count
        return Int(exactly: value)
    }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count >= 0, rest >= count else { return nil }
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }
}
