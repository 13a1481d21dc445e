// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON

/// Bytes as python's `json.dumps(…, sort_keys=True)` writes them, ASCII alone.
package enum PythonDump {
    /// `indent=1, separators=(",", ": ")`: how a Metablock is written.
    package static func indented(_ value: JSON) -> [UInt8] {
        var output: [UInt8] = []
        write(value, depth: 0, to: &output)
        return output
    }

    /// `separators=(", ", ": ")`: how a DSSE envelope and its payload are written.
    package static func plain(_ value: JSON) -> [UInt8] {
        var output: [UInt8] = []
        write(value, depth: nil, to: &output)
        return output
    }

    private static func write(_ value: JSON, depth: Int?, to output: inout [UInt8]) {
        switch value {
        case .null: output += "null".utf8
        case .boolean(let value): output += (value ? "true" : "false").utf8
        case .integer(let digits): output += digits.utf8
        case .string(let text): write(text, to: &output)
        case .array(let elements):
            list(elements, "[]", depth, &output) { write($0, depth: $1, to: &$2) }
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            list(sorted, "{}", depth, &output) { member, depth, output in
                write(member.key, to: &output)
                output += ": ".utf8
                write(member.value, depth: depth, to: &output)
            }
        }
    }

    private static func list<Element>(
        _ elements: [Element], _ brackets: StaticString, _ depth: Int?, _ output: inout [UInt8],
        _ write: (Element, Int?, inout [UInt8]) -> Void
    ) {
        output.append(brackets.utf8Start[0])
        for (position, element) in elements.enumerated() {
            if position > 0 { output.append(UInt8(ascii: ",")) }
            if let depth {
                breakLine(depth + 1, &output)
            } else if position > 0 {
                output.append(UInt8(ascii: " "))
            }
            write(element, depth.map { $0 + 1 }, &output)
        }
        if let depth, !elements.isEmpty { breakLine(depth, &output) }
        output.append(brackets.utf8Start[1])
    }

    private static func breakLine(_ depth: Int, _ output: inout [UInt8]) {
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth))
    }

    private static func write(_ text: UTF8Text, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for scalar in text.string.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\"".utf8
            case "\\": output += "\\\\".utf8
            case "\n": output += "\\n".utf8
            case "\r": output += "\\r".utf8
            case "\t": output += "\\t".utf8
            case "\u{8}": output += "\\b".utf8
            case "\u{C}": output += "\\f".utf8
            case " "..."~": output.append(UInt8(ascii: scalar))
            default:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    output += "\\u".utf8
                    output += repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count)
                    output += digits.utf8
                }
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
