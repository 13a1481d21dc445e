// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

/// Bytes and the one error they must give.
struct Refusal: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let error: JSONError

    init(_ text: String, _ error: JSONError) { self.init(Array(text.utf8), error) }

    init(_ bytes: [UInt8], _ error: JSONError) {
        self.bytes = bytes
        self.error = error
    }

    var testDescription: String { quoted(String(decoding: bytes, as: UTF8.self)) }

    func check(limits: JSONLimits = JSONLimits()) {
        #expect(throws: error) { try JSONDocument(bytes, limits: limits) }
    }
}

/// Bytes that stand between quotes.
private func string(_ bytes: UInt8...) -> [UInt8] { [0x22] + bytes + [0x22] }

@Suite("RFC 8259, strictly: what is refused, and where")
struct RefusalTests {
    @Test(
        "a document that ends too early",
        arguments: [
            "", " ", "{", "[", "\"", "\"a", "\"\\", "\"\\u", "\"\\u12", "\"\\ud800\\u00",
            "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "[1", "[1,", "t", "fals", "nul",
            "[[]", "{\"a\":{}", "[1 ", "{\"a\" ",
        ])
    func truncated(_ text: String) { Refusal(text, .truncated).check() }

    /// TUF 1.0.34 §4.1: nothing stands after the document
    @Test(
        "data after the value",
        arguments: [
            Refusal("{}{}", .trailingData(offset: 2)), Refusal("1 2", .trailingData(offset: 2)),
            Refusal("null\n\0", .trailingData(offset: 5)),
            Refusal("[],", .trailingData(offset: 2)),
            Refusal("\"a\"\"", .trailingData(offset: 3)),
            Refusal("truex", .trailingData(offset: 4)),
            Refusal("12a", .trailingData(offset: 2)), Refusal("1-2", .trailingData(offset: 1)),
            Refusal("[1]\u{A0}", .trailingData(offset: 3)),
            Refusal("{}//", .trailingData(offset: 2)),
        ])
    func trailing(_ refusal: Refusal) { refusal.check() }

    @Test(
        "a byte that cannot stand there",
        arguments: [
            Refusal("x", .unexpected(byte: 0x78, offset: 0)),
            Refusal("\0{}", .unexpected(byte: 0, offset: 0)),
            Refusal("'a'", .unexpected(byte: 0x27, offset: 0)),
            Refusal("[1,]", .unexpected(byte: 0x5D, offset: 3)),
            Refusal("[,1]", .unexpected(byte: 0x2C, offset: 1)),
            Refusal("[1 2]", .unexpected(byte: 0x32, offset: 3)),
            Refusal("[1}", .unexpected(byte: 0x7D, offset: 2)),
            Refusal("{\"a\":1,}", .unexpected(byte: 0x7D, offset: 7)),
            Refusal("{,}", .unexpected(byte: 0x2C, offset: 1)),
            Refusal("{1:2}", .unexpected(byte: 0x31, offset: 1)),
            Refusal("{a:1}", .unexpected(byte: 0x61, offset: 1)),
            Refusal("{\"a\" 1}", .unexpected(byte: 0x31, offset: 5)),
            Refusal("{\"a\",1}", .unexpected(byte: 0x2C, offset: 4)),
            Refusal("{\"a\":}", .unexpected(byte: 0x7D, offset: 5)),
            Refusal("{\"a\":1 \"b\":2}", .unexpected(byte: 0x22, offset: 7)),
            Refusal("{\"a\":1]", .unexpected(byte: 0x5D, offset: 6)),
            Refusal("nulL", .unexpected(byte: 0x4C, offset: 3)),
            Refusal("True", .unexpected(byte: 0x54, offset: 0)),
            Refusal("NaN", .unexpected(byte: 0x4E, offset: 0)),
            Refusal("Infinity", .unexpected(byte: 0x49, offset: 0)),
            Refusal("+1", .unexpected(byte: 0x2B, offset: 0)),
            Refusal(".5", .unexpected(byte: 0x2E, offset: 0)),
            Refusal("[0x10]", .unexpected(byte: 0x78, offset: 2)),
            Refusal("[/**/]", .unexpected(byte: 0x2F, offset: 1)),
            Refusal("\u{0B}1", .unexpected(byte: 0x0B, offset: 0)),
            Refusal("\u{A0}1", .unexpected(byte: 0xC2, offset: 0)),
            Refusal([0xFE, 0xFF, 0, 0x31], .unexpected(byte: 0xFE, offset: 0)),
        ])
    func unexpected(_ refusal: Refusal) { refusal.check() }

    @Test("a byte order mark, alone and before a document", arguments: ["", "{}", " 1"])
    func byteOrderMark(_ text: String) { Refusal("\u{FEFF}" + text, .byteOrderMark).check() }

    /// TUF 1.0.34 §4.1: no fractions
    @Test(
        "numbers that are no integers of canonical JSON",
        arguments: [
            Refusal("1.0", .fraction(offset: 0)), Refusal("[0.5]", .fraction(offset: 1)),
            Refusal("1.", .fraction(offset: 0)), Refusal("1e3", .fraction(offset: 0)),
            Refusal("1E3", .fraction(offset: 0)), Refusal("-0e0", .fraction(offset: 0)),
            Refusal("[-1e400]", .fraction(offset: 1)), Refusal("0.", .fraction(offset: 0)),
            Refusal("01", .malformedNumber(offset: 0)),
            Refusal("[-01]", .malformedNumber(offset: 1)),
            Refusal("00", .malformedNumber(offset: 0)),
            Refusal("[-]", .malformedNumber(offset: 1)),
            Refusal("--1", .malformedNumber(offset: 0)),
            Refusal("-a", .malformedNumber(offset: 0)),
            Refusal("-Infinity", .malformedNumber(offset: 0)),
            Refusal(String(repeating: "9", count: 4301), .malformedNumber(offset: 0)),
        ])
    func numbers(_ refusal: Refusal) { refusal.check() }

    @Test("every raw control character in a string, and none above", arguments: 0..<0x21)
    func controlCharacters(_ byte: Int) throws {
        let bytes = string(0x61, UInt8(byte))
        if byte < 0x20 {
            Refusal(bytes, .controlCharacter(offset: 2)).check()
            Refusal([0x7B] + bytes + [0x3A, 0x31, 0x7D], .controlCharacter(offset: 3)).check()
        } else {
            #expect(try JSONDocument(bytes).root.text() == "a ")
        }
    }

    @Test(
        "escapes that JSON does not have",
        arguments: [
            Refusal(#""\a""#, .invalidEscape(offset: 1)),
            Refusal(#""x\'""#, .invalidEscape(offset: 2)),
            Refusal(#""\x41""#, .invalidEscape(offset: 1)),
            Refusal(#""\U0041""#, .invalidEscape(offset: 1)),
            Refusal(#""\u004g""#, .invalidEscape(offset: 1)),
            Refusal(#""\u 041""#, .invalidEscape(offset: 1)),
            Refusal(#""\u+041""#, .invalidEscape(offset: 1)),
            Refusal(#""\u-041""#, .invalidEscape(offset: 1)),
            Refusal(#""\u{41}""#, .invalidEscape(offset: 1)),
            Refusal(#""\ud83d\u00zz""#, .invalidEscape(offset: 7)),
            Refusal("\"\\\n\"", .invalidEscape(offset: 1)),
            Refusal("\"\\\0\"", .invalidEscape(offset: 1)),
        ])
    func escapes(_ refusal: Refusal) { refusal.check() }

    @Test(
        "half a surrogate pair in any shape",
        arguments: [
            Refusal(#""\ud800""#, .loneSurrogate(offset: 1)),
            Refusal(#""\uDBFF""#, .loneSurrogate(offset: 1)),
            Refusal(#""\udc00""#, .loneSurrogate(offset: 1)),
            Refusal(#""\uDFFF""#, .loneSurrogate(offset: 1)),
            Refusal(#""ab\ud83dc""#, .loneSurrogate(offset: 3)),
            Refusal(#""\ude00\ud83d""#, .loneSurrogate(offset: 1)),
            Refusal(#""\ud83d\ud83d\ude00""#, .loneSurrogate(offset: 1)),
            Refusal(#""\ud83d\u0041""#, .loneSurrogate(offset: 1)),
            Refusal(#""\ud83d\n""#, .loneSurrogate(offset: 1)),
            Refusal(#""\ud83d\\ude00""#, .loneSurrogate(offset: 1)),
            Refusal(#""\ud83d \ude00""#, .loneSurrogate(offset: 1)),
            Refusal(#""\ud83d\ude00\ude00""#, .loneSurrogate(offset: 13)),
            Refusal(#"{"\udead":1}"#, .loneSurrogate(offset: 2)),
            Refusal(#"{"a":"\uD800"}"#, .loneSurrogate(offset: 6)),
        ])
    func surrogates(_ refusal: Refusal) { refusal.check() }

    /// TUF 1.0.34 §4.1: text is UTF-8
    @Test(
        "bytes that are no UTF-8",
        arguments: [
            string(0x80), string(0xBF), string(0xC3), string(0xC3, 0x28), string(0xFF),
            string(0xFE), string(0xC0, 0x80), string(0xC1, 0xBF), string(0xE0, 0x80, 0x80),
            string(0xE0, 0x9F, 0xBF), string(0xE2, 0x28, 0xA1), string(0xE2, 0x82),
            string(0xE2, 0x82, 0x28), string(0xED, 0xA0, 0x80), string(0xED, 0xBF, 0xBF),
            string(0xF0, 0x80, 0x80, 0x80), string(0xF0, 0x8F, 0xBF, 0xBF),
            string(0xF0, 0x9F, 0x98), string(0xF0, 0x9F, 0x28, 0x80),
            string(0xF0, 0x9F, 0x98, 0x28), string(0xF4, 0x90, 0x80, 0x80),
            string(0xF5, 0x80, 0x80, 0x80), string(0xF8, 0x88, 0x80, 0x80, 0x80),
            [0x22, 0xC3], [0x22, 0xE2, 0x82], [0x22, 0xF0, 0x9F, 0x98],
        ])
    func encoding(_ bytes: [UInt8]) {
        Refusal(bytes, .invalidUTF8(offset: 1)).check()
        Refusal([0x5B] + bytes + [0x5D], .invalidUTF8(offset: 2)).check()
    }

    @Test(
        "the first and last code point of each length are taken",
        arguments: [
            0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF,
        ] as [UInt32])
    func boundaries(_ value: UInt32) throws {
        let character = String(Character(Unicode.Scalar(value)!))
        #expect(try parse("\"\(character)\"").root.text() == UTF8Text(character))
    }
}
