// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// Lower-case hexadecimal digits.
public func hex(_ bytes: some Collection<UInt8>) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { output in
        var used = 0
        for byte in bytes {
            output[used] = hexDigit(byte >> 4)
            output[used + 1] = hexDigit(byte & 15)
            used += 2
        }
        return used
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

/// Standard base64 with padding.
package func base64(_ bytes: [UInt8]) -> String {
    var output = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    let length = EVP_EncodeBlock(&output, bytes, Int32(bytes.count))
    return String(decoding: output[0..<Int(length)], as: UTF8.self)
}

/// The bytes of standard or URL-safe base64 (DSSE 1.0 asks for both); `nil` if malformed.
package func bytes(fromBase64 text: some StringProtocol) -> [UInt8]? {
    var input: [UInt8] = []
    input.reserveCapacity(text.utf8.count + 2)
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "-"): input.append(UInt8(ascii: "+"))
        case UInt8(ascii: "_"): input.append(UInt8(ascii: "/"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"),
            UInt8(ascii: "="):
            input.append(byte)
        default: return nil
        }
    }
    while input.last == UInt8(ascii: "=") { input.removeLast() }
    guard !input.contains(UInt8(ascii: "=")), input.count % 4 != 1 else { return nil }
    let padding = (4 - input.count % 4) % 4
    input.append(contentsOf: repeatElement(UInt8(ascii: "="), count: padding))
    guard !input.isEmpty else { return [] }
    var output = [UInt8](repeating: 0, count: input.count / 4 * 3)
    let length = EVP_DecodeBlock(&output, input, Int32(input.count))
    guard length == output.count else { return nil }
    output.removeLast(padding)
    return output
}
