// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The client under test of the public TUF conformance suite: its three commands, and nothing
/// between its options and ``TUFClient`` that could hide a fault.
struct Conformance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Be the client that the TUF conformance suite tests.",
        discussion: """
            Options may stand before or after the command. The exit code is 0 or exactly 1, with \
            one line on standard error. Nothing is verified beyond TUF, and no state is kept but \
            in the folders that are named.

            Example:  carnet conformance --metadata-dir DIR init ROOT.json
            """,
        subcommands: [
            ConformanceInit.self, ConformanceRefresh.self, ConformanceDownload.self,
        ])

    @OptionGroup var options: ConformanceOptions

    /// Whether this process was called to be the client under test: then even words that the
    /// parser does not understand end it with 1, the protocol's only code but 0.
    static var isCalled: Bool {
        CommandLine.arguments.dropFirst().first == configuration.commandName
    }
}

/// What the suite gives to the client, in any order and on either side of the command.
struct ConformanceOptions: ParsableArguments {
    // Whatever follows is the value: paths and names of the suite may begin with a dash.

    @Option(
        name: .customLong("metadata-dir"), parsing: .unconditional,
        help: "Folder of the trusted metadata, one unversioned file a role.")
    var metadataDirectory: String?

    @Option(
        name: .customLong("metadata-url"), parsing: .unconditional,
        help: "Where the repository's metadata is.")
    var metadataURL: String?

    @Option(
        name: .customLong("target-name"), parsing: .unconditionalSingleValue,
        help: "Path of an artifact to download; may be given again.")
    var targetNames: [String] = []

    @Option(
        name: .customLong("target-base-url"), parsing: .unconditional,
        help: "Where the repository's artifacts are.")
    var targetBaseURL: String?

    @Option(
        name: .customLong("target-dir"), parsing: .unconditional,
        help: "Folder for the artifacts, one file each under its percent-encoded path.")
    var targetDirectory: String?

    /// The value of an option that a command cannot do without.
    func required(_ option: KeyPath<Self, String?>, _ name: String) throws -> String {
        guard let value = self[keyPath: option], !value.isEmpty else {
            throw CommandFailure("\(name) is missing")
        }
        return value
    }
}

/// Does the work of a command of the protocol: whatever goes wrong ends with exit code 1 and no
/// hint, for nobody is there to follow it.
func conforming(_ work: () async throws -> Void) async throws {
    do { try await work() } catch {
        throw CommandFailure(CommandFailure(error).message, code: 1)
    }
}
