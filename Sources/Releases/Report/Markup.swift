// SPDX-License-Identifier: Apache-2.0

/// A piece of HTML or SVG. Only literals are markup: text that is put into one is escaped, and
/// there is no other way to make one.
struct Markup: ExpressibleByStringInterpolation {
    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var source = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            source.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: StaticString) { source += literal.description }

        mutating func appendInterpolation(_ text: String, maximum: Int = 200) {
            source += Markup.escaped(text, maximum: maximum)
        }

        mutating func appendInterpolation(_ number: Int) { source += String(number) }

        mutating func appendInterpolation(_ markup: Markup) { source += markup.source }

        mutating func appendInterpolation(_ pieces: [Markup]) {
            for piece in pieces { source += piece.source }
        }
    }

    /// What stands in the file.
    let source: String

    init(stringLiteral value: StaticString) { source = value.description }

    init(stringInterpolation: StringInterpolation) { source = stringInterpolation.source }

    /// Text from anybody, harmless in content and in quoted attributes, and cut: what is invisible
    /// or turns the reading direction is written out, and so is a pile of combining marks.
    static func escaped(_ text: String, maximum: Int) -> String {
        var result = ""
        var count = 0
        var marks = 0
        for scalar in text.unicodeScalars {
            if count == maximum {
                result += "…"
                break
            }
            count += 1
            let isMark = scalar.properties.generalCategory.isMark
            marks = isMark ? marks + 1 : 0
            if scalar.properties.generalCategory.isHidden || marks > 2 || scalar.isBlank {
                result += "\\u{\(String(scalar.value, radix: 16))}"
                continue
            }
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isMark: Bool {
        self == .nonspacingMark || self == .spacingMark || self == .enclosingMark
    }

    /// What is not seen, or changes how its surroundings are.
    fileprivate var isHidden: Bool {
        switch self {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
            .unassigned:
            true
        default: false
        }
    }
}

extension Unicode.Scalar {
    /// White space that is not the usual one, and letters that look like it.
    fileprivate var isBlank: Bool {
        if self == " " { return false }
        return properties.isWhitespace || [0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800].contains(value)
    }
}
