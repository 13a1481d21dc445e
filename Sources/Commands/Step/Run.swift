// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import InTotoMetadata
import InTotoRecording
import RepositoryStorage

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Do a step and sign a link: what there was, what was run, what came of it.",
        discussion: """
            The link goes to STEP.KEYID.link. If the command fails no link is written, and its \
            exit status is this command's.

            Example:  carnet run -n build --key alice -m src -p dist -- make dist
            """)

    @OptionGroup var step: StepOptions

    @Option(
        name: [.customShort("m"), .long], parsing: .upToNextOption,
        help: "Files and folders to record before the command.")
    var materials: [String] = []

    @Option(
        name: [.customShort("p"), .long], parsing: .upToNextOption,
        help: "Files and folders to record after the command.")
    var products: [String] = []

    @Option(name: [.customShort("d"), .customLong("links")], help: "Folder for the link.")
    var linkDirectory = "."

    @Flag(help: "Put what the command prints into the link as well.")
    var recordStreams = false

    @Flag(name: [.customShort("x"), .long], help: "There is no command: record files alone.")
    var noCommand = false

    @Argument(parsing: .postTerminator, help: "The command, after --.")
    var command: [String] = []

    func run() throws {
        guard noCommand || !command.isEmpty else {
            throw CommandFailure("no command given, expected one after --", hint: "or -x for none")
        }
        guard !noCommand || command.isEmpty else {
            throw CommandFailure("-x found together with a command")
        }
        let recording = try step.recording(
            materials: materials, products: products, linkDirectory: linkDirectory,
            recordStreams: recordStreams)
        try FileSystem.makeDirectory(linkDirectory)
        let outcome = try recording.run(command)
        remarkSkipped(outcome.skipped)
        guard outcome.status == 0, let path = outcome.path, let link = outcome.link else {
            Output.remark("the command ended with status \(outcome.status); no link was written")
            throw ExitCode(outcome.status)
        }
        Output.remark(
            "\(path): \(counted(link.materials.count, "material")), "
                + counted(link.products.count, "product"))
    }
}
