// SPDX-License-Identifier: Apache-2.0

/// How a server wants to know who asks: one challenge of `WWW-Authenticate` (RFC 9110 §11.6.1).
package struct Challenge: Sendable, Equatable {
    /// In lower case.
    package let scheme: String
    private var parameters: [(name: String, value: String)] = []

    /// The challenges of a field's value, in order; what follows a fault is left out.
    package static func all(_ value: String) -> [Challenge] {
        var reader = FieldReader(value)
        var challenges: [Challenge] = []
        while !reader.isAtEnd {
            reader.skip { $0 == UInt8(ascii: ",") || FieldReader.isBlank($0) }
            guard let word = reader.token() else { break }
            reader.skip(while: FieldReader.isBlank)
            if reader.skip(UInt8(ascii: "=")) {
                reader.skip(while: FieldReader.isBlank)
                guard !challenges.isEmpty, let value = reader.quotedText() ?? reader.token()
                else { break }
                challenges[challenges.count - 1].parameters.append((lowerCased(word), value))
            } else {
                challenges.append(Challenge(scheme: lowerCased(word)))
            }
        }
        return challenges
    }

    private init(scheme: String) { self.scheme = scheme }

    /// A parameter by its name in lower case; `nil` also if there are two of it.
    package subscript(_ name: String) -> String? {
        let found = parameters.filter { $0.name.utf8.elementsEqual(name.utf8) }
        return found.count == 1 ? found[0].value : nil
    }

    package static func == (left: Challenge, right: Challenge) -> Bool {
        left.scheme.utf8.elementsEqual(right.scheme.utf8)
            && left.parameters.elementsEqual(right.parameters) {
                $0.name.utf8.elementsEqual($1.name.utf8)
                    && $0.value.utf8.elementsEqual($1.value.utf8)
            }
    }
}

/// ASCII letters in lower case.
func lowerCased(_ text: String) -> String {
    let bytes = text.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    return String(decoding: bytes, as: UTF8.self)
}

/// Reads the words of a header field.
struct FieldReader {
    private static let maximumBytes = 8192
    private let bytes: [UInt8]
    private(set) var place = 0

    init(_ text: String) { bytes = Array(text.utf8.prefix(FieldReader.maximumBytes)) }

    var isAtEnd: Bool { place == bytes.count }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    mutating func skip(while condition: (UInt8) -> Bool) {
        while place < bytes.count, condition(bytes[place]) { place += 1 }
    }

    /// - Returns: whether this byte stood there.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard place < bytes.count, bytes[place] == byte else { return false }
        place += 1
        return true
    }

    /// All up to this byte, which is passed over as well; `nil` if it does not come.
    mutating func text(upTo end: UInt8) -> String? {
        guard let stop = bytes[place...].firstIndex(of: end) else { return nil }
        defer { place = stop + 1 }
        return String(validating: bytes[place..<stop], as: UTF8.self)
    }

    /// A token (RFC 9110 §5.6.2); `nil` if none stands there.
    mutating func token() -> String? {
        let start = place
        skip { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
        return start < place ? String(decoding: bytes[start..<place], as: UTF8.self) : nil
    }

    /// A text in quotes (RFC 9110 §5.6.4), without them; `nil` if none stands there.
    mutating func quotedText() -> String? {
        let start = place
        guard skip(UInt8(ascii: "\"")) else { return nil }
        var output: [UInt8] = []
        while place < bytes.count {
            var byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "\"") { return String(validating: output, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), place < bytes.count {
                byte = bytes[place]
                place += 1
            }
            output.append(byte)
        }
        place = start
        return nil
    }
}
