// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import HTTPTransport
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata

struct BundleVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify the files of a bundle, without a network.",
        discussion: """
            It takes a root that you trust and this machine's clock: the repository you trusted \
            with carnet trust add whose root the bundle's roots follow, or --root. A bundle \
            older than what was seen here before is refused, and so is one that has expired, \
            unless --as-of names the day to judge by.

            Examples:
              carnet bundle verify demo.bundle -o incoming/
              carnet bundle verify demo.bundle --root 1.root.json
              carnet bundle verify demo.bundle --as-of 2026-01-31T12:00:00Z
            """)

    @Argument(help: "The bundle.")
    var bundle: String

    @Option(name: .shortAndLong, help: "Folder to write the verified files to.")
    var output: String?

    @Option(
        help: ArgumentHelp(
            "The trusted repository that it is from, if that is not clear.", valueName: "name"))
    var trusted: String?

    @Option(help: "Trust this root file, for this command alone.")
    var root: String?

    @Option(help: "The same by the SHA-256 of a root file, which the bundle has.")
    var fingerprint: String?

    @OptionGroup var verdict: VerdictOptions

    @OptionGroup var page: PageOptions

    @OptionGroup(title: "State") var state: BundleStateOptions

    func validate() throws {
        let given = [trusted, root, fingerprint].compactMap { $0 }
        guard given.count < 2 else {
            throw ValidationError("One of --trusted, --root and --fingerprint expected.")
        }
    }

    func run() async throws {
        let progress = ProgressLine.onTerminal()
        let file = try BundleFile(bundle)
        let count = file.manifest.files.count
        guard page.html == nil || count == 1 else {
            throw CommandFailure(
                "--html goes with one file, and the bundle has \(count)",
                hint: "carnet explain --html makes the page of one of them")
        }
        let repository = try repository(file)
        var options = try state.consumerOptions(progress)
        verdict.apply(to: &options)
        options.explains = page.explains
        let destination = try destination(file)
        let consumer = BundleConsumer(file, repository, options: options, now: currentInstant())
        let answer = try await Interrupt.run { try await consumer.verify(destination) }
        progress?.end()
        if let verdict = answer.verdicts.first { try page.write(verdict.html(notes: [answer.age])) }
        try show(answer)
    }

    private func repository(_ file: BundleFile) throws -> TrustedRepository {
        let folder = state.noCache ? nil : state.cache
        if let root {
            guard let bytes = try FileSystem.read(root, maximumBytes: 512 << 10) else {
                throw TrustError.noRoot(file: root)
            }
            return try file.repository(root: bytes, folder: folder)
        }
        if let fingerprint {
            return try file.repository(root: file.root(fingerprint: fingerprint), folder: folder)
        }
        let repository = try file.repository(named: trusted, home: try Home().state)
        return try state.cache.map { try repository.kept(in: "\($0)/\(repository.name)") }
            ?? repository
    }

    private func destination(_ file: BundleFile) throws -> BundleConsumer.Destination {
        guard let output else {
            return .nowhere(scratch: Home.variable("TMPDIR") ?? "/tmp")
        }
        guard FileSystem.isDirectory(output) else {
            throw CommandFailure("\(output): a folder expected, to write the files to")
        }
        var names: Set<UTF8Text> = []
        for path in file.manifest.files {
            guard names.insert(UTF8Text(path.fileName)).inserted else {
                throw CommandFailure(
                    "two files of the bundle would both be written to \(output)/\(path.fileName)",
                    hint: "unpack one after the other from bundles of their own")
            }
        }
        return .folder(output.hasSuffix("/") ? String(output.dropLast()) : output)
    }

    private func show(_ answer: BundleVerdict) throws {
        if verdict.json { Output.result(answer.json) }
        for file in answer.verdicts where !verdict.json { Output.raw(file.text) }
        if !verdict.json { Output.result(answer.age) }
        if let output {
            for file in answer.verdicts where file.isVerified {
                let name = FileSystem.name(of: file.path)
                Output.remark("written to \(output.hasSuffix("/") ? output : "\(output)/")\(name)")
            }
        }
        if let hint = answer.hint { Output.remark("hint: \(hint)") }
        if Interrupt.hasCome { throw ExitCode(Interrupt.exitCode) }
        if answer.isVerified { return }
        throw ExitCode(Shortfall.gravest(answer.verdicts.map(\.exitCode)) ?? 70)
    }
}

/// What of a consumer's options makes sense without a network.
struct BundleStateOptions: ParsableArguments {
    @Option(
        name: .customLong("as-of"),
        help: ArgumentHelp(
            "Judge as at another moment, as in 2026-01-31T12:00:00Z, for audits; nothing is kept.",
            valueName: "time"))
    var asOf: String?

    @Option(
        help: ArgumentHelp(
            "Keep what is seen of repositories in this folder instead of your home.",
            valueName: "dir"))
    var cache: String?

    @Flag(name: .customLong("no-cache"), help: "Keep nothing of what is seen.")
    var noCache = false

    @OptionGroup var limits: LimitOptions

    func validate() throws {
        if cache != nil && noCache {
            throw ValidationError("--cache and --no-cache exclude each other.")
        }
        if let asOf { _ = try Moment.parse(asOf) }
    }

    func consumerOptions(_ progress: ProgressLine?) throws -> ConsumerOptions {
        var options = ConsumerOptions()
        var transport = TransportLimits()
        try limits.apply(&options.limits, &options.evidence, &transport)
        options.asOf = try asOf.map(Moment.parse)
        if noCache { options.state = .inMemory }
        options.notice = { notice in
            progress?.end()
            Output.remark("\(notice)")
        }
        if let progress { options.progress = { progress.take($0) } }
        return options
    }
}

/// A moment on the command line.
enum Moment {
    /// - Parameter text: a time, or a day, which means its beginning.
    static func parse(_ text: String) throws -> Instant {
        guard let moment = Instant(text) ?? Instant(text + "T00:00:00Z") else {
            throw ValidationError(
                "--as-of \(quoted(text)) found, a time such as 2026-01-31T12:00:00Z expected.")
        }
        return moment
    }
}
