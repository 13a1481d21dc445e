// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// The name of a role.
public struct RoleName: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let text: UTF8Text

    /// The name as metadata has it.
    public init(_ text: UTF8Text) { self.text = text }

    public static let root = RoleName("root")
    public static let timestamp = RoleName("timestamp")
    public static let snapshot = RoleName("snapshot")
    public static let targets = RoleName("targets")

    /// Whether it is one of the four top-level roles.
    public var isTopLevel: Bool {
        self == .root || self == .timestamp || self == .snapshot || self == .targets
    }

    /// Whether metadata of a delegated role may bear it: not the name of a top-level role or of
    /// the file of one (`2.root`), not empty, and short enough for a file name.
    public var isFitForDelegation: Bool {
        let unversioned = text.utf8.drop { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        return !RoleName(UTF8Text(String(Substring(unversioned)))).isTopLevel
            && !text.isEmpty && encoded.utf8.count <= 200
    }

    /// The name as part of a file name and of a URL: all but `A-Za-z0-9_.-~` percent-encoded.
    public var encoded: String { percentEncoded(text) }

    /// File name in `metadata/`: `3.releases.json`, or without a version `timestamp.json`.
    public func fileName(version: Int? = nil) -> String {
        version.map { "\($0).\(encoded).json" } ?? "\(encoded).json"
    }

    /// Key in the `meta` of snapshot and timestamp.
    public var metaName: UTF8Text { UTF8Text("\(text).json") }

    /// ``metaName``, fit for a message.
    public var shownFile: String { "\(self).json" }

    public static func < (left: RoleName, right: RoleName) -> Bool { left.text < right.text }

    /// The name, fit for a message.
    public var description: String {
        text.utf8.allSatisfy { isUnreserved($0) || $0 == UInt8(ascii: "/") } && text.count <= 120
            ? text.string : quoted(text)
    }
}

/// RFC 3986 percent-encoding of everything but unreserved characters, digits in upper case.
package func percentEncoded(_ text: UTF8Text) -> String {
    // Nearly all names are what they are encoded as.
    text.withBytes { $0.allSatisfy(isUnreserved) }
        ? text.string : percentEncoded(text.string.utf8)
}

/// RFC 3986 percent-encoding of everything but unreserved characters.
package func percentEncoded(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var output: [UInt8] = []
    for byte in bytes {
        if isUnreserved(byte) {
            output.append(byte)
        } else {
            output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: output, as: UTF8.self)
}

private func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "-"), UInt8(ascii: "~"):
        true
    default: false
    }
}
