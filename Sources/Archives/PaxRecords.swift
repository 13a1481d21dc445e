// SPDX-License-Identifier: Apache-2.0

/// The records of an extended header of POSIX pax: `LENGTH KEY=VALUE\n`.
struct PaxRecords {
    /// Far more than paths need.
    static let maximumBytes = 1 << 20

    private(set) var path: [UInt8]?
    private(set) var linkPath: [UInt8]?
    private(set) var size: Int?
    /// Whether a record says that the file has holes.
    private(set) var isSparse = false

    /// - Throws: `.archive(.tar, …)`: `.field`, `.disagreement`, `.unsupported`.
    init(_ bytes: [UInt8]) throws(ArchiveError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard (1...7).contains(digits.count), digits.first != 0x30 else {
                throw PaxRecords.malformed
            }
            let length = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard length <= rest.count, length > digits.count + 3 else {
                throw PaxRecords.malformed
            }
            let record = rest.prefix(length)
            rest = rest.dropFirst(length)
            guard record[digits.endIndex] == UInt8(ascii: " "),
                record.last == UInt8(ascii: "\n"),
                let equals = record.firstIndex(of: UInt8(ascii: "="))
            else { throw PaxRecords.malformed }
            let key = record[(digits.endIndex + 1)..<max(equals, digits.endIndex + 1)]
            try take(key, Array(record[(equals + 1)...].dropLast()))
        }
    }

    private static let malformed = ArchiveError.archive(.tar, .field("pax record"))

    private mutating func take(
        _ key: ArraySlice<UInt8>, _ value: [UInt8]
    ) throws(ArchiveError) {
        let key = String(decoding: key, as: UTF8.self).utf8
        if key.elementsEqual("path".utf8) {
            guard path == nil else { throw .archive(.tar, .disagreement("path")) }
            path = try PaxRecords.expectText(value, "path")
        } else if key.elementsEqual("linkpath".utf8) {
            guard linkPath == nil else { throw .archive(.tar, .disagreement("linkpath")) }
            linkPath = try PaxRecords.expectText(value, "linkpath")
        } else if key.elementsEqual("size".utf8) {
            guard size == nil else { throw .archive(.tar, .disagreement("size")) }
            size = try PaxRecords.number(value)
        } else if key.elementsEqual("hdrcharset".utf8) {
            guard value.elementsEqual("ISO-IR 10646 2000 UTF-8".utf8) else {
                throw .archive(.tar, .unsupported("another character set than UTF-8"))
            }
        } else if key.starts(with: "GNU.sparse.".utf8) || key.elementsEqual("SUN.holesdata".utf8)
            || key.elementsEqual("SCHILY.realsize".utf8)
        {
            isSparse = true
        }
    }

    private static func expectText(
        _ value: [UInt8], _ key: String
    ) throws(ArchiveError) -> [UInt8] {
        guard !value.isEmpty else { throw .archive(.tar, .field(key)) }
        return value
    }

    private static func number(_ value: [UInt8]) throws(ArchiveError) -> Int {
        guard (1...18).contains(value.count), value.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw .archive(.tar, .field("size")) }
        return value.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
