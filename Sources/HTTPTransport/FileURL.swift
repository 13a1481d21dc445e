// SPDX-License-Identifier: Apache-2.0

/// Why a text is no `file:` URL that is taken here.
enum FileURLError: Error, CustomStringConvertible {
    case host, query, escape, controlCharacter

    var description: String {
        switch self {
        case .host: "a file of another host, expected file:///path"
        case .query: "a file with a query or a fragment"
        case .escape: "a % without two hex digits"
        case .controlCharacter: "a path with control characters"
        }
    }
}

/// The percent-decoded path of a URL that begins with `file://` in any case.
///
/// Not libcurl's parser: whoever reads local files alone never loads libcurl. Strict, since
/// nothing but this file reads such a URL: no query, no fragment, no host but `localhost`.
func pathOfFileURL(_ text: String) throws(FileURLError) -> [UInt8] {
    let rest = text.utf8.dropFirst("file://".utf8.count)
    let host = rest.prefix { $0 != UInt8(ascii: "/") }
    guard host.isEmpty || host.map(lowerCased).elementsEqual("localhost".utf8),
        host.count < rest.count
    else { throw .host }
    var path: [UInt8] = []
    var encoded = rest.dropFirst(host.count)
    while let byte = encoded.popFirst() {
        var decoded = byte
        switch byte {
        case UInt8(ascii: "?"), UInt8(ascii: "#"): throw .query
        case UInt8(ascii: "%"):
            guard let high = encoded.popFirst().flatMap(hexValue),
                let low = encoded.popFirst().flatMap(hexValue)
            else { throw .escape }
            decoded = high << 4 | low
        default: break
        }
        guard decoded >= 0x20, decoded != 0x7f else { throw .controlCharacter }
        path.append(decoded)
    }
    return path
}

private func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x41 + 10
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
}
