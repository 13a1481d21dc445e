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

    @Option(help: "Folder of the repository.")
    var repository = "."

    @Flag(help: "Sign all that the keys at hand can sign, due or not.")
    var all = false

    @Flag(help: "Go on, and sign each role when it is due.")
    var watch = false

    @Option(
        help: "With --watch, write when each role expires to this file, as Prometheus reads it.")
    var metrics: String?

    @OptionGroup var options: KeyOptions

    func run() async throws {
        let ring = try options.directory()
        let publisher = Publisher(RepositoryDirectory(repository), ring, now: currentInstant())
        guard watch else {
            report(try await publisher.refresh(all: all))
            return
        }
        let watching = RefreshWatch(
            repository: repository, ring: ring, metrics: metrics, report: report)
        _ = try? await Interrupt.run { await watching.run() }
        ServiceNotice.send("STOPPING=1")
        Output.remark("ended")
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
    let repository: String
    let ring: any KeyRing
    let metrics: String?
    let report: @Sendable (RefreshOutcome) -> Void

    /// Seconds: no longer than this without a look, as others publish, too, and clocks are set.
    private static let longestPause = 600
    private static let longestBackoff = 300

    func run() async {
        var backoff = 1
        var isReady = false
        var lastFailure = ""
        while !Task.isCancelled {
            var pause: Int
            do {
                let outcome = try await refresh()
                (backoff, lastFailure) = (1, "")
                if !outcome.signed.isEmpty || !isReady { report(outcome) }
                if !isReady { ServiceNotice.send("READY=1") }
                isReady = true
                pause = untilDue(outcome)
                write(outcome.plan)
                ServiceNotice.send("STATUS=next look in \(pause) s")
            } catch {
                let failure = CommandFailure(error)
                // One line for each kind of failure, not one for each attempt.
                if failure.message != lastFailure { Output.failure(failure) }
                lastFailure = failure.message
                ServiceNotice.send("STATUS=\(failure.message)")
                pause = backoff
                backoff = min(backoff * 2, RefreshWatch.longestBackoff)
            }
            try? await Task.sleep(for: .seconds(pause))
        }
    }

    private func refresh() async throws -> RefreshOutcome {
        try await Publisher(RepositoryDirectory(repository), ring, now: currentInstant())
            .refresh()
    }

    /// Seconds until the next role is due, less a random part, so that a fleet of publishers
    /// does not come at once.
    private func untilDue(_ outcome: RefreshOutcome) -> Int {
        let left = Set(outcome.left.map(\.role))
        let next = outcome.plan.entries.first { !left.contains($0.role) }
        let seconds = (next?.due.seconds ?? Int.max / 2) - currentInstant().seconds
        let bounded = min(max(seconds, 1), RefreshWatch.longestPause)
        return max(1, bounded - Int.random(in: 0...(bounded / 10)))
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
