// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// Lower-case hexadecimal digits.
public func hex(_ bytes: some Collection<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count * 2)
    for byte in bytes {
        result.append(digits[Int(byte >> 4)])
        result.append(digits[Int(byte & 15)])
    }
    return String(decoding: result, as: UTF8.self)
}

/// The bytes of hexadecimal digits; `nil` unless all are digits and their number is even.
///
/// - Parameter lowerCaseOnly: refuses `A` to `F`, as the digests of TUF do here.
public func bytes(fromHex text: some StringProtocol, lowerCaseOnly: Bool = true) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count / 2)
    var high: UInt8?
    for byte in text.utf8 {
        let digit: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F") where !lowerCaseOnly:
            digit = byte - UInt8(ascii: "A") + 10
        default: return nil
        }
        if let first = high {
            result.append(first << 4 | digit)
            high = nil
        } else {
            high = digit
        }
    }
    return high == nil ? result : nil
}

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
