// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON

/// What python's `str` and `repr` make of values, for messages and file names.
extension PythonValue {
    /// `str(value)`.
    package var str: String {
        switch shape {
        case .string(let text): text.string
        case .brokenString(let words): words
        default: repr
        }
    }

    /// `repr(value)`.
    package var repr: String {
        switch shape {
        case .string(let text): PythonValue.repr(text)
        case .brokenString(let words): "'\(words)'"
        case .integer(let digits), .float(let digits): digits
        case .boolean(let value): value ? "True" : "False"
        case .null: "None"
        case .array(let elements): "[" + elements.map(\.repr).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\($0.key.repr): \($0.value.repr)" }.joined(separator: ", ") + "}"
        case .parsed: ""
        }
    }

    /// `repr` of a string; what is not printable is escaped.
    package static func repr(_ text: UTF8Text) -> String {
        let quote: Unicode.Scalar =
            text.utf8.contains(UInt8(ascii: "'")) && !text.utf8.contains(UInt8(ascii: "\""))
            ? "\"" : "'"
        var result = String(quote)
        for scalar in text.string.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case quote: result += "\\\(quote)"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if isPrintable(scalar) {
                    result.unicodeScalars.append(scalar)
                } else {
                    result += escaped(scalar)
                }
            }
        }
        return result + String(quote)
    }

    /// `repr` of a list of strings.
    package static func repr(_ texts: [UTF8Text]) -> String {
        "[" + texts.map { repr($0) }.joined(separator: ", ") + "]"
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == " " { return true }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator,
            .surrogate, .privateUse, .unassigned:
            false
        default: true
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        func padded(_ letter: String, _ width: Int) -> String {
            "\\\(letter)" + String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return switch scalar.value {
        case ..<0x100: padded("x", 2)
        case ..<0x10000: padded("u", 4)
        default: padded("U", 8)
        }
    }
}
