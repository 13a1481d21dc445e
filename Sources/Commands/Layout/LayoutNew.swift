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
            \(LayoutNew.templates)

            The functionaries do the first step, and the others too unless --built-by and \
            --tested-by name somebody else. Public keys are copied to keys/ beside the source. A \
            key that does not exist is made.

            Examples:
              carnet layout new build-package --project demo --functionary alice \\
                  -o repository/layouts/demo.yaml
              carnet layout new ci-tarball --project demo --functionary alice bob --tests \\
                  --built-by ci rebuilder -o repository/layouts/demo.yaml
            """)

    private static let templates = {
        let width = LayoutTemplate.allCases.map(\.rawValue.utf8.count).max() ?? 0
        return LayoutTemplate.allCases.map { template in
            let gap = String(repeating: " ", count: width - template.rawValue.utf8.count)
            return "  \(template.rawValue)\(gap)  \(template.summary)"
        }.joined(separator: "\n")
    }()

    @Argument(help: "Name of a template.")
    var template: LayoutTemplate

    @Option(help: "Name of the project; file names begin with it.")
    var project: String

    @Option(help: "Name of the layout; by default that of the template's last step.")
    var name: String?

    @Option(parsing: .upToNextOption, help: "Keys of those who do the steps.")
    var functionary: [String]

    @Option(
        name: .customLong("built-by"), parsing: .upToNextOption,
        help: "Keys of those who do the last step, such as CI; by default the functionaries.")
    var builtBy: [String] = []

    @Flag(help: "Ask for a run of the tests before the last step.")
    var tests = false

    @Option(
        name: .customLong("tested-by"), parsing: .upToNextOption,
        help: "Keys of those who run the tests; by default those who do the last step.")
    var testedBy: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: "Keys of those who may sign the layout; by default the functionaries.")
    var signer: [String] = []

    @Option(help: "How many signers must sign; by default all.")
    var threshold: Int?

    @Option(
        help: "How many must do the last step independently; by default all of --built-by, or one.")
    var builders: Int?

    @Option(name: .shortAndLong, help: "Where to write it; by default standard output.")
    var output: String?

    @OptionGroup var options: KeyOptions

    func run() throws {
        if let output, FileSystem.exists(output) {
            throw CommandFailure("\(output): there is a file already")
        }
        let text = try template.source(answers)
        guard let output else {
            Output.raw(text)
            return
        }
        let folder = "\(FileSystem.parent(of: output))/keys"
        try FileSystem.makeDirectory(folder)
        let directory = try options.makingDirectory()
        var written: Set<String> = []
        for key in functionary + builtBy + testedBy + signer
        where written.insert(personName(key)).inserted {
            let known =
                directory.exists(key)
                ? try directory.inTotoKey(key) : try directory.make(key, .ed25519)
            let path = "\(folder)/\(personName(key)).pub"
            try FileSystem.write(known.file ?? [], to: path)
        }
        try FileSystem.write(Array(text.utf8), to: output)
        let owners = signer.isEmpty ? functionary : signer
        Output.result("\(output): read it and change what does not fit, then")
        // In the layouts/ of a repository it is that repository's.
        let above = FileSystem.parent(of: FileSystem.parent(of: output))
        let repository = RepositoryDirectory(above).isRepository ? above : "DIR"
        Output.result(
            "  carnet layout add \(output) --key \(owners.joined(separator: " ")) "
                + "--repository \(repository)")
    }

    private var answers: TemplateAnswers {
        var answers = TemplateAnswers(
            project: project, functionaries: functionary.map(personName))
        answers.name = name
        answers.makers = builtBy.map(personName)
        answers.testers = testedBy.map(personName)
        answers.hasTests = tests
        answers.owners = signer.map(personName)
        answers.threshold = threshold
        answers.builders = builders
        return answers
    }
}
