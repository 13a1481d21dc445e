// SPDX-License-Identifier: Apache-2.0

extension Parser {
    /// Steps over one escape.
    ///
    /// - Returns: whether canonical JSON writes it the same way: only `\"` and `\\`.
    mutating func escape() throws(JSONError) -> Bool {
        let start = position
        guard start + 1 < input.count else { throw .truncated }
        switch input[start + 1] {
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
            if first & 0xFC00 == 0xDC00 { throw .loneSurrogate(offset: start) }
            if first & 0xFC00 == 0xD800 {
                guard position + 1 < input.count, input[position] == UInt8(ascii: "\\"),
                    input[position + 1] == UInt8(ascii: "u"),
                    try codeUnit(at: position) & 0xFC00 == 0xDC00
                else { throw .loneSurrogate(offset: start) }
                position += 6
            }
            return false
        default: throw .invalidEscape(offset: start)
        }
    }

    /// The four hexadecimal digits of the `\u` at `offset`.
    private func codeUnit(at offset: Int) throws(JSONError) -> UInt16 {
        guard offset + 6 <= input.count else { throw .truncated }
        guard let unit = hexCodeUnit(input, offset + 2) else {
            throw .invalidEscape(offset: offset)
        }
        return unit
    }

    /// Steps over one code point of two to four bytes (Unicode 15, table 3-7).
    mutating func multibyte() throws(JSONError) {
        let lead = input[position]
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
        default: throw .invalidUTF8(offset: position)
        }
        guard position + length <= input.count, second.contains(input[position + 1]) else {
            throw .invalidUTF8(offset: position)
        }
        for offset in 2..<max(2, length) where input[position + offset] & 0xC0 != 0x80 {
            throw .invalidUTF8(offset: position)
        }
        position += length
    }
}

/// The code unit of four hexadecimal digits at `offset`; `nil` if one is none.
func hexCodeUnit(_ input: UnsafeBufferPointer<UInt8>, _ offset: Int) -> UInt16? {
    var unit: UInt16 = 0
    for index in offset..<offset + 4 {
        let byte = input[index]
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
func decoded(
    _ node: JSONDocument.Node, in input: UnsafeBufferPointer<UInt8>
) -> [UInt8] {
    let raw = UnsafeBufferPointer(rebasing: input[Int(node.start)..<Int(node.end)])
    guard node.flags.contains(.escaped) else { return Array(raw) }
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
            var value = UInt32(hexCodeUnit(raw, index + 2) ?? 0)
            if value & 0xFC00 == 0xD800, index + 12 <= raw.count {
                let low = UInt32(hexCodeUnit(raw, index + 8) ?? 0)
                value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
                index += 6
            }
            if let scalar = Unicode.Scalar(value) {
                result.append(contentsOf: String(Character(scalar)).utf8)
            }
            index += 4
        case let other: result.append(other)
        }
        index += 2
    }
    return result
}

/// Order of two keys by their decoded bytes: the canonical order.
func compareKeys(
    _ left: JSONDocument.Node, _ right: JSONDocument.Node, in input: UnsafeBufferPointer<UInt8>
) -> Int {
    if left.flags.contains(.escaped) || right.flags.contains(.escaped) {
        return decoded(left, in: input).withUnsafeBufferPointer { first in
            decoded(right, in: input).withUnsafeBufferPointer { compareBytes(first, $0) }
        }
    }
    return compareBytes(
        UnsafeBufferPointer(rebasing: input[Int(left.start)..<Int(left.end)]),
        UnsafeBufferPointer(rebasing: input[Int(right.start)..<Int(right.end)]))
}

/// Indices of the key nodes of an object, in canonical order.
func keysInOrder(
    of object: Int, nodes: [JSONDocument.Node], input: UnsafeBufferPointer<UInt8>
) -> [Int] {
    var keys: [Int] = []
    var index = object + 1
    while index < Int(nodes[object].next) {
        keys.append(index)
        index = Int(nodes[index + 1].next)
    }
    if nodes[object].flags.contains(.sorted) { return keys }
    if keys.contains(where: { nodes[$0].flags.contains(.escaped) }) {
        // Escapes are resolved once, not in every comparison.
        let texts = keys.map { (key: $0, bytes: decoded(nodes[$0], in: input)) }
        return texts.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.map(\.key)
    }
    keys.sort { compareKeys(nodes[$0], nodes[$1], in: input) < 0 }
    return keys
}
