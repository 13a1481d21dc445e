// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TUFRepository

struct Refresh: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh",
        abstract: "Sign roles anew before they expire: timestamp, snapshot, and what else is due.",
        discussion: """
            A role is due when a third of its period is left. What the keys at hand can sign is \
            signed and published; of the rest it is said who must. With --watch it goes on until \
            it is told to end, under systemd as a service of Type=notify.

            Example, for cron:  carnet refresh --repository /srv/demo --passphrase-fd 3 3<secret
            """)

    @Option(help: "Folder of the repository, or s3://BUCKET/PREFIX where several publish.")
    var repository = "."

    @Option(
        help: ArgumentHelp(
            "SHA-256 of the first root of a repository in a store, at its first use here.",
            valueName: "hex"))
    var fingerprint: String?

    @Flag(help: "Sign all that the keys at hand can sign, due or not.")
    var all = false

    @Flag(help: "Go on, and sign each role when it is due.")
    var watch = false

    @Option(
        help: "With --watch, write when each role expires to this file, as Prometheus reads it.")
    var metrics: String?

    @OptionGroup var options: KeyOptions

    @OptionGroup(title: "Network, for a repository in a store") var network: NetworkOptions

    func run() async throws {
        let ring = try options.directory()
        let place = try await PublishingPlace(repository, fingerprint: fingerprint, network)
        guard watch else {
            let outcome = try await place.perform(ring) { publisher throws(PublishingError) in
                try await publisher.refresh(all: all)
            }
            return report(outcome)
        }
        let watch = RefreshWatch(place: place, ring: ring, metrics: metrics, report: report)
        await Watching { isFirst in try await watch.look(isFirst) }.run()
    }

    private func report(_ outcome: RefreshOutcome) {
        for role in outcome.signed {
            let expires = role.signed["expires"]?.text?.string ?? "?"
            Output.result("signed \(role.role) version \(role.version), good until \(expires)")
        }
        for entry in outcome.left {
            let words = entry.expires <= currentInstant() ? "EXPIRED since" : "expires"
            Output.remark(
                "\(entry.role) \(words) \(entry.expires), and its keys are not here; its holders "
                    + "sign it anew: carnet role expire \(entry.role)")
        }
        if outcome.signed.isEmpty,
            let next = outcome.plan.entries.first(where: { entry in
                !outcome.left.contains { $0.role == entry.role }
            })
        {
            Output.result("nothing is due; \(next.role) is the next, on \(next.due)")
        }
    }
}

/// Signs the roles of a repository each time one is due.
private struct RefreshWatch: Sendable {
    let place: PublishingPlace
    let ring: any KeyRing
    let metrics: String?
    let report: @Sendable (RefreshOutcome) -> Void

    /// Seconds: no longer than this without a look, as others publish, too, and clocks are set.
    private static let longestPause = 600

    /// - Returns: seconds until the next look.
    func look(_ isFirst: Bool) async throws -> Int {
        let outcome = try await refresh()
        if !outcome.signed.isEmpty || isFirst { report(outcome) }
        write(outcome.plan)
        return untilDue(outcome)
    }

    private func refresh() async throws -> RefreshOutcome {
        try await place.perform(ring) { publisher throws(PublishingError) in
            try await publisher.refresh()
        }
    }

    /// Seconds until the next role is due, less a random part, so that a fleet of publishers
    /// does not come at once.
    private func untilDue(_ outcome: RefreshOutcome) -> Int {
        let left = Set(outcome.left.map(\.role))
        let next = outcome.plan.entries.first { !left.contains($0.role) }
        let seconds = (next?.due.seconds ?? Int.max / 2) - currentInstant().seconds
        let bounded = min(max(seconds, 1), RefreshWatch.longestPause)
        return Watching.spread(bounded)
    }

    private func write(_ plan: RefreshPlan) {
        guard let metrics else { return }
        var text = "# TYPE carnet_role_expires_timestamp_seconds gauge\n"
        for entry in plan.entries where entry.role.description.utf8.allSatisfy({ $0 != 0x22 }) {
            text +=
                "carnet_role_expires_timestamp_seconds{role=\"\(entry.role)\"} "
                + "\(entry.expires.seconds)\n"
        }
        do { try FileSystem.write(Array(text.utf8), to: metrics) } catch {
            Output.failure(CommandFailure(error))
        }
    }
}
