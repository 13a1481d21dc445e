// SPDX-License-Identifier: Apache-2.0

/// The value of a `Content-Range` line (RFC 9110 §14.4), in bytes of the file.
package enum ContentRange: Equatable {
    /// `bytes 5-9/10`, or `bytes 5-9/*` if the length of the whole is not known.
    case part(first: Int, last: Int, total: Int?)
    /// `bytes */10`: no such part in a file of this length.
    case lacking(total: Int)

    /// - Returns: `nil` for anything else, numbers too large for an `Int` included.
    package init?(_ value: some Collection<UInt8>) {
        let unit = "bytes ".utf8
        guard value.count > unit.count,
            zip(value, unit).allSatisfy({ lowerCased($0) == $1 })
        else { return nil }
        let halves = value.dropFirst(unit.count).split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let isTotalUnknown = halves[1].elementsEqual("*".utf8)
        let total = decimal(halves[1])
        guard isTotalUnknown || total != nil else { return nil }
        if halves[0].elementsEqual("*".utf8), let total {
            self = .lacking(total: total)
            return
        }
        let ends = halves[0].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard ends.count == 2, let first = decimal(ends[0]), let last = decimal(ends[1]),
            first <= last, last < total ?? .max
        else { return nil }
        self = .part(first: first, last: last, total: total)
    }
}

/// The number written with these ASCII digits; `nil` if there is another byte, none at all, or
/// if it is too large for an `Int`.
func decimal(_ digits: some Collection<UInt8>) -> Int? {
    guard !digits.isEmpty else { return nil }
    var value = 0
    for digit in digits {
        guard (0x30...0x39).contains(digit) else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(Int(digit) - 0x30)
        if overflow || carry { return nil }
        value = sum
    }
    return value
}
