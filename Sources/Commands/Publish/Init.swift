// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TUFRepository

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a repository: its roles, keys and first root.",
        discussion: """
            Roles: root says who holds the others; targets delegates; layouts holds the policy; \
            releases, links, snapshot and timestamp are signed by the online key. A key that does \
            not exist yet is made. At a terminal the answers are proposed; with --yes, or when \
            input is no terminal, the proposals are taken.

            Example, three owners of whom two must sign:
              carnet init repository --name demo --root alice bob carol --root-threshold 2
            """)

    @Argument(help: "Folder of the repository.")
    var directory = "."

    @Option(help: "Name of the repository.")
    var name: String?

    @Option(
        parsing: .upToNextOption,
        help: "Path patterns of the releases role; by default NAME/*/*.")
    var files: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: "Path patterns of files that need no evidence of how they were made.")
    var unattested: [String] = []

    @Option(parsing: .upToNextOption, help: "Keys of root; by default a new NAME-root.")
    var root: [String] = []

    @Option(help: "How many of them must sign.")
    var rootThreshold: Int?

    @Option(parsing: .upToNextOption, help: "Keys of targets; by default a new NAME-targets.")
    var targets: [String] = []

    @Option(help: "How many of them must sign.")
    var targetsThreshold: Int?

    @Option(parsing: .upToNextOption, help: "Keys of layouts; by default a new NAME-layouts.")
    var layouts: [String] = []

    @Option(help: "How many of them must sign.")
    var layoutsThreshold: Int?

    @Option(help: "Key of the online roles; by default a new NAME-online.")
    var online: String?

    @Option(help: "Where the repository will be served, for the line to give to consumers.")
    var url: String?

    @Flag(help: "Take the proposals without asking.")
    var yes = false

    @OptionGroup var options: KeyOptions

    func run() async throws {
        let folder = RepositoryDirectory(directory)
        guard !folder.isRepository else {
            throw CommandFailure("\(directory): there is a repository already")
        }
        try check()
        let asks = !yes && Terminal.isInteractive
        let name = try chosenName(asks)
        guard TrustedRepository.isName(name) else { throw TrustError.name(name) }
        var patterns = files
        if patterns.isEmpty {
            patterns =
                asks
                ? [Terminal.answer("Which paths may releases have?", proposal: "\(name)/*/*")]
                : ["\(name)/*/*"]
        }
        let url =
            url ?? (asks ? Terminal.answer("Where will it be served?", proposal: "URL") : "URL")
        try check(patterns, "--files", such: "\(name)/*/*")
        try check(unattested, "--unattested", such: "\(name)/*/CHANGES.txt")
        if url != "URL" { try TrustedRepository.check([TrustedRepository.Mirror(url)]) }
        var making = NewKeys(try options.makingDirectory())
        // Keys that exist are unlocked before one is made, so that a wrong passphrase stops here.
        let existing = try options.directory(extra: named)
        for key in named where existing.exists(key) {
            let role = root.contains(key) ? RoleName.root : .targets
            _ = try existing.signer(
                for: try existing.publicKey(key),
                purpose: SigningPurpose(role: role, version: 1, holder: personName(key)))
        }
        do {
            let plan = RepositoryPlan(
                name: name,
                root: try making.keys(root, "\(name)-root", rootThreshold),
                targets: try making.keys(targets, "\(name)-targets", targetsThreshold),
                layouts: try making.keys(layouts, "\(name)-layouts", layoutsThreshold),
                online: try making.keys(online.map { [$0] } ?? [], "\(name)-online", nil),
                releasePatterns: patterns.map { UTF8Text($0) },
                unattested: unattested.map { UTF8Text($0) })
            let isOffline = Set(
                (plan.root.holders + plan.targets.holders + plan.layouts.holders)
                    .compactMap(\.key.material))
            guard isOffline.isDisjoint(with: plan.online.holders.compactMap(\.key.material)) else {
                throw CommandFailure(
                    "the online key also holds an offline role, expected a key of its own")
            }
            let ring = FirstOf(making.directory.unlockedOnly, existing)
            let fingerprint = try await Publisher(folder, ring, now: currentInstant())
                .create(plan)
            making.report()
            report(plan, name, fingerprint, url)
        } catch {
            // Keys of a repository that exists are not taken back, whatever went wrong then.
            if !folder.isRepository { making.takeBack() }
            throw error
        }
    }

    private var named: [String] { root + targets + layouts + (online.map { [$0] } ?? []) }

    /// What can be known to fail before a key is made.
    private func check() throws {
        for (names, threshold) in [
            (root, rootThreshold), (targets, targetsThreshold), (layouts, layoutsThreshold),
        ] {
            let count = max(1, Set(names).count)
            guard let threshold, !(1...count).contains(threshold) else { continue }
            throw CommandFailure(
                "threshold \(threshold) found, but there \(count == 1 ? "is 1 key" : "are \(count) keys")"
            )
        }
        var place = directory
        while !FileSystem.exists(place), FileSystem.parent(of: place) != place {
            place = FileSystem.parent(of: place)
        }
        guard FileSystem.isDirectory(place) else {
            throw CommandFailure("\(place): not a folder, a repository is one")
        }
    }

    /// Patterns of paths that there can be; those of the evidence belong to roles of their own.
    private func check(_ patterns: [String], _ option: String, such example: String) throws {
        for pattern in patterns {
            let isPath = TargetPath(UTF8Text(pattern)) != nil
            let first = pattern.utf8.prefix { $0 != UInt8(ascii: "/") }
            let isEvidence = LayoutTarget.folders.contains { first.elementsEqual($0.utf8) }
            guard isPath, !isEvidence else {
                throw CommandFailure(
                    "\(option) \(quoted(pattern)): "
                        + (isEvidence
                            ? "that folder holds the evidence, a pattern beside it expected"
                            : "a pattern of paths expected, such as \(example)"))
            }
        }
    }

    private func chosenName(_ asks: Bool) throws -> String {
        if let name { return name }
        let proposal = FileSystem.name(of: FileSystem.absolute(directory))
        return asks
            ? Terminal.answer("What is the repository's name?", proposal: proposal) : proposal
    }

    private func report(
        _ plan: RepositoryPlan, _ name: String, _ fingerprint: String, _ url: String
    ) {
        func line(_ role: String, _ keys: RepositoryPlan.Keys, _ words: String) {
            let holders = keys.holders.map(\.name).joined(separator: ", ")
            let padding = String(repeating: " ", count: max(1, 9 - role.utf8.count))
            Output.result("  \(role)\(padding)\(keys.threshold) of: \(holders)   (\(words))")
        }
        Output.result("repository \(name) made in \(directory)")
        line("root", plan.root, "says who holds the roles; 1 year")
        line("targets", plan.targets, "delegates; 1 year")
        line("layouts", plan.layouts, "the policy; 1 year")
        line("online", plan.online, "releases, links 30 days; snapshot 7 days; timestamp 1 day")
        Output.result("  files    \(plan.releasePatterns.map(\.string).joined(separator: ", "))")
        Output.result("fingerprint \(fingerprint)")
        Output.result("Consumers trust it with this one line:")
        Output.result("  carnet trust add \(name) \(url) --fingerprint \(fingerprint)")
    }
}
