// SPDX-License-Identifier: Apache-2.0
import Releases
import RepositoryStorage

/// A file that a person has, to be judged by the repositories that may know it.
struct FileAtHand {
    private let file: String
    private let place: OfferedFile?
    private let repository: String?

    /// - Parameters:
    ///   - place: where it is offered; looked for everywhere if that is not known.
    ///   - repository: the only one to be asked.
    init(_ file: String, _ place: OfferedFile?, repository: String? = nil) {
        self.file = file
        self.place = place
        self.repository = repository
    }

    /// The answer of the repository that knows the file.
    ///
    /// - Parameter adjust: what else the consumers are told.
    func judged(
        _ pinned: PinnedOptions, _ options: ClientOptions,
        _ adjust: (inout ConsumerOptions) -> Void
    ) async throws -> Verdict {
        let path = try place?.targetPath()
        let repositories: [TrustedRepository]
        if let single = try await pinned.repository(options) {
            repositories = [single]
        } else {
            repositories = try options.repositories((place?.repository ?? repository).map { [$0] })
        }
        var client = try options.client(repositories)
        adjust(&client.options)
        var answers: [Verdict] = []
        for repository in repositories {
            let answer = try await client.consumer(repository).verify(file, as: path)
            if case .supplyChain? = answer.evidence, answer.isVerified { return answer }
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
        return answer
    }
}
