public import ArgumentParser
// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Releases
import RepositoryStorage

extension LayoutTemplate: ExpressibleByArgument {}

struct LayoutNew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write the source of a layout from a template.",
        discussion: """
            Templates:
              python-sdist   a maintainer tags the sources, builders make the sdist from them
              python-wheel   the same for a wheel
              build-package  a build step, then a packaging step that takes what was built

            Public keys are copied to keys/ beside the source. A key that does not exist is made.

            Example:
              carnet layout new build-package --project demo --functionary alice \\
                  -o repository/layouts/demo.yaml
            """)

    @Argument(help: "python-sdist, python-wheel or build-package.")
    var template: LayoutTemplate

    @Option(help: "Name of the project; file names begin with it.")
    var project: String

    @Option(help: "Name of the layout; by default that of the template's last step.")
    var name: String?

    @Option(parsing: .upToNextOption, help: "Keys of those who do the steps.")
    var functionary: [String]

    @Option(
        parsing: .upToNextOption,
        help: "Keys of those who may sign the layout; by default the functionaries.")
    var signer: [String] = []

    @Option(help: "How many signers must sign; by default all.")
    var threshold: Int?

    @Option(help: "How many functionaries must do the last step independently.")
    var builders = 1

    @Option(name: .shortAndLong, help: "Where to write it; by default standard output.")
    var output: String?

    @OptionGroup var options: KeyOptions

    func run() throws {
        let owners = signer.isEmpty ? functionary : signer
        guard (threshold ?? owners.count) <= owners.count, (threshold ?? 1) >= 1 else {
            throw CommandFailure("threshold: more than the \(owners.count) signers")
        }
        guard (1...functionary.count).contains(builders) else {
            throw CommandFailure("builders: 1 to \(functionary.count) expected")
        }
        if let output, FileSystem.exists(output) {
            throw CommandFailure("\(output): there is a file already")
        }
        let text = template.source(
            project: project, name: name, functionaries: functionary.map(personName),
            signers: owners.map(personName), threshold: threshold ?? owners.count,
            builders: builders)
        guard let output else {
            Output.raw(text)
            return
        }
        let folder = "\(FileSystem.parent(of: output))/keys"
        try FileSystem.makeDirectory(folder)
        let directory = try options.makingDirectory()
        for key in functionary + owners {
            let known =
                directory.exists(key)
                ? try directory.inTotoKey(key) : try directory.make(key, .ed25519)
            let path = "\(folder)/\(personName(key)).pub"
            try FileSystem.write(known.file ?? [], to: path)
        }
        try FileSystem.write(Array(text.utf8), to: output)
        Output.result("\(output): read it and change what does not fit, then")
        Output.result(
            "  carnet layout add \(output) --key \(owners.joined(separator: " ")) --repository DIR")
    }
}
