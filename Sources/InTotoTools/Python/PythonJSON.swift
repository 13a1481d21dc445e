// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Reads what python's `json.loads` takes: also names that stand twice, floats, `NaN` and
/// infinities, and half surrogate pairs.
package enum PythonJSON {
    /// Objects and arrays inside one another; python takes some hundreds.
    static let limits = JSONLimits(maximumDepth: 256)

    /// - Throws: `JSONDecodeError`, `UnicodeDecodeError`, `RecursionError`, and `ValueError` for a
    ///   number of more than 4,300 digits.
    package static func value(of bytes: [UInt8]) throws(ToolError) -> PythonValue {
        do throws(JSONError) {
            return .parsed(try JSONDocument(bytes, limits: limits).root)
        } catch {
            if case .tooLarge = error { throw ToolError(.refused, "\(error)") }
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw ToolError(.unicodeDecodeError, "'utf-8' codec can't decode the file")
        }
        var reader = LaxReader(bytes)
        return try reader.document()
    }
}

/// A recursive reader over bytes that are valid UTF-8.
private struct LaxReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(ToolError) -> PythonValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw fault("Unexpected UTF-8 BOM (decode using utf-8-sig)")
        }
        skipSpace()
        let value = try value(depth: 1)
        skipSpace()
        guard position == bytes.count else { throw fault("Extra data") }
        return value
    }

    private func fault(_ words: String) -> ToolError {
        let line = bytes[..<position].count { $0 == UInt8(ascii: "\n") } + 1
        let start = bytes[..<position].lastIndex(of: UInt8(ascii: "\n")) ?? -1
        return ToolError(
            .jsonDecodeError,
            "\(words): line \(line) column \(position - start) (char \(position))")
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func takes(_ word: String) -> Bool {
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func value(depth: Int) throws(ToolError) -> PythonValue {
        guard depth <= PythonJSON.limits.maximumDepth + 1 else {
            throw ToolError(
                .recursionError, "nested more than \(PythonJSON.limits.maximumDepth) deep")
        }
        switch next {
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        default:
            for (word, value) in words where takes(word) { return value }
            return try number()
        }
    }

    private let words: [(String, PythonValue)] = [
        ("null", .null), ("true", .boolean(true)), ("false", .boolean(false)),
        ("NaN", .float("nan")), ("Infinity", .float("inf")), ("-Infinity", .float("-inf")),
    ]

    private mutating func array(_ depth: Int) throws(ToolError) -> PythonValue {
        position += 1
        var elements: [PythonValue] = []
        skipSpace()
        if takes("]") { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if takes("]") { return .array(elements) }
            guard takes(",") else { throw fault("Expecting ',' delimiter") }
            skipSpace()
        }
    }

    private mutating func object(_ depth: Int) throws(ToolError) -> PythonValue {
        position += 1
        var members: [PythonValue.Member] = []
        var places: [UTF8Text: Int] = [:]
        skipSpace()
        if takes("}") { return .object(members) }
        while true {
            guard next == UInt8(ascii: "\"") else {
                throw fault("Expecting property name enclosed in double quotes")
            }
            let key = try string()
            skipSpace()
            guard takes(":") else { throw fault("Expecting ':' delimiter") }
            skipSpace()
            let member = PythonValue.Member(key: key, value: try value(depth: depth + 1))
            let identity: UTF8Text =
                switch key {
                case .string(let text): UTF8Text("s\(text)")
                case .brokenString(let words): UTF8Text("b\(words)")
                default: ""
                }
            if let place = places[identity] {
                members[place] = member
            } else {
                places[identity] = members.count
                members.append(member)
            }
            skipSpace()
            if takes("}") { return .object(members) }
            guard takes(",") else { throw fault("Expecting ',' delimiter") }
            skipSpace()
        }
    }

    private mutating func number() throws(ToolError) -> PythonValue {
        let start = position
        _ = takes("-")
        let digits = countDigits()
        let isWhole = digits == 1 || digits > 1 && bytes[position - digits] != UInt8(ascii: "0")
        if digits > 1, !isWhole { position -= digits - 1 }
        guard digits > 0 else {
            position = start
            throw fault("Expecting value")
        }
        var isFloat = false
        let integerEnd = position
        if takes(".") {
            if countDigits() > 0 { isFloat = true } else { position = integerEnd }
        }
        let mantissaEnd = position
        if takes("e") || takes("E") {
            if !takes("-") { _ = takes("+") }
            if countDigits() > 0 { isFloat = true } else { position = mantissaEnd }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isFloat { return .float(text) }
        guard text.utf8.count <= 4301, integerEnd - start - (text.hasPrefix("-") ? 1 : 0) <= 4300
        else { throw ToolError(.valueError, "Exceeds the limit (4300 digits)") }
        return .integer(digits: text == "-0" ? "0" : text)
    }

    /// Steps over digits; gives how many there were.
    private mutating func countDigits() -> Int {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func string() throws(ToolError) -> PythonValue {
        position += 1
        var units: [UInt8] = []
        var isBroken = false
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                let text = String(decoding: units, as: UTF8.self)
                return isBroken ? .brokenString(text) : .string(UTF8Text(text))
            case 0..<0x20: throw fault("Invalid control character at")
            case UInt8(ascii: "\\"):
                if let scalar = try escape() {
                    units.append(contentsOf: Array(String(scalar).utf8))
                } else {
                    isBroken = true
                    units.append(contentsOf: bytes[position - 6..<position].map(lowerCase))
                }
            default:
                units.append(byte)
                position += 1
            }
        }
        throw fault("Unterminated string starting at")
    }

    private func lowerCase(_ byte: UInt8) -> UInt8 {
        (0x41...0x46).contains(byte) ? byte + 0x20 : byte
    }

    /// Steps over an escape; `nil` for half a surrogate pair, whose six bytes stand before
    /// `position` then.
    private mutating func escape() throws(ToolError) -> Unicode.Scalar? {
        guard position + 1 < bytes.count else { throw fault("Unterminated string starting at") }
        let plain: [UInt8: Unicode.Scalar] = [
            0x22: "\"", 0x5C: "\\", 0x2F: "/", 0x62: "\u{8}", 0x66: "\u{C}", 0x6E: "\n",
            0x72: "\r", 0x74: "\t",
        ]
        let letter = bytes[position + 1]
        if let scalar = plain[letter] {
            position += 2
            return scalar
        }
        guard letter == UInt8(ascii: "u") else { throw fault("Invalid \\escape") }
        guard let first = unit(at: position) else { throw fault("Invalid \\uXXXX escape") }
        position += 6
        guard first & 0xF800 == 0xD800 else { return Unicode.Scalar(first) }
        if first & 0xFC00 == 0xD800, position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u"),
            let second = unit(at: position), second & 0xFC00 == 0xDC00
        {
            position += 6
            return Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF))
        }
        return nil
    }

    private func unit(at place: Int) -> UInt32? {
        guard place + 6 <= bytes.count else { return nil }
        let digits = bytes[place + 2..<place + 6]
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
