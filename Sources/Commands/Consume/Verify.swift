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

    @OptionGroup(title: "A repository for this command alone") var pinned: PinnedOptions

    @OptionGroup(title: "State and network") var options: ClientOptions

    func run() async throws {
        let place = try offered.map { try OfferedFile($0, isPinned: pinned.isUsed) }
        if let place, place.isMapped { return try await runMapped(place) }
        let path = try place?.targetPath()
        let repositories: [TrustedRepository]
        if let single = try await pinned.repository(options) {
            repositories = [single]
        } else {
            repositories = try options.repositories(place?.repository.map { [$0] })
        }
        var client = try options.client(repositories)
        client.options.repositoryOnly = verdict.repositoryOnly
        client.options.inspections = verdict.inspections
        var answers: [Verdict] = []
        for repository in repositories {
            let answer = try await client.consumer(repository).verify(file, as: path)
            if case .supplyChain? = answer.evidence, answer.isVerified {
                return try verdict.show(answer)
            }
            answers.append(answer)
        }
        // One that asks for no evidence must not outvote one that knows the file to be wrong.
        let against = answers.first {
            $0.refusal?.kind == .contradiction && $0.refusal?.code != "E-NO-SUCH-FILE"
        }
        // The repository that knows the file has the answer; others only do not know it.
        let known = answers.first { $0.refusal?.code != "E-NO-SUCH-FILE" }
        guard let answer = against ?? answers.first(where: \.isVerified) ?? known ?? answers.first
        else { throw CommandFailure("no repository was asked", code: 70) }
        try verdict.show(answer)
    }
}
