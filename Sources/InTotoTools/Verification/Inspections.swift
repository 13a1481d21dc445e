// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoRecording

/// Runs the inspections of a layout in the current folder, as python's `run_all_inspections` does,
/// and applies their rules.
///
/// Python runs them all before it looks at a rule. Here an inspection does not run once a rule of
/// an earlier one has failed; a rule that needs a later inspection waits for it.
struct Inspections {
    let layout: LayoutDocument
    let timeoutSeconds: Int
    let directory: String
    let log: ToolLog

    /// - Throws: `BadReturnValueError`, `TimeoutExpired`, one of the kinds of `OSError`,
    ///   `FormatError`, and what ``RuleCheck`` throws.
    func verify(_ rules: inout RuleCheck) throws(ToolError) {
        var waiting: [(inspection: InspectionDocument, link: LinkDocument)] = []
        for (index, inspection) in layout.inspections.enumerated() {
            let link = try run(inspection)
            rules.add(inspection.item.name, link)
            waiting.append((inspection, link))
            let later = layout.inspections[(index + 1)...].compactMap(\.item.name.text)
            while let next = waiting.first, !isMatched(next.inspection.item, later) {
                try rules.verify(next.inspection.item, of: next.link)
                waiting.removeFirst()
            }
        }
    }

    /// Whether a rule of the item is about one of these.
    private func isMatched(_ item: ItemDocument, _ names: [UTF8Text]) -> Bool {
        (item.expectedMaterials + item.expectedProducts).contains { tokens in
            tokens.count > 2 && tokens.last.map(names.contains) ?? false
        }
    }

    private func run(_ inspection: InspectionDocument) throws(ToolError) -> LinkDocument {
        let name = inspection.item.name
        log.info("Executing command for inspection '\(name.str)'...")
        let file = "\(name.str).link"
        if ToolFile.escapes(file) {
            throw ToolError(
                .refused,
                "\(quoted(file)): an inspection's name must not lead out of the current folder")
        }
        log.info("Running '\(name.str)'...")
        let materials = try recorded()
        guard !inspection.run.isEmpty else {
            throw ToolError(
                .badReturnValueError, "Got non-int return value 'None' from command '[]'.")
        }
        var words: [String] = []
        for word in inspection.run {
            guard let text = word.text else {
                throw ToolError(.formatError, "expected str, got '\(word.repr)'")
            }
            words.append(text.string)
        }
        log.info("Running command '\(words.joined(separator: " "))'...")
        let status = try QuietCommand(
            words, timeoutSeconds: timeoutSeconds, directory: directory
        ).run()
        let products = try recorded()
        let command = PythonValue.array(inspection.run)
        guard status == 0 else {
            throw ToolError(
                .badReturnValueError,
                "Got non-zero return value '\(status)' from command '\(command.repr)'.")
        }
        let link = Link(
            name: UTF8Text(name.str), materials: materials, products: products,
            command: words.map { UTF8Text($0) },
            byproducts: ["return-value": 0, "stdout": "", "stderr": ""])
        var json = link.json
        json.set("name", try name.canonicalTree())
        try ToolFile.write(
            LinkOutput.metablock(json, signatures: []), to: ToolFile.joined(directory, file))
        return LinkDocument(
            name: name, materials: materials, products: products,
            byproducts: PythonValue(tree: link.byproducts), command: inspection.run)
    }

    private func recorded() throws(ToolError) -> Artifacts {
        do throws(RecordingError) {
            var options = ArtifactRecorder.Options()
            options.basePath = directory
            return try ArtifactRecorder(options).record(["."]).artifacts
        } catch {
            throw ToolError(recording: error)
        }
    }
}
