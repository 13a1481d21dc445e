// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Words and text from outside, as they stand in sentences.
///
/// Two different texts never look the same: what is cut ends with its length and digest.
enum ChangeText {
    /// Code points of a text that are shown.
    private static let shownLength = 120

    /// A name: bare if it is made of harmless ASCII, otherwise in quotes.
    static func name(_ text: UTF8Text) -> String {
        let isPlain = text.utf8.allSatisfy(isPlain)
        return isPlain && (1...shownLength).contains(text.count) ? text.string : quote(text)
    }

    /// A text in quotes.
    static func quote(_ text: UTF8Text) -> String {
        let isCut = text.string.unicodeScalars.count > shownLength
        return isCut ? "\(quoted(text)) (\(measure(Array(text.utf8))))" : quoted(text)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "._-@/+*?[]{}~=:".utf8.contains(byte)
        }
    }

    /// A value of any kind.
    static func value(_ value: JSON) -> String {
        if case .string(let text) = value { return quote(text) }
        let bytes = value.compactBytes()
        var result = ""
        var count = 0
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if count == 200 { return "\(result)… (\(measure(bytes)))" }
            count += 1
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
                .unassigned:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func measure(_ bytes: [UInt8]) -> String {
        "\(count(bytes.count)) bytes, sha256 \(DigestAlgorithm.sha256.hexDigest(of: bytes))"
    }

    /// `1,204`.
    static func count(_ number: Int) -> String {
        let digits = Array(String(number.magnitude).utf8)
        var grouped: [UInt8] = number < 0 ? [UInt8(ascii: "-")] : []
        for (offset, digit) in digits.enumerated() {
            if offset > 0, (digits.count - offset).isMultiple(of: 3) {
                grouped.append(UInt8(ascii: ","))
            }
            grouped.append(digit)
        }
        return String(decoding: grouped, as: UTF8.self)
    }

    /// `1 file`, `1,204 files`.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `a, b and c`; `a, b and 1,202 more` if there are more than fit.
    ///
    /// A list that is cut ends with a digest of all of it, so that no two lists look the same.
    static func list(_ texts: [UTF8Text], atMost limit: Int = 12, or none: String = "nothing")
        -> String
    {
        guard texts.count > limit else { return joined(texts.map(name), or: none) }
        let all = JSON.array(texts.map(JSON.string)).compactBytes()
        let digest = DigestAlgorithm.sha256.hexDigest(of: all)
        return texts.prefix(limit).map(name).joined(separator: ", ")
            + " and \(count(texts.count - limit)) more (sha256 of the list \(digest))"
    }

    /// `a, b and c`.
    static func joined(_ words: [String], or none: String = "nothing") -> String {
        guard let last = words.last else { return none }
        return words.count == 1
            ? last : words.dropLast().joined(separator: ", ") + " and " + last
    }

    /// A digest of the older state, short: it is there to be recognised, not to be compared.
    static func short(_ digest: String) -> String {
        digest.utf8.count > 16 ? "\(digest.prefix(16))…" : digest
    }
}
