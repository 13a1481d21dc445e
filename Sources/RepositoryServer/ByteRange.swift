// SPDX-License-Identifier: Apache-2.0

/// The part of a file that a `Range` field asks for (RFC 9110 §14.2).
package enum ByteRange: Equatable, Sendable {
    /// No single byte range, or one that is not understood: the whole file is the answer.
    case whole
    /// These bytes, at least one, all within the file.
    case part(Range<Int>)
    /// A range that begins beyond the file's end.
    case unsatisfiable

    /// - Parameters:
    ///   - field: the field's value, such as `bytes=0-99`, `bytes=100-` or `bytes=-20`; several
    ///     ranges are answered with the whole file, as the RFC allows.
    ///   - length: bytes of the file.
    package init(_ field: some Sequence<UInt8>, length: Int) {
        self = .whole
        let text = Array(field.drop(while: Self.isBlank))
        let unit = Array("bytes=".utf8)
        guard text.prefix(unit.count).map({ $0 | 0x20 }) == unit.map({ $0 | 0x20 }) else { return }
        let ends = text.dropFirst(unit.count).split(
            separator: UInt8(ascii: "-"), omittingEmptySubsequences: false
        ).map(Self.trimmed)
        guard ends.count == 2 else { return }
        switch (Self.number(ends[0]), Self.number(ends[1])) {
        case (let first?, let last?) where first <= last:
            self = Self.from(first, to: min(last, length - 1), of: length)
        case (let first?, nil) where ends[1].isEmpty:
            self = Self.from(first, to: length - 1, of: length)
        case (nil, let count?) where ends[0].isEmpty && count == 0:
            self = .unsatisfiable
        case (nil, let count?) where ends[0].isEmpty && length > 0:
            self = .part(length - min(count, length)..<length)
        default:
            return
        }
    }

    private static func from(_ first: Int, to last: Int, of length: Int) -> ByteRange {
        first < length ? .part(first..<last + 1) : .unsatisfiable
    }

    /// The decimal number, `Int.max` if greater than that; `nil` if it is none.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty else { return nil }
        var value = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let (tens, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, more) = tens.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            value = over || more ? .max : sum
        }
        return value
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
