// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoRecording

/// Records a step and writes its link as python's `in_toto_run` does.
struct StepLink {
    struct Options {
        let name: String
        var materials: [String]?
        var products: [String]?
        var artifacts = ToolRecorder.Options()
        /// Show and keep what the command writes; otherwise it is dropped.
        var recordsStreams = false
        var timeoutSeconds = 10
        var asEnvelope = false
        /// Folder of the link; the current one if `nil`.
        var directory: String?

        init(name: String) { self.name = name }
    }

    private let options: Options
    private let log: ToolLog

    init(_ options: Options, log: ToolLog) {
        self.options = options
        self.log = log
    }

    /// - Parameters:
    ///   - command: empty for none.
    ///   - signer: `nil` for a link that is not signed, whose file is `<name>.link`.
    /// - Returns: what the command returned; for a killed one the negative number of the signal.
    /// - Throws: ``ToolError``; no link is left then.
    func run(_ command: [String], _ signer: ToolSigner?) throws(ToolError) -> Int {
        log.info("Running '\(options.name)'...")
        let recorder = ToolRecorder(options.artifacts, log: log)
        if let paths = options.materials {
            log.info("Recording materials '\(paths.joined(separator: ", "))'...")
        }
        let materials = try recorder.record(options.materials)
        let byproducts = try byproducts(of: command)
        if let paths = options.products {
            log.info("Recording products '\(paths.joined(separator: ", "))'...")
        }
        let products = try recorder.record(options.products, known: materials.known)
        log.info("Creating link metadata...")
        let link = Link(
            name: UTF8Text(options.name), materials: materials.artifacts,
            products: products.artifacts, command: command.map { UTF8Text($0) },
            byproducts: byproducts)
        let (bytes, keyID) = try LinkOutput.file(
            link.json, asEnvelope: options.asEnvelope, signer: signer)
        let name =
            keyID.map { LinkFiles.name(step: .string(UTF8Text(options.name)), keyID: $0) }
            ?? "\(options.name).link"
        let path = try StepLink.path(name, in: options.directory)
        log.info("Storing link metadata to '\(path)'...")
        try ToolFile.write(bytes, to: path)
        return byproducts["return-value"]?.integer ?? 0
    }

    /// - Throws: `Refused` for a name that leads out of the folder.
    static func path(_ name: String, in directory: String?) throws(ToolError) -> String {
        if ToolFile.escapes(name) {
            throw ToolError(
                .refused, "\(quoted(name)): a step's name must not lead out of the folder of links")
        }
        return directory.map { ToolFile.joined($0, name) } ?? name
    }

    private func byproducts(of command: [String]) throws(ToolError) -> JSON {
        guard !command.isEmpty else { return .object([]) }
        log.info("Running command '\(command.joined(separator: " "))'...")
        guard options.recordsStreams else {
            let status = try QuietCommand(command, timeoutSeconds: options.timeoutSeconds).run()
            return ["return-value": .integer(status), "stdout": "", "stderr": ""]
        }
        var settings = StepRunner.Options()
        settings.recordStreams = true
        settings.timeoutSeconds = options.timeoutSeconds
        do throws(RecordingError) {
            return try StepRunner(settings).run(command).byproducts
        } catch {
            throw ToolError(recording: error)
        }
    }
}
