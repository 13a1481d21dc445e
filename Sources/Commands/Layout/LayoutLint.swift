// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage

struct LayoutLint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Find what makes a layout weak, and how to mend it.",
        discussion: """
            Reads a source in YAML or a signed layout, whoever made it. Each finding says where it \
            is, why it matters and what to write instead: lists that let anything through, rules \
            that can take nothing or come too late, steps and files that nothing ties together, \
            keys and thresholds, inspections that need a command, an end too near or too far.

            With --links the rules are tried on the links in these folders, whose signatures \
            nobody looks at.

            Exit code 1 if there is an error: carnet layout add refuses the layout then.

            Examples:
              carnet layout lint layouts/wheel.yaml
              carnet layout lint root.layout --links links/ --param version=1.0 --json
            """)

    @Argument(help: "The layout's source, or a signed layout.")
    var file: String

    @Option(parsing: .upToNextOption, help: "Folders of links to try the rules on.")
    var links: [String] = []

    @Option(
        help: ArgumentHelp(
            "A value for {NAME} in the rules; may be repeated.", valueName: "name=value"))
    var param: [String] = []

    @Option(help: ArgumentHelp("An end within this time is too near.", valueName: "days"))
    var within = 30

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let options = try options()
        let now = currentInstant()
        guard
            let bytes = try FileSystem.read(file, maximumBytes: SignedLayoutLint.maximumBytes)
        else { throw PublishingError.storage(StorageError(path: file, reason: "no such file")) }
        let findings: [LayoutFinding]
        if SignedLayoutLint.isSigned(bytes, path: file) {
            do throws(SigningError) {
                findings = try SignedLayoutLint(bytes).findings(at: now, options: options)
            } catch {
                throw PublishingError.damagedLayout(file: file, error)
            }
        } else {
            let layout = try LayoutFile(file, needsKeys: false, reader: Helper.yaml)
            findings = layout.source.findings(keys: layout.keys, at: now, options: options)
        }
        if json {
            Output.result(LayoutFinding.json(findings, file: file))
        } else {
            Output.raw(LayoutFinding.text(findings, file: file))
        }
        let code = LayoutFinding.exitCode(of: findings)
        if code != 0 { throw ExitCode(code) }
    }

    private func options() throws -> LintOptions {
        var options = LintOptions()
        guard (0...36500).contains(within) else {
            throw CommandFailure("--within \(within): 0 to 36500 days expected")
        }
        options.soonDays = within
        for text in param {
            let parts = text.utf8.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw CommandFailure("--param \(quoted(text)): NAME=VALUE expected")
            }
            options.parameters[String(Substring(parts[0]))] = String(Substring(parts[1]))
        }
        if !links.isEmpty { options.links = try LinksAtHand(folders: links) }
        return options
    }
}
