// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import InTotoMetadata

/// Values for the `{name}` in a layout's rules and commands (in-toto 1.0 has no clause for it;
/// Python's `substitution_parameters`).
///
/// Of Python's `str.format` only `{name}` and doubled braces are taken. Values are limited to
/// letters, digits and `._+-`, so that none of them can be a pattern or a path.
package struct Parameters: Sendable {
    private let values: [UTF8Text: UTF8Text]

    /// - Throws: ``SupplyChainError/parameter(_:)``: `.name`, `.value`.
    package init(_ values: [String: String]) throws(SupplyChainError) {
        var checked: [UTF8Text: UTF8Text] = [:]
        let sorted = values.map { (UTF8Text($0.key), UTF8Text($0.value)) }.sorted { $0.0 < $1.0 }
        for (name, value) in sorted {
            guard Parameters.isName(Array(name.utf8)[...]) else { throw .parameter(.name(name)) }
            guard !value.isEmpty, value.utf8.allSatisfy({ isWord($0) || ".+-".utf8.contains($0) })
            else { throw .parameter(.value(name: name, value)) }
            checked[name] = value
        }
        self.values = checked
    }

    /// The layout with its parameters filled in; as it is if there are none, braces and all.
    ///
    /// - Throws: ``SupplyChainError/parameter(_:)``: `.missing`, `.syntax`.
    package func applied(to layout: Layout) throws(SupplyChainError) -> Layout {
        guard !values.isEmpty else { return layout }
        var steps: [Step] = []
        for step in layout.steps {
            steps.append(
                Step(
                    name: step.name, pubkeys: step.pubkeys, threshold: step.threshold,
                    expectedCommand: try rendered(step.expectedCommand),
                    expectedMaterials: try rendered(step.expectedMaterials),
                    expectedProducts: try rendered(step.expectedProducts)))
        }
        var inspections: [Inspection] = []
        for inspection in layout.inspections {
            inspections.append(
                Inspection(
                    name: inspection.name, run: try rendered(inspection.run),
                    expectedMaterials: try rendered(inspection.expectedMaterials),
                    expectedProducts: try rendered(inspection.expectedProducts)))
        }
        return Layout(
            expires: layout.expires, keys: layout.keys, steps: steps, inspections: inspections,
            readme: layout.readme)
    }

    private func rendered(_ rules: [ArtifactRule]) throws(SupplyChainError) -> [ArtifactRule] {
        var result: [ArtifactRule] = []
        for rule in rules {
            guard let rule = ArtifactRule(tokens: try rendered(rule.tokens)) else {
                throw .parameter(.syntax(UTF8Text(rule.description)))
            }
            result.append(rule)
        }
        return result
    }

    private func rendered(_ texts: [UTF8Text]) throws(SupplyChainError) -> [UTF8Text] {
        var result: [UTF8Text] = []
        for text in texts { result.append(try rendered(text)) }
        return result
    }

    /// One text with its parameters filled in.
    package func rendered(_ text: UTF8Text) throws(SupplyChainError) -> UTF8Text {
        let open = UInt8(ascii: "{")
        let close = UInt8(ascii: "}")
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
            guard byte == open, let end = input[index...].firstIndex(of: close),
                Parameters.isName(input[index + 1..<end]),
                let name = UTF8Text(validating: input[index + 1..<end])
            else { throw .parameter(.syntax(text)) }
            guard let value = values[name] else { throw .parameter(.missing(name, in: text)) }
            output.append(contentsOf: value.utf8)
            index = end + 1
        }
        return UTF8Text(String(decoding: output, as: UTF8.self))
    }

    /// Digits alone are a position in Python, never a name.
    private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") }
            && bytes.contains { !(0x30...0x39).contains($0) }
    }
}

private func isWord(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
}
