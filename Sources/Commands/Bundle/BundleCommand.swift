// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Glibc
import HTTPTransport
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TUFRepository

struct BundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "One file for machines without a network, with all that vouches for it.",
        subcommands: [BundleMake.self, BundleVerify.self])
}

struct BundleMake: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make",
        abstract: "Write files and what vouches for them into one bundle.",
        discussion: """
            Each file is verified as by carnet get first; if one is refused, nothing is written. \
            The bundle is a plain tar archive: roots, metadata, evidence and files as a server \
            has them. The same state gives the same bytes.

            Examples:
              carnet bundle make demo/demo/1.2.0/demo-1.2.0.tar.gz -o demo.bundle
              carnet bundle make 'demo/demo/1.2.0/*' -o demo.bundle
              carnet bundle make --folder repository 'demo/1.2.0/*' -o demo.bundle
            """)

    @Argument(
        help: "NAME/PATH as for carnet get, all of one repository; * matches in a path.")
    var files: [String]

    @Option(name: .shortAndLong, help: "The bundle to write.")
    var output: String

    @Option(
        help: ArgumentHelp(
            "Make it from this repository's own folder; FILE is then a path.", valueName: "dir"))
    var folder: String?

    @OptionGroup var verdict: VerdictOptions

    @OptionGroup(title: "A repository for this command alone") var pinned: PinnedOptions

    @OptionGroup(title: "State and network") var options: ClientOptions

    func validate() throws {
        if folder != nil && pinned.isUsed {
            throw ValidationError("--folder excludes --root, --fingerprint and --from.")
        }
        if options.asOf != nil {
            throw ValidationError("--as-of is for verifying; a bundle is made of the newest state.")
        }
        if options.offline {
            throw ValidationError("--offline has nothing to make a bundle from.")
        }
    }

    func run() async throws {
        let progress = ProgressLine.onTerminal()
        let wanted = try files.map {
            try OfferedFile($0, isPinned: pinned.isUsed || folder != nil)
        }
        let repository = try await repository(wanted)
        var client = try options.client([repository], progress)
        verdict.apply(to: &client.options)
        let consumer = client.consumer(repository)
        let outcome = try await Interrupt.run { try await make(wanted, consumer) }
        progress?.end()
        try show(outcome)
    }

    private func repository(_ wanted: [OfferedFile]) async throws -> TrustedRepository {
        if let folder { return try BundleMake.repository(inFolder: folder) }
        if let single = try await pinned.repository(options) { return single }
        guard let name = wanted.first?.repository,
            wanted.allSatisfy({ $0.repository?.utf8.elementsEqual(name.utf8) == true })
        else {
            throw CommandFailure(
                "files of several repositories found, those of one expected",
                hint: "make a bundle of each")
        }
        guard !wanted.contains(where: \.isMapped) else {
            throw CommandFailure(
                "a bundle is made of one repository, not of the map",
                hint: "name the repository: NAME/PATH")
        }
        return try options.repository(named: name)
    }

    /// A repository's own folder, by its first root.
    private static func repository(inFolder path: String) throws -> TrustedRepository {
        let directory = RepositoryDirectory(path)
        guard directory.isRepository else {
            throw PublishingError.repository(.noRepository(path: path))
        }
        let first = try directory.firstRootVersion() ?? 1
        let root = RoleName.root.fileName(version: first)
        guard let bytes = try directory.metadata(root) else {
            throw TrustError.noRoot(file: "\(path)/metadata/\(root)")
        }
        let absolute = FileSystem.absolute(path)
        let url = absolute.utf8.split(separator: UInt8(ascii: "/"))
            .map { percentEncoded($0) }.joined(separator: "/")
        let name = FileSystem.name(of: absolute)
        return try TrustedRepository.pinned(
            root: bytes, name: TrustedRepository.isName(name) ? name : "repository",
            mirrors: [.init("file:///\(url)")], folder: nil)
    }

    private func make(
        _ wanted: [OfferedFile], _ consumer: Consumer
    ) async throws -> BundleMaker.Outcome {
        let session: ConsumerSession
        do throws(UpdateError) { session = try await consumer.session() } catch {
            return .init(refused: wanted.map { consumer.refused($0.path, error) })
        }
        var paths: Set<TargetPath> = []
        for file in wanted { paths.formUnion(try await BundleMake.paths(file, session)) }
        return try await BundleMaker(session).make(paths, to: output)
    }

    private static func paths(
        _ file: OfferedFile, _ session: ConsumerSession
    ) async throws -> [TargetPath] {
        guard file.isPattern else { return [try file.targetPath()] }
        let pattern = PathPattern(UTF8Text(file.path))
        let found = try await session.list { pattern.matches($0) }
        // What a role that does not verify offers would be left out.
        if let failure = found.failures.first { throw failure.error }
        guard !found.files.isEmpty else {
            throw CommandFailure(
                "\(quoted(file.path)): no file matches", hint: "carnet list shows what there is")
        }
        return found.files.map(\.file.path)
    }

    private func show(_ outcome: BundleMaker.Outcome) throws {
        if Interrupt.hasCome { throw ExitCode(Interrupt.exitCode) }
        guard let made = outcome.bundle else {
            let refused = outcome.verdicts.filter { !$0.isVerified }
            if verdict.json { Output.result(.array(refused.map(\.json))) }
            for answer in refused where !verdict.json { Output.raw(answer.text) }
            Output.remark("\(output) is not written")
            throw ExitCode(Shortfall.gravest(refused.map(\.exitCode)) ?? 70)
        }
        if verdict.json {
            Output.result([
                "bundle": .text(output), "bytes": .integer(made.size),
                "sha256": .text(made.sha256), "timestamp": .integer(made.manifest.timestamp),
                "verdicts": .array(outcome.verdicts.map(\.json)),
            ])
            return
        }
        for answer in outcome.verdicts { Output.raw(answer.text) }
        let count = made.manifest.files.count
        Output.result(
            "\(output): \(count) \(count == 1 ? "file" : "files") and all that vouches for "
                + "\(count == 1 ? "it" : "them"), \(made.size) bytes")
        Output.result("  sha256  \(made.sha256)")
    }
}
