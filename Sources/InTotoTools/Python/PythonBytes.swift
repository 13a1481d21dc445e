// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// How python reads bytes out of text.
enum PythonBytes {
    /// `bytes.fromhex`: digits of either case, white space between the pairs.
    static func fromHex(_ text: UTF8Text) -> [UInt8]? {
        var result: [UInt8] = []
        var high: UInt8?
        for byte in text.utf8 {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                guard high == nil else { return nil }
                continue
            }
            guard let digit = value(byte) else { return nil }
            if let first = high {
                result.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? result : nil
    }

    /// `binascii.unhexlify`: digits of either case, nothing else.
    static func unhexlify(_ text: UTF8Text) -> [UInt8]? {
        bytes(fromHex: text.string, lowerCaseOnly: false)
    }

    /// The number that `int(text, 16)` reads, big-endian without leading zeros.
    static func integer(_ text: UTF8Text) -> [UInt8]? {
        var digits = Array(text.utf8)
        while let last = digits.last, isSpace(last) { digits.removeLast() }
        digits = Array(digits.drop(while: isSpace))
        if digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        if digits.starts(with: "0x".utf8) || digits.starts(with: "0X".utf8) {
            digits.removeFirst(2)
        }
        guard !digits.isEmpty else { return nil }
        if !digits.count.isMultiple(of: 2) { digits.insert(UInt8(ascii: "0"), at: 0) }
        guard
            let all = bytes(
                fromHex: String(decoding: digits, as: UTF8.self), lowerCaseOnly: false)
        else { return nil }
        return Array(all.drop { $0 == 0 })
    }

    /// Whether the text is of `[0-9a-fA-F]+`.
    static func isHex(_ text: UTF8Text) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { value($0) != nil }
    }

    /// securesystemslib's `b64dec`: base64 with its padding, in the standard alphabet or with
    /// `-` and `_` for two of its letters; bits beyond the last byte are not looked at.
    static func base64(_ text: UTF8Text) -> [UInt8]? {
        text.withBytes { buffer in
            var count = buffer.count
            while count > 0, buffer[count - 1] == UInt8(ascii: "=") { count -= 1 }
            let padding = buffer.count - count
            switch count % 4 {
            // After whole groups python takes any number of signs.
            case 0: if count == 0, padding > 0 { return nil }
            case 2: if padding != 2 { return nil }
            case 3: if padding != 1 { return nil }
            default: return nil
            }
            return bytes(fromBase64: UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
