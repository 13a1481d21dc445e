// SPDX-License-Identifier: Apache-2.0

/// One element of an answer of S3: text, or further elements.
///
/// Reads what such stores write and nothing else: elements, character references, one XML
/// declaration. A document type, with which entities and their expansion come, a comment, CDATA
/// or a processing instruction is refused, and so is what is nested deeper than any answer.
/// Attributes are passed over, prefixes of names dropped. The size is bounded by whoever received
/// the bytes; memory goes with it.
package struct XMLElement: Sendable {
    package let name: String
    package fileprivate(set) var text: [UInt8] = []
    package fileprivate(set) var children: [XMLElement] = []

    /// - Returns: `nil` if this is no such document.
    package static func root(of bytes: [UInt8]) -> XMLElement? {
        var parser = XMLParser(bytes)
        return parser.document()
    }

    /// All children of a name.
    package func all(_ name: String) -> [XMLElement] {
        children.filter { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// The text of the one child of a name; `nil` if there is none, or if there are several.
    package func bytes(_ name: String) -> [UInt8]? {
        let found = all(name)
        return found.count == 1 ? found[0].text : nil
    }

    /// The same as a string; `nil` as well if it is no UTF-8.
    package func string(_ name: String) -> String? {
        bytes(name).flatMap { String(validating: $0, as: UTF8.self) }
    }
}

private struct XMLParser {
    private static let maximumDepth = 16

    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() -> XMLElement? {
        // A mark of byte order.
        _ = skip([0xef, 0xbb, 0xbf])
        skipBlanks()
        if skip(Array("<?xml".utf8)) {
            guard skip(through: "?>") else { return nil }
            skipBlanks()
        }
        guard let root = element(depth: 1) else { return nil }
        skipBlanks()
        return place == bytes.count ? root : nil
    }

    /// From the `<` of its start on.
    private mutating func element(depth: Int) -> XMLElement? {
        guard depth <= Self.maximumDepth, skip([UInt8(ascii: "<")]), let name = name(),
            let isEmpty = attributes()
        else { return nil }
        var element = XMLElement(name: localName(name))
        while !isEmpty {
            guard text(into: &element.text) else { return nil }
            if skip(Array("</".utf8)) {
                guard skip(name) else { return nil }
                skipBlanks()
                guard skip([UInt8(ascii: ">")]) else { return nil }
                break
            }
            guard let child = self.element(depth: depth + 1) else { return nil }
            element.children.append(child)
        }
        if !element.children.isEmpty { element.text = [] }
        return element
    }

    private mutating func name() -> [UInt8]? {
        let name = bytes[place...].prefix { byte in
            switch byte {
            case 0x30...0x3a, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
            default: byte >= 0x80
            }
        }
        guard (1...256).contains(name.count) else { return nil }
        place += name.count
        return Array(name)
    }

    /// - Returns: whether the element ends with its start; `nil` if that cannot be read.
    private mutating func attributes() -> Bool? {
        while true {
            skipBlanks()
            if skip(Array("/>".utf8)) { return true }
            if skip([UInt8(ascii: ">")]) { return false }
            guard name() != nil else { return nil }
            skipBlanks()
            guard skip([UInt8(ascii: "=")]) else { return nil }
            skipBlanks()
            guard place < bytes.count else { return nil }
            let quote = bytes[place]
            guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
                let end = bytes[(place + 1)...].firstIndex(of: quote),
                !bytes[place..<end].contains(UInt8(ascii: "<"))
            else { return nil }
            place = end + 1
        }
    }

    /// Up to the next `<`.
    private mutating func text(into text: inout [UInt8]) -> Bool {
        while place < bytes.count, bytes[place] != UInt8(ascii: "<") {
            guard bytes[place] == UInt8(ascii: "&") else {
                text.append(bytes[place])
                place += 1
                continue
            }
            guard let end = bytes[place...].prefix(12).firstIndex(of: UInt8(ascii: ";")),
                let scalar = scalar(bytes[(place + 1)..<end])
            else { return false }
            text += Array(String(scalar).utf8)
            place = end + 1
        }
        return place < bytes.count
    }

    private func scalar(_ reference: ArraySlice<UInt8>) -> Unicode.Scalar? {
        let text = String(decoding: reference, as: UTF8.self)
        switch text {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let isHex = text.hasPrefix("#x")
            let digits = text.dropFirst(isHex ? 2 : 1)
            guard text.hasPrefix("#"), !digits.isEmpty, !digits.hasPrefix("+") else { return nil }
            return UInt32(digits, radix: isHex ? 16 : 10).flatMap(Unicode.Scalar.init)
        }
    }

    private func localName(_ name: [UInt8]) -> String {
        let start = name.lastIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? 0
        return String(decoding: name[start...], as: UTF8.self)
    }

    private mutating func skipBlanks() {
        while place < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[place]) { place += 1 }
    }

    private mutating func skip(_ expected: [UInt8]) -> Bool {
        guard bytes[place...].starts(with: expected) else { return false }
        place += expected.count
        return true
    }

    private mutating func skip(through end: String) -> Bool {
        let end = Array(end.utf8)
        while place < bytes.count {
            if skip(end) { return true }
            place += 1
        }
        return false
    }
}
