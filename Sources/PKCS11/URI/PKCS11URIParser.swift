// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

extension PKCS11URI {
    static let maximumBytes = 4096

    /// Reads a URI (RFC 7512 §2.3), strictly: no attribute twice, nothing that must be
    /// percent-encoded and is not, none in the path that is unknown.
    ///
    /// An unknown attribute of the query is no error (§2.4); it is named in ``ignored``.
    package init(_ text: String) throws(PKCS11URIError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= PKCS11URI.maximumBytes else {
            throw .tooLong(bytes: bytes.count, maximum: PKCS11URI.maximumBytes)
        }
        let scheme = Array("pkcs11:".utf8)
        guard bytes.prefix(scheme.count).map(lowerCased).elementsEqual(scheme) else {
            throw .scheme(expected: "pkcs11:…")
        }
        let rest = bytes.dropFirst(scheme.count)
        let parts = rest.split(
            separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        var seen: Set<UTF8Text> = []
        for attribute in try attributes(parts[0], separator: ";", also: pathCharacters) {
            guard seen.insert(UTF8Text(attribute.name)).inserted else {
                throw .duplicate(attribute.name)
            }
            try take(pathAttribute: attribute)
        }
        guard parts.count == 2 else { return }
        seen = []
        for attribute in try attributes(parts[1], separator: "&", also: queryCharacters) {
            let isNew = seen.insert(UTF8Text(attribute.name)).inserted
            let isKnown = try take(queryAttribute: attribute)
            // One that somebody else defined may stand several times (§2.3).
            guard isNew || !isKnown else { throw .duplicate(attribute.name) }
        }
    }

    private mutating func take(pathAttribute attribute: Attribute) throws(PKCS11URIError) {
        if let name = Text(rawValue: attribute.name) {
            texts[name] = try attribute.text()
            return
        }
        switch attribute.name {
        case "id": id = attribute.value
        case "type":
            guard let type = ObjectType(rawValue: try attribute.text().string) else {
                throw attribute.wrong("private, public or cert")
            }
            self.type = type
        case "slot-id":
            guard let number = UInt(digits: attribute.value) else {
                throw attribute.wrong("a number")
            }
            slotID = number
        case "library-version": libraryVersion = try attribute.version()
        default: throw .unknown(attribute.name)
        }
    }

    /// - Returns: whether it is known.
    private mutating func take(
        queryAttribute attribute: Attribute
    ) throws(PKCS11URIError) -> Bool {
        switch attribute.name {
        case "module-path": modulePath = try attribute.path()
        case "module-name":
            let name = try attribute.text().string
            guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else {
                throw attribute.wrong("a name without folders")
            }
            moduleName = name
        case "pin-source": pinSource = try attribute.fileURI()
        case "pin-value": throw .secret
        default:
            ignored.append(attribute.name)
            return false
        }
        return true
    }
}

private let pathCharacters = Array(":[]@!$'()*+,=&".utf8)
private let queryCharacters = Array(":[]@!$'()*+,=/?|".utf8)

private struct Attribute {
    let name: String
    let value: [UInt8]

    func wrong(_ expected: String) -> PKCS11URIError {
        .value(
            attribute: name, found: String(decoding: value, as: UTF8.self), expected: expected)
    }

    func text() throws(PKCS11URIError) -> UTF8Text {
        guard let text = UTF8Text(validating: value), !value.contains(0) else {
            throw wrong("UTF-8 without NUL")
        }
        return text
    }

    func version() throws(PKCS11URIError) -> PKCS11URI.Version {
        let numbers = value.split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false
        ).map { UInt(digits: $0).flatMap { UInt8(exactly: $0) } }
        guard (1...2).contains(numbers.count), let major = numbers[0],
            let minor = numbers.count == 1 ? 0 : numbers[1]
        else { throw wrong("a version such as 2.6") }
        return PKCS11URI.Version(major: major, minor: minor)
    }

    func path() throws(PKCS11URIError) -> String {
        let path = try text().string
        // The current folder must not decide whose code runs.
        guard path.utf8.first == UInt8(ascii: "/") else { throw wrong("a path from / on") }
        return path
    }

    /// What stands behind `file:` is the path as it is: percent signs in it were decoded.
    func fileURI() throws(PKCS11URIError) -> String {
        let text = try text().string
        let scheme = Array("file:".utf8)
        var path = Array(text.utf8)
        guard path.starts(with: scheme) else { throw wrong("file:/PATH") }
        path.removeFirst(scheme.count)
        if path.starts(with: Array("///".utf8)) { path.removeFirst(2) }
        guard path.first == UInt8(ascii: "/"), path.count > 1, path[1] != path[0] else {
            throw wrong("file:/PATH")
        }
        return String(decoding: path, as: UTF8.self)
    }
}

private func attributes(
    _ part: ArraySlice<UInt8>, separator: Unicode.Scalar, also allowed: [UInt8]
) throws(PKCS11URIError) -> [Attribute] {
    guard !part.isEmpty else { return [] }
    var result: [Attribute] = []
    for item in part.split(
        separator: UInt8(ascii: separator), omittingEmptySubsequences: false)
    {
        let found = String(decoding: item, as: UTF8.self)
        guard let equals = item.firstIndex(of: UInt8(ascii: "=")), equals > item.startIndex,
            item[..<equals].allSatisfy(isNameCharacter)
        else { throw .noAttribute(found) }
        let name = String(decoding: item[..<equals], as: UTF8.self)
        let value = try percentDecoded(item[(equals + 1)...], of: name, also: allowed)
        result.append(Attribute(name: name, value: value))
    }
    return result
}

/// - Parameter allowed: what may stand as it is, besides unreserved characters.
func percentDecoded(
    _ text: ArraySlice<UInt8>, of name: String, also allowed: [UInt8]
) throws(PKCS11URIError) -> [UInt8] {
    var result: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%") {
            guard let high = rest.popFirst().flatMap(hexValue),
                let low = rest.popFirst().flatMap(hexValue)
            else { throw .percent(attribute: name) }
            result.append(high << 4 | low)
        } else if isUnreserved(byte) || allowed.contains(byte) {
            result.append(byte)
        } else {
            throw .character(byte, attribute: name)
        }
    }
    return result
}

private func isNameCharacter(_ byte: UInt8) -> Bool {
    isUnreserved(byte) && byte != UInt8(ascii: ".") && byte != UInt8(ascii: "~")
}

private func lowerCased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
}

private func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x41 + 10
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
}

extension UInt {
    /// A number of 1 to 19 decimal digits and nothing else.
    init?(digits: some Collection<UInt8>) {
        guard (1...19).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        self = digits.reduce(0) { $0 * 10 + UInt($1 - 0x30) }
    }
}
