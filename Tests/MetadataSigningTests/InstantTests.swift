// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Testing

@Suite("Moments: YYYY-MM-DDTHH:MM:SSZ")
struct InstantTests {
    @Test(
        "known moments, both ways",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59Z", -1),
            ("2000-01-01T00:00:00Z", 946_684_800), ("2000-02-29T12:34:56Z", 951_827_696),
            ("2001-09-09T01:46:40Z", 1_000_000_000), ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("2030-08-15T14:30:45Z", 1_913_034_645), ("2038-01-19T03:14:08Z", 2_147_483_648),
            ("2100-03-01T00:00:00Z", 4_107_542_400), ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("0001-01-01T00:00:00Z", -62_135_596_800), ("1600-02-29T00:00:00Z", -11_670_998_400),
        ])
    func known(text: String, seconds: Int) throws {
        let instant = try #require(Instant(text))
        #expect(instant.seconds == seconds)
        #expect(Instant(seconds: seconds).description == text)
        #expect(instant.day == String(text.prefix(10)))
    }

    /// TUF 1.0.34 §4.2.3: a date exists
    @Test(
        "dates that do not exist, and times",
        arguments: [
            "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
            "2024-02-30T00:00:00Z", "2024-04-31T00:00:00Z", "2024-06-31T00:00:00Z",
            "2024-09-31T00:00:00Z", "2024-11-31T00:00:00Z", "2024-01-32T00:00:00Z",
            "2024-00-10T00:00:00Z", "2024-13-10T00:00:00Z", "2024-01-00T00:00:00Z",
            "0000-01-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:60Z", "2016-12-31T23:59:60Z",
        ])
    func impossible(_ text: String) { #expect(Instant(text) == nil) }

    /// TUF 1.0.34 §4.2.3: no other form is read
    @Test(
        "other ways to write a moment",
        arguments: [
            "", "2030-01-01", "2030-01-01T00:00:00", "2030-01-01T00:00:00z",
            "2030-01-01t00:00:00Z", "2030-01-01 00:00:00Z", "2030-01-01T00:00:00+00:00",
            "2030-01-01T00:00:00.0Z", "2030-1-1T00:00:00Z", "2030-01-01T00:00Z",
            "20300101T000000Z", "+030-01-01T00:00:00Z", "-030-01-01T00:00:00Z",
            "12030-01-01T00:00:00Z", " 2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z ",
            "2030-01-01T00:00:00Z\n", "2030-01-01T00:00:00Z\0", "2030/01/01T00:00:00Z",
            "2030-01-01T0:00:000Z", "2030-01-01T00:00: 0Z", "203a-01-01T00:00:00Z",
            "２０３０-01-01T00:00:00Z", "2030-01-01T00:00:0\u{662}Z", "never",
        ])
    func otherForms(_ text: String) { #expect(Instant(text) == nil) }

    @Test("every day of 400 years follows the day before it, and reads back")
    func everyDay() throws {
        var expected = (year: 1900, month: 1, day: 1)
        let first = try #require(Instant("1900-01-01T06:07:08Z"))
        for days in 0..<146_097 {
            let instant = first.adding(days: days)
            let text = instant.description
            #expect(Instant(text) == instant)
            let numbers = text.prefix(10).split(separator: "-").compactMap { Int($0) }
            #expect(numbers == [expected.year, expected.month, expected.day])
            expected.day += 1
            if expected.day > length(of: expected.month, expected.year) {
                expected = (expected.year, expected.month + 1, 1)
            }
            if expected.month > 12 { expected = (expected.year + 1, 1, 1) }
        }
        #expect(expected == (2300, 1, 1))
    }

    private func length(of month: Int, _ year: Int) -> Int {
        let isLeap = year.isMultiple(of: 4) && !year.isMultiple(of: 100) || year.isMultiple(of: 400)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    @Test("moments are ordered and moved by seconds")
    func order() throws {
        let new = try #require(Instant("2030-01-01T00:00:00Z"))
        let old = try #require(Instant("2029-12-31T23:59:59Z"))
        #expect(old < new)
        #expect(!(new < old))
        #expect(old.adding(seconds: 1) == new)
        #expect(new.adding(days: -1).description == "2029-12-31T00:00:00Z")
    }
}
