// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// Standard base64 with padding.
package func base64(_ bytes: [UInt8]) -> String {
    var output = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    let length = EVP_EncodeBlock(&output, bytes, Int32(bytes.count))
    return String(decoding: output[0..<Int(length)], as: UTF8.self)
}

/// The bytes of standard or URL-safe base64 (DSSE 1.0 asks for both); `nil` if malformed.
package func bytes(fromBase64 text: some StringProtocol) -> [UInt8]? {
    var copy = String(text)
    return copy.withUTF8 { bytes(fromBase64: $0) }
}

/// The bytes of standard or URL-safe base64, which may lack its padding; `nil` if malformed.
package func bytes(fromBase64 text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    let digits = UnsafeBufferPointer(rebasing: text.dropLast(padding))
    guard digits.count % 4 != 1 else { return nil }
    var isValid = true
    let bytes = [UInt8](unsafeUninitializedCapacity: digits.count / 4 * 3 + 3) { output, count in
        (count, isValid) = decode(digits, into: output)
    }
    return isValid ? bytes : nil
}

/// - Returns: how many bytes were written, and whether all were digits.
private func decode(
    _ digits: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
) -> (count: Int, isValid: Bool) {
    digitValues.withUnsafeBufferPointer { values in
        var written = 0
        var offset = 0
        // A byte that is no digit has the top bit set here.
        var all: UInt8 = 0
        while offset + 4 <= digits.count {
            let (first, second) = (values[Int(digits[offset])], values[Int(digits[offset + 1])])
            let third = values[Int(digits[offset + 2])]
            let fourth = values[Int(digits[offset + 3])]
            all |= first | second | third | fourth
            output[written] = first << 2 | second >> 4
            output[written + 1] = second << 4 | third >> 2
            output[written + 2] = third << 6 | fourth
            offset += 4
            written += 3
        }
        var rest: UInt32 = 0
        for place in offset..<digits.count {
            let value = values[Int(digits[place])]
            all |= value
            rest = rest << 6 | UInt32(value & 0x3F)
        }
        // Two digits are a byte and four bits over, three are two bytes and two bits.
        switch digits.count - offset {
        case 2:
            output[written] = UInt8(truncatingIfNeeded: rest >> 4)
            written += 1
        case 3:
            output[written] = UInt8(truncatingIfNeeded: rest >> 10)
            output[written + 1] = UInt8(truncatingIfNeeded: rest >> 2)
            written += 2
        default: break
        }
        return (written, all & 0x80 == 0)
    }
}

/// The value of each byte as a digit, of either alphabet; 0x80 for what is none.
private let digitValues: [UInt8] = {
    var values = [UInt8](repeating: 0x80, count: 256)
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    for (value, digit) in (letters + "+/").utf8.enumerated() { values[Int(digit)] = UInt8(value) }
    values[Int(UInt8(ascii: "-"))] = 62
    values[Int(UInt8(ascii: "_"))] = 63
    return values
}()
