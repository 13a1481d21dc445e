// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// The header fields of a request that its answer depends on.
struct RequestFields {
    /// Number of `Host` fields: HTTP/1.1 asks for exactly one (RFC 9112 §3.2).
    private(set) var hosts = 0
    /// All `If-None-Match` fields, joined by commas.
    private(set) var ifNoneMatch: String?
    private(set) var ifRange: String?
    /// `nil` also if there are several.
    private(set) var range: String?
    /// Whether a body follows the head.
    private(set) var hasBody = false
    /// Whether the client offers another protocol, after which the parser stops.
    private(set) var offersUpgrade = false

    private var ranges = 0

    init(_ headers: HTTPHeaders) {
        for (name, value) in headers { take(name, value) }
        if ranges > 1 { range = nil }
    }

    /// Whether the answer is the whole file, whatever the client has of it already.
    var isPlain: Bool { ifNoneMatch == nil && range == nil }

    /// Looks at a field only if its name has the right length: most have not.
    private mutating func take(_ name: String, _ value: String) {
        switch name.utf8.count {
        case 4 where Self.matches(name, "host"): hosts += 1
        case 5 where Self.matches(name, "range"):
            range = value
            ranges += 1
        case 7 where Self.matches(name, "upgrade"): offersUpgrade = true
        case 8 where Self.matches(name, "if-range"): ifRange = value
        case 13 where Self.matches(name, "if-none-match"):
            ifNoneMatch = ifNoneMatch.map { $0 + "," + value } ?? value
        case 14 where Self.matches(name, "content-length"):
            hasBody = hasBody || value.utf8.contains { $0 != UInt8(ascii: "0") }
        case 17 where Self.matches(name, "transfer-encoding"): hasBody = true
        default: break
        }
    }

    /// - Parameter lowered: in lower case.
    private static func matches(_ name: String, _ lowered: StaticString) -> Bool {
        let expected = UnsafeBufferPointer(
            start: lowered.utf8Start, count: lowered.utf8CodeUnitCount)
        return name.utf8.elementsEqual(expected) { found, expected in
            found == expected || (found | 0x20 == expected && found >= UInt8(ascii: "A"))
        }
    }
}
