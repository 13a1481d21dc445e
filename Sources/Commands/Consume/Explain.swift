// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import InTotoVerification
import MetadataSigning
import Releases
import RepositoryStorage

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show how a file was verified, or what speaks against it.",
        discussion: """
            After the verdict: each step and who signed it, each rule of the policy with what it \
            took and what was left, and for a refusal the rule that failed with the files \
            concerned, their digests on both sides and what comes nearest. Nothing is kept.

            FILE is a file at hand, or NAME/PATH of one that a trusted repository offers. With \
            --layout no repository is asked: the layout must be signed by every --key, and the \
            links are taken from --links.

            Examples:
              carnet explain demo-1.2.0.tar.gz
              carnet explain demo/demo/1.2.0/demo-1.2.0.tar.gz --html why.html
              carnet explain --layout root.layout --key alice.pub --links links --product demo.whl
            """)

    @Argument(help: "A file at hand, or NAME/PATH of one that is offered.")
    var file: String?

    @Option(name: .customLong("as"), help: "NAME/PATH under which the file at hand is offered.")
    var offered: String?

    @Option(
        help: ArgumentHelp("Ask this trusted repository alone.", valueName: "name"))
    var repository: String?

    @Flag(help: "Show every name, not only the first few.")
    var all = false

    @OptionGroup(title: "A layout that no repository published") var local: LayoutAtHandOptions

    @OptionGroup var verdict: VerdictOptions

    @OptionGroup var page: PageOptions

    @OptionGroup(title: "A repository for this command alone") var pinned: PinnedOptions

    @OptionGroup(title: "State and network") var options: ClientOptions

    func validate() throws {
        if local.isUsed {
            guard file == nil, offered == nil, repository == nil, !pinned.isUsed else {
                throw ValidationError("--layout goes without FILE and without a repository.")
            }
            try local.check()
        } else if file == nil {
            throw ValidationError("FILE, NAME/PATH or --layout expected.")
        }
    }

    func run() async throws {
        if local.isUsed {
            let verdict = try await local.chain(verdict.inspections, verdict.parameters).verdict(
                at: options.judgedMoment(), tracing: bounds)
            return try show(verdict)
        }
        guard let file else { return }
        let isAtHand = FileSystem.exists(file)
        let place = try (offered ?? (isAtHand ? nil : file)).map {
            try OfferedFile($0, isPinned: pinned.isUsed)
        }
        if let place, place.isMapped { return try await explainMapped(file, isAtHand, place) }
        if isAtHand {
            let answer = try await FileAtHand(file, place, repository: repository)
                .judged(pinned, options, adjust)
            return try show(answer)
        }
        guard let place, offered == nil else {
            throw CommandFailure("\(file): no such file")
        }
        try show(try await judged(place))
    }

    /// Downloads a file that is offered, to look at it.
    private func judged(_ place: OfferedFile) async throws -> Verdict {
        let path = try place.targetPath()
        let trusted = try await pinned.repository(options)
        let repository = try trusted ?? options.repository(named: place.repository ?? "")
        let progress = ProgressLine.onTerminal()
        var client = try options.client([repository], progress)
        adjust(&client.options)
        let consumer = client.consumer(repository)
        let folder = Home.variable("TMPDIR") ?? "/tmp"
        let answer = try await Interrupt.run { try await consumer.judge(path, in: folder) }
        progress?.end()
        return answer
    }

    private func explainMapped(
        _ file: String, _ isAtHand: Bool, _ place: OfferedFile
    ) async throws {
        guard isAtHand else {
            throw CommandFailure(
                "\(file): several repositories must agree on it, and it is not at hand",
                hint: "carnet get \(file), then carnet explain FILE --as \(file)")
        }
        let answer = try await options.mapConsumer(nil, adjust)
            .verify(file, as: try place.targetPath())
        try page.write(answer.html)
        if verdict.json {
            Output.result(answer.explanationJSON)
        } else {
            Output.raw(answer.explanationText(showsAll: all))
        }
        guard answer.isVerified else { throw ExitCode(answer.exitCode) }
    }

    private func adjust(_ options: inout ConsumerOptions) {
        verdict.apply(to: &options)
        options.explains = bounds
    }

    private var bounds: TraceBounds {
        var bounds = TraceBounds()
        if all { (bounds.names, bounds.rules, bounds.files) = (.max, .max, .max) }
        return bounds
    }

    private func show(_ answer: Verdict) throws {
        try page.write(answer.html())
        if verdict.json {
            Output.result(answer.explanationJSON)
        } else {
            Output.raw(answer.explanationText(showsAll: all))
        }
        guard answer.isVerified else { throw ExitCode(answer.exitCode) }
    }
}
