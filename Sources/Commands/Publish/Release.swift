// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TUFRepository

struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Release files with the evidence of how they were made.",
        discussion: """
            The consumer's own verification runs first. If it refuses one of the files, its \
            verdict is shown and nothing is published.

            The path of a file in the repository comes from the layout that covers its name.

            Links are taken from folders; from a folder of a web server (a URL that ends with /); \
            from a release page, whose list of assets GitHub and GitLab give as JSON; and from \
            inside a wheel (*.dist-info/extra_metadata/). Only the names that the layout asks for \
            are looked for, and they count for no more than it lets them.

            With --remove, --retire or --reinstate FILES are paths in the repository. A removed \
            file is offered no more; a retired one stays, and whoever gets it is told why not to.

            Examples:
              carnet release dist/demo-1.2.0.tar.gz --links links/
              carnet release dist/demo-1.2.0.tar.gz --links links/ https://ci.example.org/42/
              carnet release --retire demo/1.1.0/demo-1.1.0.tar.gz --reason 'superseded by 1.2.0'
            """)

    @Argument(help: "Files to release.")
    var files: [String] = []

    @Option(help: "Release every file below this folder, each under its path in it.")
    var folder: String?

    @Flag(
        help: ArgumentHelp(
            "Give the files a second name instead of copying them.",
            discussion: "Who then changes one in place breaks the repository."))
    var link = false

    @Option(
        help: ArgumentHelp(
            "Spread the files' role over this many hash bins with the release.",
            discussion: "As carnet role bins; for the first release of very many files."))
    var bins: Int?

    @Option(help: "Folder of the repository, or s3://BUCKET/PREFIX where several publish.")
    var repository = "."

    @Option(
        help: ArgumentHelp(
            "SHA-256 of the first root of a repository in a store, at its first use here.",
            valueName: "hex"))
    var fingerprint: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Where the links of the steps are; by default in the current folder.",
            discussion: "Folders, URLs that end with /, lists of assets (.json), wheels.",
            valueName: "source"))
    var links: [String] = []

    @Option(name: .customLong("as"), help: "Path in the repository; for one file.")
    var path: String?

    @Flag(help: "Put other bytes in the place of a file that was released before.")
    var replace = false

    @Flag(help: "Show what consumers would see, and publish nothing.")
    var dryRun = false

    @Flag(help: "Offer these paths of the repository no more.")
    var remove = false

    @Flag(help: "Advise against these paths of the repository.")
    var retire = false

    @Flag(help: "Take back --retire.")
    var reinstate = false

    @Option(help: "Why a file is retired, in a few words.")
    var reason = ""

    @Flag(help: "Leave it to others to sign, if no key of the releases role is at hand.")
    var propose = false

    @Flag(help: "Print the verdicts as JSON.")
    var json = false

    @OptionGroup var options: KeyOptions

    @OptionGroup var network: NetworkOptions

    func run() async throws {
        let place = try await PublishingPlace(repository, fingerprint: fingerprint, network)
        let ring = try options.directory()
        if let withdrawal = try withdrawal() { return try await withdraw(withdrawal, place, ring) }
        let requests = try requests()
        let count = requests.count
        let (transport, _, _) = try network.transport(
            links.filter { $0.contains("://") }, followingAnywhere: true)
        let outcome = try await place.perform(ring) { publisher throws(PublishingError) in
            try await publisher.release(
                requests, links: links.isEmpty ? ["."] : links, over: transport,
                replacing: replace, bins: bins, dryRun: dryRun,
                waits: propose ? .always : .ifSigned)
        }
        if let waiting = outcome.waiting {
            Output.raw(waiting.sentences(repository))
            return
        }
        let verdicts = outcome.verdicts
        if verdicts.count > 20 && verdicts.allSatisfy(\.isVerified) && !json {
            Output.result("\(count) files verified")
        } else if json {
            Output.result(.array(verdicts.map(\.json)))
        } else {
            for verdict in verdicts { Output.raw(verdict.text) }
        }
        let refused = verdicts.filter { !$0.isVerified }
        if let first = refused.first {
            Output.remark(
                "nothing was published: consumers would refuse "
                    + (refused.count == 1 ? first.path : "\(refused.count) files"))
            throw ExitCode(first.exitCode)
        }
        Output.remark(dryRun ? "nothing was published: dry run" : "published in \(repository)")
    }

    private func withdrawal() throws -> Publisher.Withdrawal? {
        guard [remove, retire, reinstate].filter({ $0 }).count <= 1 else {
            throw CommandFailure("one of --remove, --retire and --reinstate is expected")
        }
        guard reason.isEmpty || retire else { throw CommandFailure("--reason goes with --retire") }
        guard reason.utf8.count <= 200, reason.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw CommandFailure("--reason: one line of at most 200 bytes expected")
        }
        if remove { return .removal }
        if retire { return .retirement(Retirement(since: currentInstant().day, reason: reason)) }
        return reinstate ? .reinstatement : nil
    }

    private func withdraw(
        _ withdrawal: Publisher.Withdrawal, _ place: PublishingPlace, _ ring: any KeyRing
    ) async throws {
        guard !files.isEmpty, folder == nil, path == nil, bins == nil else {
            throw CommandFailure(
                "paths in the repository are expected, no --folder, --as or --bins")
        }
        let paths = try files.map { text in
            guard let path = TargetPath(UTF8Text(text)) else { throw PublishingError.path(text) }
            return path
        }
        let waiting = try await place.perform(ring) { publisher throws(PublishingError) in
            try await publisher.withdraw(
                paths, withdrawal, waits: propose ? .always : .ifSigned)
        }
        if let waiting { return Output.raw(waiting.sentences(repository)) }
        let verb = remove ? "removed" : retire ? "retired" : "reinstated"
        for path in paths { Output.result("\(verb) \(path)") }
    }

    private func requests() throws -> [ReleaseRequest] {
        if let folder {
            guard files.isEmpty else {
                throw CommandFailure("either files or --folder is expected, not both")
            }
            return try requests(in: folder)
        }
        guard !files.isEmpty else { throw CommandFailure("no files given") }
        guard let path else { return files.map { ReleaseRequest(file: $0, mayLink: link) } }
        guard files.count == 1 else {
            throw CommandFailure("--as is for one file, \(files.count) given")
        }
        guard let target = TargetPath(UTF8Text(path)) else {
            throw PublishingError.path(path)
        }
        return [ReleaseRequest(file: files[0], path: target, mayLink: link)]
    }

    /// Every file below a folder; with `--as`, below that path.
    private func requests(in folder: String) throws -> [ReleaseRequest] {
        let found = try FileSystem.files(below: folder)
        guard !found.isEmpty else { throw CommandFailure("\(folder): no files in it") }
        let (prefix, link) = (path.map { "\($0)/" } ?? "", link)
        return try found.indices.map { number in
            let text = found.path(at: number, after: prefix)
            guard let target = TargetPath(UTF8Text(text)) else {
                throw PublishingError.path(text)
            }
            return ReleaseRequest(
                file: found.path(at: number, after: "\(folder)/"), path: target, mayLink: link)
        }
    }
}
