// SPDX-License-Identifier: Apache-2.0

/// The same byte eight times.
private func spread(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

extension Parser {
    /// Steps over printable ASCII other than quote and backslash.
    ///
    /// - Returns: offset of the first byte that is something else, or `count`.
    @inline(__always)
    func endOfPlainText(from start: Int) -> Int {
        var offset = start
        // Eight bytes at once: the lowest bit set tells the first byte that is not plain. A
        // borrow can only go from such a byte to one after it.
        while offset + 8 <= count {
            let word = UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self).littleEndian
            let quote = word ^ spread(UInt8(ascii: "\""))
            let backslash = word ^ spread(UInt8(ascii: "\\"))
            let found =
                ((quote &- spread(1)) | (backslash &- spread(1)) | (word &- spread(0x20)) | word)
                & spread(0x80)
            if found != 0 { return offset + found.trailingZeroBitCount / 8 }
            offset += 8
        }
        while offset < count, isPlain(base[offset]) { offset += 1 }
        return offset
    }

    @inline(__always)
    private func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// The rest of a string that has more than plain text, from `position` on.
    @inline(never)
    mutating func unusualString(_ start: Int) throws(Fault) -> Bool {
        var canonical = true
        var isEscaped = false
        while true {
            position = endOfPlainText(from: position)
            guard position < count else { throw Fault(.truncated, position) }
            let byte = base[position]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                if try !escape() { canonical = false }
            } else if byte < 0x20 {
                throw Fault(.controlCharacter, position)
            } else {
                try multibyte()
            }
        }
        var flags: Flags = canonical ? [.canonical] : []
        if isEscaped { flags.insert(.escaped) }
        append(start, .string, flags)
        position += 1
        return canonical
    }

    /// Steps over one escape.
    ///
    /// - Returns: whether canonical JSON writes it the same way: only `\"` and `\\`.
    private mutating func escape() throws(Fault) -> Bool {
        let start = position
        guard start + 1 < count else { throw Fault(.truncated, start) }
        switch base[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            position += 2
            return true
        case UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
            return false
        case UInt8(ascii: "u"):
            let first = try codeUnit(at: start)
            position += 6
            if first & 0xFC00 == 0xDC00 { throw Fault(.loneSurrogate, start) }
            if first & 0xFC00 == 0xD800 {
                guard position + 1 < count, base[position] == UInt8(ascii: "\\"),
                    base[position + 1] == UInt8(ascii: "u"),
                    try codeUnit(at: position) & 0xFC00 == 0xDC00
                else { throw Fault(.loneSurrogate, start) }
                position += 6
            }
            return false
        default: throw Fault(.invalidEscape, start)
        }
    }

    /// The four hexadecimal digits of the `\u` at `offset`.
    private func codeUnit(at offset: Int) throws(Fault) -> UInt16 {
        guard offset + 6 <= count else { throw Fault(.truncated, offset) }
        guard let unit = hexCodeUnit(base + offset + 2) else {
            throw Fault(.invalidEscape, offset)
        }
        return unit
    }

    /// Steps over one code point of two to four bytes (Unicode 15, table 3-7).
    private mutating func multibyte() throws(Fault) {
        let lead = base[position]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: throw Fault(.invalidUTF8, position)
        }
        guard position + length <= count, second.contains(base[position + 1]) else {
            throw Fault(.invalidUTF8, position)
        }
        for offset in 2..<max(2, length) where base[position + offset] & 0xC0 != 0x80 {
            throw Fault(.invalidUTF8, position)
        }
        position += length
    }
}

/// The code unit of the four hexadecimal digits at `digits`; `nil` if one is none.
private func hexCodeUnit(_ digits: UnsafePointer<UInt8>) -> UInt16? {
    var unit: UInt16 = 0
    for index in 0..<4 {
        let byte = digits[index]
        let digit: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
        default: return nil
        }
        unit = unit << 4 | UInt16(digit)
    }
    return unit
}

/// The bytes that a string node stands for, escapes resolved. The parser has checked them.
func decoded(_ node: JSONDocument.Node, in input: UnsafePointer<UInt8>) -> [UInt8] {
    let raw = node.raw(in: input)
    guard node.flags.contains(.escaped), let base = raw.baseAddress else { return Array(raw) }
    var result: [UInt8] = []
    result.reserveCapacity(raw.count)
    var index = 0
    while index < raw.count {
        guard raw[index] == UInt8(ascii: "\\") else {
            result.append(raw[index])
            index += 1
            continue
        }
        switch raw[index + 1] {
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"):
            var value = UInt32(hexCodeUnit(base + index + 2) ?? 0)
            if value & 0xFC00 == 0xD800, index + 12 <= raw.count {
                let low = UInt32(hexCodeUnit(base + index + 8) ?? 0)
                value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
                index += 6
            }
            if let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) {
                result.append(contentsOf: encoded)
            }
            index += 4
        case let other: result.append(other)
        }
        index += 2
    }
    return result
}
