// SPDX-License-Identifier: Apache-2.0

/// The JSON this project accepts, read again the slow way: by code points, into a tree, with
/// nothing in common with the parser it is compared with.
struct ReferenceJSON {
    indirect enum Value {
        case object([(key: [UInt8], value: Value)])
        case array([Value])
        case string([UInt8])
        case integer(String)
        case boolean(Bool)
        case null
    }

    private struct Refusal: Error {}

    private var rest: ArraySlice<Unicode.Scalar>

    /// - Returns: `nil` for anything but one JSON value without fractions, whatever its depth.
    static func read(_ bytes: [UInt8]) -> Value? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var reader = ReferenceJSON(rest: ArraySlice(text.unicodeScalars))
        reader.skipSpace()
        guard let value = try? reader.value() else { return nil }
        reader.skipSpace()
        return reader.rest.isEmpty ? value : nil
    }

    private mutating func skipSpace() {
        rest = rest.drop { [" ", "\t", "\n", "\r"].contains($0) }
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.unicodeScalars) else { return false }
        rest = rest.dropFirst(text.unicodeScalars.count)
        return true
    }

    private mutating func next() throws(Refusal) -> Unicode.Scalar {
        guard let scalar = rest.popFirst() else { throw Refusal() }
        return scalar
    }

    private mutating func value() throws(Refusal) -> Value {
        if take("null") { return .null }
        if take("true") { return .boolean(true) }
        if take("false") { return .boolean(false) }
        if take("\"") { return .string(try string()) }
        if take("[") { return try array() }
        if take("{") { return try object() }
        return try number()
    }

    private mutating func array() throws(Refusal) -> Value {
        var elements: [Value] = []
        skipSpace()
        if take("]") { return .array([]) }
        while true {
            skipSpace()
            elements.append(try value())
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw Refusal() }
        }
    }

    private mutating func object() throws(Refusal) -> Value {
        var members: [(key: [UInt8], value: Value)] = []
        var keys: Set<[UInt8]> = []
        skipSpace()
        if take("}") { return .object([]) }
        while true {
            skipSpace()
            guard take("\"") else { throw Refusal() }
            let key = try string()
            guard keys.insert(key).inserted else { throw Refusal() }
            skipSpace()
            guard take(":") else { throw Refusal() }
            skipSpace()
            members.append((key, try value()))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw Refusal() }
        }
    }

    private mutating func number() throws(Refusal) -> Value {
        var digits = take("-") ? "-" : ""
        let sign = digits
        while let scalar = rest.first, ("0"..."9").contains(scalar) {
            digits.unicodeScalars.append(scalar)
            rest = rest.dropFirst()
        }
        let count = digits.utf8.count - sign.utf8.count
        guard (1...4300).contains(count), !(digits.hasPrefix(sign + "0") && count > 1) else {
            throw Refusal()
        }
        if let scalar = rest.first, [".", "e", "E"].contains(scalar) { throw Refusal() }
        return .integer(digits == "-0" ? "0" : digits)
    }

    private mutating func string() throws(Refusal) -> [UInt8] {
        var text = ""
        while true {
            let scalar = try next()
            if scalar == "\"" { return Array(text.utf8) }
            if scalar.value < 0x20 { throw Refusal() }
            text.unicodeScalars.append(scalar == "\\" ? try escaped() : scalar)
        }
    }

    private mutating func escaped() throws(Refusal) -> Unicode.Scalar {
        switch try next() {
        case "\"": return "\""
        case "\\": return "\\"
        case "/": return "/"
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u": break
        default: throw Refusal()
        }
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\u") else { throw Refusal() }
        let second = try unit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) * 0x400 + (second - 0xDC00))
        else { throw Refusal() }
        return scalar
    }

    private mutating func unit() throws(Refusal) -> UInt32 {
        var digits = ""
        for _ in 0..<4 { digits.unicodeScalars.append(try next()) }
        // The standard library's reading would take a sign.
        guard !digits.hasPrefix("+"), !digits.hasPrefix("-"), digits.utf8.count == 4,
            let unit = UInt32(digits, radix: 16)
        else { throw Refusal() }
        return unit
    }
}

extension ReferenceJSON.Value {
    /// OLPC canonical JSON, as securesystemslib writes it.
    var canonical: [UInt8] {
        switch self {
        case .null: return Array("null".utf8)
        case .boolean(let value): return Array((value ? "true" : "false").utf8)
        case .integer(let digits): return Array(digits.utf8)
        case .string(let bytes):
            let escaped = bytes.flatMap { $0 == 0x22 || $0 == 0x5C ? [0x5C, $0] : [$0] }
            return [0x22] + escaped + [0x22]
        case .array(let elements):
            return [0x5B] + Array(elements.map(\.canonical).joined(separator: [0x2C])) + [0x5D]
        case .object(let members):
            let sorted = members.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            let written = sorted.map { Self.string($0.key).canonical + [0x3A] + $0.value.canonical }
            return [0x7B] + Array(written.joined(separator: [0x2C])) + [0x7D]
        }
    }

    /// Values and keys together.
    var count: Int {
        switch self {
        case .array(let elements): elements.reduce(1) { $0 + $1.count }
        case .object(let members): members.reduce(1) { $0 + 1 + $1.value.count }
        default: 1
        }
    }

    /// Objects and arrays inside one another.
    var depth: Int {
        switch self {
        case .array(let elements): 1 + (elements.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.map(\.value.depth).max() ?? 0)
        default: 0
        }
    }
}
