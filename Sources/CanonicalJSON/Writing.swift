// SPDX-License-Identifier: Apache-2.0

extension JSON {
    /// How white space and strings are written.
    package enum Form: Sendable {
        /// OLPC canonical JSON, which is not always JSON.
        case canonical
        /// Valid JSON without white space.
        case compact
        /// Valid JSON, a member a line, one space deeper for each level.
        case indented
    }

    /// OLPC canonical JSON: the bytes that are signed. Control characters stand raw in it, so
    /// it is not always JSON; a file is written with ``compactBytes()``.
    public func canonicalBytes() -> [UInt8] {
        var output: [UInt8] = []
        write(.canonical, 0, to: &output)
        return output
    }

    /// Valid JSON with sorted keys and no white space; equal to the canonical form unless a
    /// string holds a control character.
    public func compactBytes() -> [UInt8] {
        var output: [UInt8] = []
        write(.compact, 0, to: &output)
        return output
    }

    /// Valid JSON with sorted keys, one member a line, for files that people read in a diff.
    public func indentedBytes() -> [UInt8] {
        var output: [UInt8] = []
        write(.indented, 0, to: &output)
        output.append(UInt8(ascii: "\n"))
        return output
    }

    /// Adds this value to a text.
    ///
    /// - Parameter depth: how many containers it is in.
    package func write(_ form: Form, _ depth: Int, to output: inout [UInt8]) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .boolean(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let digits): output.append(contentsOf: (digits == "-0" ? "0" : digits).utf8)
        case .string(let text): JSON.append(text, form, to: &output)
        case .array(let elements):
            JSON.list(elements, "[", "]", form, depth, to: &output) {
                $0.write(form, depth + 1, to: &$1)
            }
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            JSON.list(sorted, "{", "}", form, depth, to: &output) { member, output in
                JSON.append(member.key, form, to: &output)
                output.append(contentsOf: (form == .indented ? ": " : ":").utf8)
                member.value.write(form, depth + 1, to: &output)
            }
        }
    }

    private static func list<Element>(
        _ elements: [Element], _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ form: Form,
        _ depth: Int, to output: inout [UInt8], _ write: (Element, inout [UInt8]) -> Void
    ) {
        output.append(UInt8(ascii: open))
        for (position, element) in elements.enumerated() {
            if position > 0 { output.append(UInt8(ascii: ",")) }
            breakLine(form, depth + 1, &output)
            write(element, &output)
        }
        if !elements.isEmpty { breakLine(form, depth, &output) }
        output.append(UInt8(ascii: close))
    }

    /// Begins a line inside so many containers, in the form that has lines.
    package static func breakLine(_ form: Form, _ depth: Int, _ output: inout [UInt8]) {
        guard form == .indented else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth))
    }

    private static func append(_ text: UTF8Text, _ form: Form, to output: inout [UInt8]) {
        text.withBytes { append($0, form, to: &output) }
    }

    /// Adds a string, with its quotes.
    package static func append(
        _ bytes: UnsafeBufferPointer<UInt8>, _ form: Form, to output: inout [UInt8]
    ) {
        // Nearly all strings are plain, and are then the same in all forms.
        let isPlain = bytes.allSatisfy {
            $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if isPlain {
            output.append(UInt8(ascii: "\""))
            output.append(contentsOf: bytes)
            output.append(UInt8(ascii: "\""))
        } else if form == .canonical {
            appendCanonical(bytes, to: &output)
        } else {
            appendEscaped(bytes, to: &output)
        }
    }

    static func appendCanonical(_ bytes: some Sequence<UInt8>, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in bytes {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                output.append(UInt8(ascii: "\\"))
            }
            output.append(byte)
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func appendEscaped(_ bytes: some Sequence<UInt8>, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case UInt8(ascii: "\n"): output.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): output.append(contentsOf: "\\r".utf8)
            case UInt8(ascii: "\t"): output.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                output.append(contentsOf: "\\u\(digits.count == 1 ? "000" : "00")\(digits)".utf8)
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
