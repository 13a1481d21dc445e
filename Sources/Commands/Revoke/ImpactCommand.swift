// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Releases
import RepositoryStorage

struct ImpactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "impact",
        abstract: "Say what rests on a key: roles, policies, released files.",
        discussion: """
            For each released file with a link of the key the consumer's own verification runs \
            as if the key's links did not count: you see which would be refused, and why.

            Nothing is changed, and no private key is needed.

            Example:  carnet impact alice
            """)

    @Argument(help: "The holder's name, the key's id or its beginning, or a public key's file.")
    var key: String

    @Option(help: "Folder of the repository.")
    var repository = "."

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var keys: KeyOptions

    func run() async throws {
        let publisher = Publisher(
            RepositoryDirectory(repository), try keys.directory(), now: currentInstant())
        let impact = try await publisher.impact(of: key)
        if json { Output.result(impact.json) } else { Output.raw(impact.text) }
    }
}
