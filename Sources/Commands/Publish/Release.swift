// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Releases
import RepositoryStorage
import TUFMetadata

struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Release files with the evidence of how they were made.",
        discussion: """
            The consumer's own verification runs first. If it refuses one of the files, its \
            verdict is shown and nothing is published.

            The path of a file in the repository comes from the layout that covers its name.

            Example:  carnet release dist/demo-1.2.0.tar.gz --links links/
            """)

    @Argument(help: "Files to release.")
    var files: [String]

    @Option(help: "Folder of the repository.")
    var repository = "."

    @Option(
        parsing: .upToNextOption,
        help: "Folders that hold the links of the steps; by default the current one.")
    var links: [String] = []

    @Option(name: .customLong("as"), help: "Path in the repository; for one file.")
    var path: String?

    @Flag(help: "Put other bytes in the place of a file that was released before.")
    var replace = false

    @Flag(help: "Show what consumers would see, and publish nothing.")
    var dryRun = false

    @Flag(help: "Leave it to others to sign, if no key of the releases role is at hand.")
    var propose = false

    @Flag(help: "Print the verdicts as JSON.")
    var json = false

    @OptionGroup var options: KeyOptions

    func run() async throws {
        let publisher = Publisher(
            RepositoryDirectory(repository), try options.directory(), now: currentInstant())
        let outcome = try await publisher.release(
            try requests(), links: links.isEmpty ? ["."] : links, replacing: replace,
            dryRun: dryRun, waits: propose ? .always : .ifSigned)
        if let waiting = outcome.waiting {
            Output.raw(waiting.sentences(repository))
            return
        }
        let verdicts = outcome.verdicts
        if json {
            Output.result(.array(verdicts.map(\.json)))
        } else {
            for verdict in verdicts { Output.raw(verdict.text) }
        }
        let refused = verdicts.filter { !$0.isVerified }
        if let first = refused.first {
            Output.remark(
                "nothing was published: consumers would refuse "
                    + (refused.count == 1 ? first.path : "\(refused.count) files"))
            throw ExitCode(first.exitCode)
        }
        Output.remark(dryRun ? "nothing was published: dry run" : "published in \(repository)")
    }

    private func requests() throws -> [ReleaseRequest] {
        guard !files.isEmpty else { throw CommandFailure("no files given") }
        guard let path else { return files.map { ReleaseRequest(file: $0) } }
        guard files.count == 1 else {
            throw CommandFailure("--as is for one file, \(files.count) given")
        }
        guard let target = TargetPath(UTF8Text(path)) else {
            throw PublishingError.path(path)
        }
        return [ReleaseRequest(file: files[0], path: target)]
    }
}
