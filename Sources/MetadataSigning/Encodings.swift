// SPDX-License-Identifier: Apache-2.0

/// Lower-case hexadecimal digits.
public func hex(_ bytes: some Collection<UInt8>) -> String { hex(Array(bytes)) }

/// Lower-case hexadecimal digits.
public func hex(_ bytes: [UInt8]) -> String { bytes.withUnsafeBufferPointer { hex($0) } }

/// Lower-case hexadecimal digits.
func hex(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { output in
        for (offset, byte) in bytes.enumerated() {
            output[2 * offset] = hexDigit(byte >> 4)
            output[2 * offset + 1] = hexDigit(byte & 15)
        }
        return bytes.count * 2
    }
}

private func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

/// The bytes of hexadecimal digits; `nil` unless all are digits and their number is even.
///
/// - Parameter lowerCaseOnly: refuses `A` to `F`, as the digests of TUF do here.
public func bytes(fromHex text: String, lowerCaseOnly: Bool = true) -> [UInt8]? {
    var text = text
    return text.withUTF8 { digits in
        guard digits.count.isMultiple(of: 2) else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(digits.count / 2)
        for offset in stride(from: 0, to: digits.count, by: 2) {
            guard let high = hexValue(digits[offset], lowerCaseOnly),
                let low = hexValue(digits[offset + 1], lowerCaseOnly)
            else { return nil }
            result.append(high << 4 | low)
        }
        return result
    }
}

private func hexValue(_ digit: UInt8, _ lowerCaseOnly: Bool) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F") where !lowerCaseOnly:
        digit - UInt8(ascii: "A") + 10
    default: nil
    }
}

/// Whether all bytes are digits or `a` to `f`.
package func isLowerCaseHex(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = text.baseAddress else { return true }
    var offset = 0
    var isHex = true
    while offset + 8 <= text.count {
        let word = UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self)
        // Adding 0x80 - n sets the top bit of each byte that is n or more, if it is ASCII; one
        // that is not has its top bit set already, which is what makes it wrong.
        let isDigit = (word &+ spread(0x80 - 0x30)) & ~(word &+ spread(0x80 - 0x3A))
        let isLetter = (word &+ spread(0x80 - 0x61)) & ~(word &+ spread(0x80 - 0x67))
        isHex = isHex && ((isDigit | isLetter) & ~word) & spread(0x80) == spread(0x80)
        offset += 8
    }
    while offset < text.count {
        isHex = isHex && hexValue(base[offset], true) != nil
        offset += 1
    }
    return isHex
}

/// The same byte eight times.
private func spread(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }
