// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Glibc
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Download files and verify how they were made.",
        discussion: """
            Only verified files appear, under their own names in the current folder. The first \
            line of each answer is VERIFIED or REFUSED; a refusal has one cause. A download that \
            broke goes on where it stopped when the command is given again.

            Examples:
              carnet get demo/demo/1.2.0/demo-1.2.0.tar.gz
              carnet get 'demo/demo/1.2.0/*' -o dist/
              carnet get --root root.json --from https://example.org/releases demo.whl
            """)

    @Argument(
        help: "NAME/PATH: the repository's name and the file's path in it; * matches in a path.")
    var files: [String]

    @Option(name: .shortAndLong, help: "File or folder to write to.")
    var output: String?

    @Option(name: .shortAndLong, help: "Downloads at the same time.")
    var jobs = 4

    @OptionGroup var verdict: VerdictOptions

    @OptionGroup var page: PageOptions

    @OptionGroup(title: "A repository for this command alone") var pinned: PinnedOptions

    @OptionGroup(title: "State and network") var options: ClientOptions

    func validate() throws {
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs 1 to 64 expected.") }
        if page.html != nil && files.count > 1 {
            throw ValidationError("--html goes with one file.")
        }
    }

    func run() async throws {
        let progress = ProgressLine.onTerminal()
        let wanted = try files.map { try OfferedFile($0, isPinned: pinned.isUsed) }
        if wanted.contains(where: \.isMapped) { return try await runMapped(wanted, progress) }
        let single = try await pinned.repository(options)
        var repositories: [String?: TrustedRepository] = [:]
        for name in Set(wanted.map(\.repository)) {
            repositories[name] = try single ?? options.repository(named: name ?? "")
        }
        var client = try options.client(Array(repositories.values), progress)
        adjust(&client.options)
        let consumers = repositories.mapValues { client.consumer($0) }
        let downloads = Downloads(wanted, consumers, output: output, jobs: jobs)
        let (results, shortfall) = try await Interrupt.run { try await downloads.run() }
        progress?.end()
        let answers = results.map { result in
            Answer(
                json: result.verdict.json, text: result.verdict.text,
                code: result.verdict.exitCode, place: result.place, page: { result.verdict.html() })
        }
        try show(answers, shortfall, isSingle: wanted.count == 1 && !wanted[0].isPattern)
    }

    func adjust(_ options: inout ConsumerOptions) {
        verdict.apply(to: &options)
        options.explains = page.explains
    }

    /// What is said of one file.
    struct Answer {
        let json: JSON
        let text: String
        let code: Int32
        let place: String
        /// The page of it.
        let page: () -> String
    }

    /// Says all of the files, then what they are short of; ends with the exit code of the gravest.
    func show(_ answers: [Answer], _ shortfall: Shortfall, isSingle: Bool) throws {
        if page.html != nil && answers.count > 1 {
            Output.remark(
                "--html goes with one file; \(answers.count) were found, no page is written")
        } else if let answer = answers.first {
            try page.write(answer.page())
        }
        if verdict.json {
            Output.result(isSingle ? answers[0].json : .array(answers.map(\.json)))
        }
        for answer in answers {
            if !verdict.json { Output.raw(answer.text) }
            if answer.code == 0 { Output.remark("written to \(answer.place)") }
        }
        shortfall.tell()
        if Interrupt.hasCome { throw ExitCode(Interrupt.exitCode) }
        let codes = answers.map(\.code) + (shortfall.code.map { [$0] } ?? [])
        if let code = Shortfall.gravest(codes) { throw ExitCode(code) }
    }
}
