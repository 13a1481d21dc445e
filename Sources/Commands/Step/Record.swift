// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import InTotoMetadata
import InTotoRecording
import RepositoryStorage

struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Record around a step that something else runs.",
        discussion: """
            carnet record start takes down what there is, the step is done by whatever means, and \
            carnet record stop takes down what came of it and signs the link.
            """,
        subcommands: [RecordStart.self, RecordStop.self])
}

struct RecordStart: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Take down the materials of a step.")

    @OptionGroup var step: StepOptions

    @Option(
        name: [.customShort("m"), .long], parsing: .upToNextOption,
        help: "Files and folders to record.")
    var materials: [String] = []

    @Flag(help: "Put the working directory into the link as well.")
    var recordEnvironment = false

    func run() throws {
        let line = RecordingLine.onTerminal()
        defer { line?.end() }
        let written = try step.recording(
            materials: materials, products: [], linkDirectory: ".", line
        ) { $0.recordsEnvironment = recordEnvironment }.start()
        line?.end()
        remarkSkipped(written.skipped)
        Output.remark("\(written.path): \(counted(written.link.materials.count, "material"))")
    }
}

struct RecordStop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Take down the products of a step and sign its link.")

    @OptionGroup var step: StepOptions

    @Option(
        name: [.customShort("p"), .long], parsing: .upToNextOption,
        help: "Files and folders to record.")
    var products: [String] = []

    @Option(name: [.customShort("d"), .customLong("links")], help: "Folder for the link.")
    var linkDirectory = "."

    func run() throws {
        let line = RecordingLine.onTerminal()
        defer { line?.end() }
        let recording = try step.recording(
            materials: [], products: products, linkDirectory: linkDirectory, line)
        try FileSystem.makeDirectory(linkDirectory)
        let written = try recording.stop()
        line?.end()
        remarkSkipped(written.skipped)
        Output.remark(
            "\(written.path): \(counted(written.link.materials.count, "material")), "
                + counted(written.link.products.count, "product"))
    }
}
