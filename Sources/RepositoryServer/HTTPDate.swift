// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The `Date` field's form of a moment, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110
/// §5.6.7): always 29 bytes.
package enum HTTPDate {
    package static let length = 29

    private static let days: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// - Parameter second: seconds since 1970, UTC.
    package static func bytes(_ second: Int) -> [UInt8] {
        var moment = time_t(second)
        var parts = tm()
        gmtime_r(&moment, &parts)
        var out: [UInt8] = []
        out.reserveCapacity(length)
        append(days[Int(parts.tm_wday)], to: &out)
        out += [0x2c, 0x20]
        append(number: Int(parts.tm_mday), digits: 2, then: 0x20, to: &out)
        append(months[Int(parts.tm_mon)], to: &out)
        out.append(0x20)
        append(number: Int(parts.tm_year) + 1900, digits: 4, then: 0x20, to: &out)
        append(number: Int(parts.tm_hour), digits: 2, then: 0x3a, to: &out)
        append(number: Int(parts.tm_min), digits: 2, then: 0x3a, to: &out)
        append(number: Int(parts.tm_sec), digits: 2, then: 0x20, to: &out)
        append("GMT", to: &out)
        return out
    }

    private static func append(_ text: StaticString, to out: inout [UInt8]) {
        out += UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    private static func append(number: Int, digits: Int, then last: UInt8, to out: inout [UInt8]) {
        var unit = 1
        for _ in 1..<digits { unit *= 10 }
        while unit > 0 {
            out.append(0x30 + UInt8(number / unit % 10))
            unit /= 10
        }
        out.append(last)
    }
}
