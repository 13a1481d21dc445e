// SPDX-License-Identifier: Apache-2.0

/// Text between two tags; `nil` if XML has no way to say it.
package func xmlText(_ text: String) -> String? {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\t", "\n", "\r": result += "&#\(scalar.value);"
        case "\u{0}"..."\u{1f}", "\u{fffe}", "\u{ffff}": return nil
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
