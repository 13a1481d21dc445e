// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Percent-encoding of RFC 3986 §2.1, UTF-8 inside.
enum PercentText {
    /// - Parameter plusIsSpace: as in HTML forms and Python's `urlencode`.
    static func decode(_ text: Substring, plusIsSpace: Bool) throws(KeyURIFault) -> UTF8Text {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+"), plusIsSpace {
                bytes.append(0x20)
            } else if byte == UInt8(ascii: "%") {
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                guard
                    let value = MetadataSigning.bytes(fromHex: digits, lowerCaseOnly: false),
                    value.count == 1
                else { throw .percentEncoding(String(text)) }
                bytes += value
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        guard !bytes.contains(0), let decoded = UTF8Text(validating: bytes) else {
            throw .percentEncoding(String(text))
        }
        return decoded
    }

    /// The fields of `a=b&c=d`, decoded.
    static func fields(
        _ query: Substring, plusIsSpace: Bool, maximum: Int
    ) throws(KeyURIFault) -> [(name: UTF8Text, value: UTF8Text)] {
        var result: [(UTF8Text, UTF8Text)] = []
        var rest: Substring? = query
        while let text = rest {
            guard result.count < maximum else { throw .tooManyFields(maximum: maximum) }
            let end = text.utf8.firstIndex(of: UInt8(ascii: "&"))
            let field = text[..<(end ?? text.endIndex)]
            rest = end.map { text[text.utf8.index(after: $0)...] }
            guard let equals = field.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                throw .query(String(query), expected: "NAME=VALUE")
            }
            let value = field[field.utf8.index(after: equals)...]
            result.append(
                (
                    try decode(field[..<equals], plusIsSpace: plusIsSpace),
                    try decode(value, plusIsSpace: plusIsSpace)
                ))
        }
        return result
    }

    /// Keeps letters, digits and `-._~/`, encodes all else.
    static func encode(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
                result.append(byte)
            default: result += Array("%\(hex([byte]))".utf8)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
