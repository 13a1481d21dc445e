// SPDX-License-Identifier: Apache-2.0

/// Percent-encodes every byte that RFC 3986 §2.3 does not call unreserved, as a signature wants it:
/// once, with capital digits.
///
/// - Parameter keepsSlashes: for the path of a key.
package func uriEncoded(_ bytes: some Sequence<UInt8>, keepsSlashes: Bool = false) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.underestimatedCount)
    for byte in bytes {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: result.append(byte)
        case UInt8(ascii: "/") where keepsSlashes: result.append(byte)
        default:
            result.append(UInt8(ascii: "%"))
            result.append(capitalDigit(byte >> 4))
            result.append(capitalDigit(byte & 15))
        }
    }
    return String(decoding: result, as: UTF8.self)
}

private func capitalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
}

/// The bytes of a key in a listing that was asked for with `encoding-type=url`, where a space is
/// a plus sign.
///
/// - Returns: `nil` for a percent sign without two digits.
package func bytesOfListedKey(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var rest = text.makeIterator()
    while let byte = rest.next() {
        switch byte {
        case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
        case UInt8(ascii: "%"):
            guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit)
            else { return nil }
            result.append(high << 4 | low)
        default: result.append(byte)
        }
    }
    return result
}

private func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
}
