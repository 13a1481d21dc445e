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

    @OptionGroup var network: NetworkOptions

    func run() async throws {
        let transport = network.transport()
        let now = currentInstant()
        if let offered {
            let place = try OfferedFile(offered)
            let answer = try await Consumer(place.repository, transport, now: now)
                .verify(file, as: place.path, repositoryOnly: verdict.repositoryOnly)
            return try verdict.show(answer)
        }
        let home = try Home().state
        let names = try TrustedRepository.names(home: home)
        guard !names.isEmpty else { throw TrustError.notTrusted(name: "", known: []) }
        var answers: [Verdict] = []
        for name in names {
            let repository = try TrustedRepository(named: name, home: home)
            let answer = try await Consumer(repository, transport, now: now)
                .verify(file, as: nil, repositoryOnly: verdict.repositoryOnly)
            if answer.isVerified { return try verdict.show(answer) }
            answers.append(answer)
        }
        // The repository that knows the file has the answer; others only do not know it.
        let known = answers.first { $0.refusal?.code != "E-NO-SUCH-FILE" }
        if let answer = known ?? answers.first { try verdict.show(answer) }
    }
}
