// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Releases
import RepositoryStorage

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify a file at hand against the repositories that you trust.",
        discussion: """
            The file is looked for by its name and digest in every trusted repository, or in the \
            one place that --as names.
            """)

    @Argument(help: "The file.")
    var file: String

    @Option(name: .customLong("as"), help: "NAME/PATH under which it is offered.")
    var offered: String?

    @OptionGroup var verdict: VerdictOptions

    @OptionGroup var page: PageOptions

    @OptionGroup(title: "A repository for this command alone") var pinned: PinnedOptions

    @OptionGroup(title: "State and network") var options: ClientOptions

    func run() async throws {
        let place = try offered.map { try OfferedFile($0, isPinned: pinned.isUsed) }
        if let place, place.isMapped { return try await runMapped(place) }
        let answer = try await FileAtHand(file, place).judged(pinned, options, adjust)
        try page.write(answer.html())
        try verdict.show(answer)
    }

    func adjust(_ options: inout ConsumerOptions) {
        verdict.apply(to: &options)
        options.explains = page.explains
    }
}
