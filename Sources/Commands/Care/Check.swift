// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Releases
import RepositoryStorage
import TUFClient
import TUFRepository

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Verify a whole repository as every client would, and say what is weak in it.",
        discussion: """
            From the first root on: signatures, versions, digests, every file, every release with \
            its evidence; then thresholds, keys, patterns that nothing reaches, what expires soon. \
            Each finding says how to mend it. Exit code 0 sound, 1 broken, 4 expired or about to.

            Example, the alarm for cron:  carnet check /srv/demo --expiring 14d
            """)

    @Argument(help: "Folder of the repository, or the URL of one.")
    var place = "."

    @Option(
        help: ArgumentHelp(
            "Look only at when things expire: fail if one does within this time.",
            valueName: "days"))
    var expiring: String?

    @Flag(help: "Verify metadata alone; files are not read.")
    var metadataOnly = false

    @Flag(help: "Do not verify releases as a consumer does.")
    var noReleases = false

    @Option(help: "A root that you trust: begin there in place of version 1.")
    var root: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var network: NetworkOptions

    func run() async throws {
        let (transport, limits, evidence) = try network.transport(isURL ? [place] : [])
        var options = AuditOptions()
        if let expiring { options = .expiring(withinDays: try days(expiring)) }
        if metadataOnly { options.scope = .metadata }
        if noReleases { options.verifiesReleases = false }
        options.limits = limits
        options.evidence = evidence
        let report = await (try audit(transport, options)).run()
        if json { Output.result(report.json) } else { Output.raw(report.text) }
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }

    private var isURL: Bool { place.utf8.firstRange(of: "://".utf8) != nil }

    private func audit(_ transport: any Fetcher, _ options: AuditOptions) throws -> RepositoryAudit
    {
        let now = currentInstant()
        var pinned: [UInt8]?
        if let root {
            pinned = try FileSystem.read(root, maximumBytes: 512 << 10)
            guard pinned != nil else { throw TrustError.noRoot(file: root) }
        }
        guard isURL else {
            let directory = RepositoryDirectory(place)
            guard directory.isRepository || pinned != nil else {
                throw PublishingError.repository(.noRepository(path: place))
            }
            return RepositoryAudit(directory, pinned: pinned, options: options, now: now)
        }
        let mirror = TrustedRepository.Mirror(place)
        return RepositoryAudit(
            transport, metadataURL: mirror.metadataURL, targetsURL: mirror.targetsURL,
            pinned: pinned, options: options, now: now)
    }

    /// `14d` or `14`.
    private func days(_ text: String) throws -> Int {
        let digits = text.utf8.last == UInt8(ascii: "d") ? String(text.dropLast()) : text
        guard let days = Int(digits), (0...36500).contains(days) else {
            throw CommandFailure("--expiring \(quoted(text)): days expected, such as 14d")
        }
        return days
    }
}
