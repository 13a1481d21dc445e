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
            exit status is this command's. A path may be a URI: file:PATH puts file: before the \
            names, dir:PATH records a folder as one artifact.

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

    @Flag(help: "Put the working directory into the link as well.")
    var recordEnvironment = false

    @Option(help: "Kill the command after so many seconds, and write no link.")
    var timeout: Int?

    @Flag(help: "Read all files again after the command, also those that were not touched.")
    var rehash = false

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
        if let timeout, timeout < 1 {
            throw CommandFailure("--timeout \(timeout) found, 1 second or more expected")
        }
        let line = RecordingLine.onTerminal()
        defer { line?.end() }
        let recording = try step.recording(
            materials: materials, products: products, linkDirectory: linkDirectory, line
        ) { options in
            options.command.recordStreams = recordStreams
            options.command.timeoutSeconds = timeout
            options.recordsEnvironment = recordEnvironment
            options.rehash = rehash
        }
        try FileSystem.makeDirectory(linkDirectory)
        let outcome = try recording.run(command)
        line?.end()
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
