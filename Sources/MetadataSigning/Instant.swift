// SPDX-License-Identifier: Apache-2.0

/// A moment, in whole seconds of UTC. (TUF's Timestamp is a role, so it is not called that.)
public struct Instant: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z.
    public let seconds: Int

    public init(seconds: Int) { self.seconds = seconds }

    /// Reads `YYYY-MM-DDTHH:MM:SSZ`, the one form of TUF and in-toto; `nil` for any other and
    /// for dates that do not exist.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == 0x54,
            bytes[13] == 0x3A, bytes[16] == 0x3A, bytes[19] == 0x5A
        else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...9999).contains(year), (1...12).contains(month), hour < 24, minute < 60,
            second < 60, day >= 1, day <= Instant.days(in: month, of: year)
        else { return nil }
        let days = Instant.daysSinceEpoch(year, month, day)
        self.seconds = days * 86400 + hour * 3600 + minute * 60 + second
    }

    public static func < (left: Instant, right: Instant) -> Bool { left.seconds < right.seconds }

    /// The moment this many seconds later.
    public func adding(seconds: Int) -> Instant { Instant(seconds: self.seconds + seconds) }

    /// The moment this many days later.
    public func adding(days: Int) -> Instant { adding(seconds: days * 86400) }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // Proleptic Gregorian calendar, counted in years that begin on 1 March.
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension Instant: CustomStringConvertible {
    /// `YYYY-MM-DDTHH:MM:SSZ`.
    public var description: String {
        let days = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
        let rest = seconds - days * 86400
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let fields = [
            (year, 4, "-"), (month, 2, "-"), (day, 2, "T"), (rest / 3600, 2, ":"),
            (rest / 60 % 60, 2, ":"), (rest % 60, 2, "Z"),
        ]
        var text = ""
        for (value, width, separator) in fields {
            let digits = String(value)
            for _ in digits.utf8.count..<max(width, digits.utf8.count) { text += "0" }
            text += digits
            text += separator
        }
        return text
    }

    /// The day alone, `YYYY-MM-DD`.
    public var day: String { String(description.prefix(10)) }
}
