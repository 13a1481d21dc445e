// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Values for the `{name}` in a layout's rules and commands: python's `substitution_parameters`.
///
/// Of `str.format` only `{name}` and doubled braces are taken; other forms, which reach into the
/// values or pad them, are refused.
package struct FormatParameters: Sendable {
    private let values: [String: String]

    /// - Parameter values: of two alike the last counts.
    /// - Throws: `FormatError` for a name of other characters than `a-zA-Z0-9_-`.
    package init(_ values: [(name: String, value: String)]) throws(ToolError) {
        var checked: [String: String] = [:]
        for (name, value) in values {
            let isName = name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                    || (0x61...0x7A).contains(byte) || byte == 0x5F || byte == 0x2D
            }
            guard isName, !name.isEmpty else {
                throw ToolError(.formatError, "expected 'a-zA-Z0-9_-', got '\(name)'")
            }
            checked[name] = value
        }
        self.values = checked
    }

    /// Fills a layout in, as python does: steps first, rules before the command.
    ///
    /// - Throws: `KeyError`, `IndexError`, `ValueError`, `AttributeError`, `Refused`.
    func apply(to layout: inout LayoutDocument) throws(ToolError) {
        for index in layout.steps.indices {
            try apply(to: &layout.steps[index].item)
            layout.steps[index].expectedCommand =
                try formatted(layout.steps[index].expectedCommand)
        }
        for index in layout.inspections.indices {
            try apply(to: &layout.inspections[index].item)
            layout.inspections[index].run = try formatted(layout.inspections[index].run)
        }
    }

    private func apply(to item: inout ItemDocument) throws(ToolError) {
        item.expectedMaterials = try formatted(item.expectedMaterials)
        item.expectedProducts = try formatted(item.expectedProducts)
    }

    private func formatted(_ rules: [[UTF8Text]]) throws(ToolError) -> [[UTF8Text]] {
        var result: [[UTF8Text]] = []
        for rule in rules {
            var tokens: [UTF8Text] = []
            for token in rule { tokens.append(try formatted(token)) }
            result.append(tokens)
        }
        return result
    }

    private func formatted(_ words: [PythonValue]) throws(ToolError) -> [PythonValue] {
        var result: [PythonValue] = []
        for word in words {
            guard let text = word.text else {
                throw ToolError(.attributeError, "object has no attribute 'format'")
            }
            result.append(.string(try formatted(text)))
        }
        return result
    }

    private func formatted(_ text: UTF8Text) throws(ToolError) -> UTF8Text {
        let (open, close) = (UInt8(ascii: "{"), UInt8(ascii: "}"))
        let input = Array(text.utf8)
        var output: [UInt8] = []
        var index = 0
        while index < input.count {
            let byte = input[index]
            guard byte == open || byte == close else {
                output.append(byte)
                index += 1
                continue
            }
            if index + 1 < input.count, input[index + 1] == byte {
                output.append(byte)
                index += 2
                continue
            }
            guard byte == open else {
                throw ToolError(.valueError, "Single '}' encountered in format string")
            }
            guard let end = input[index...].firstIndex(of: close) else {
                throw ToolError(.valueError, "expected '}' before end of string")
            }
            let name = String(decoding: input[index + 1..<end], as: UTF8.self)
            output.append(contentsOf: try value(name).utf8)
            index = end + 1
        }
        return UTF8Text(String(decoding: output, as: UTF8.self))
    }

    private func value(_ name: String) throws(ToolError) -> String {
        if name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            throw ToolError(.indexError, "Replacement index \(name) out of range")
        }
        if name.utf8.contains(where: { ".[!:{".utf8.contains($0) }) {
            throw ToolError(
                .refused, "{\(name)}: of python's format strings only {name} is filled in")
        }
        guard let value = values[name] else { throw ToolError(.keyError, "'\(name)'") }
        return value
    }
}
