// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Hexadecimal digits, base64 and moments, as text and as what is written.
func fuzzTexts(_ input: [UInt8]) {
    let text = input.repaired
    checkHexadecimal(input, text)
    checkBase64(input, text)
    checkMoment(input, text)
    let shown = quoted(text)
    requireOneLine(shown)
    require(shown.unicodeScalars.count <= 2 + 1 + 120 * 10, "what is quoted is cut")
    require(shown.utf8.first == 0x22, "and has quotes")
}

private func checkHexadecimal(_ input: [UInt8], _ text: String) {
    let isHex = input.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    require(input.withUnsafeBufferPointer(isLowerCaseHex) == isHex, "eight digits at once")
    require(bytes(fromHex: hex(input)) == input, "hexadecimal digits lose nothing")
    let isDigit = { (byte: UInt8) in "0123456789abcdefABCDEF".utf8.contains(byte) }
    let isText = text.utf8.allSatisfy(isDigit) && text.utf8.count % 2 == 0
    let isLower = isText && !text.utf8.contains { (0x41...0x46).contains($0) }
    require(
        (bytes(fromHex: text, lowerCaseOnly: false) != nil) == isText, "an even number of digits")
    let strict = bytes(fromHex: text)
    require((strict != nil) == isLower, "in lower case")
    if let strict { require(hex(strict).utf8.elementsEqual(text.utf8), "one text for some bytes") }
}

private func checkBase64(_ input: [UInt8], _ text: String) {
    let encoded = base64(input)
    require(bytes(fromBase64: encoded) == input, "base64 loses nothing")
    let urlSafe = encoded.utf8.map { $0 == 0x2B ? 0x2D : $0 == 0x2F ? 0x5F : $0 }
    require(bytes(fromBase64: urlSafe.repaired) == input, "nor does its form for URLs")
    let reference = decodedSlowly(Array(text.utf8))
    require(bytes(fromBase64: text) == reference, "base64 is read as the reference does")
}

/// Bit by bit; `nil` if malformed. Padding may be left out, but stands at the end only.
private func decodedSlowly(_ text: [UInt8]) -> [UInt8]? {
    var digits = text[...]
    while digits.last == UInt8(ascii: "=") { digits.removeLast() }
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var bits: [UInt8] = []
    for digit in digits {
        let usual = digit == 0x2D ? 0x2B : digit == 0x5F ? 0x2F : digit
        guard let value = alphabet.firstIndex(of: usual) else { return nil }
        for bit in 0..<6 { bits.append(UInt8(value >> (5 - bit) & 1)) }
    }
    guard digits.count % 4 != 1 else { return nil }
    return stride(from: 0, to: bits.count / 8 * 8, by: 8).map { start in
        bits[start..<start + 8].reduce(0) { $0 << 1 | $1 }
    }
}

private func checkMoment(_ input: [UInt8], _ text: String) {
    let moment = Instant(text)
    require(moment?.seconds == secondsSlowly(Array(text.utf8)), "a moment is counted right")
    if let moment {
        require("\(moment)".utf8.elementsEqual(text.utf8), "and written as it was read")
    }
    // 0001-01-01 to 9999-12-31, by what the first bytes say.
    let offset = input.prefix(6).reduce(0) { $0 << 8 | Int($1) } % 315_537_897_600
    let other = Instant(seconds: offset - 62_135_596_800)
    require(Instant("\(other)") == other, "every moment of a year of four digits is read again")
    require(other.adding(days: 1) > other, "a day later is later")
}

/// Counts days one year and one month at a time.
private func secondsSlowly(_ text: [UInt8]) -> Int? {
    let form = Array("dddd-dd-ddTdd:dd:ddZ".utf8)
    guard text.count == form.count else { return nil }
    var numbers: [Int] = [0]
    for (byte, expected) in zip(text, form) {
        if expected == UInt8(ascii: "d") {
            guard let digit = Int([byte].repaired), byte != UInt8(ascii: "-") else { return nil }
            numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + digit
        } else {
            guard byte == expected else { return nil }
            numbers.append(0)
        }
    }
    let (year, month, day) = (numbers[0], numbers[1], numbers[2])
    func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
    func months(_ year: Int) -> [Int] {
        [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    }
    guard year >= 1, (1...12).contains(month), (1...months(year)[month - 1]).contains(day),
        numbers[3] < 24, numbers[4] < 60, numbers[5] < 60
    else { return nil }
    var days = -719_162
    for past in 1..<year { days += isLeap(past) ? 366 : 365 }
    days += months(year).prefix(month - 1).reduce(0, +) + day - 1
    return days * 86400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5]
}
