// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Mirroring
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata

struct MirrorCompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Look at several mirrors and the origin, and find split views.",
        discussion: """
            The first place is the origin. A split view is what no honest publisher shows, in \
            files that its own keys signed: two different files under one version, a place that \
            went back, a root that the origin does not have. With --evidence both files are kept \
            as received, and each place is also compared with what it showed before. Exit 0 for \
            one view, 1 for a split view, 4 if a place is further behind than --allow-behind, 5 \
            if one cannot be reached.

            Example:
              carnet mirror compare https://example.org/demo https://mirror.example.net/demo \
            --trusted demo --evidence /var/lib/carnet-monitor
            """)

    @Argument(help: "The origin, then mirrors: folders or URLs, or the name of a trusted one.")
    var places: [String] = []

    @Option(help: "Trust the root of this trusted repository.")
    var trusted: String?

    @Option(
        help: ArgumentHelp("Keep what is seen in this folder.", valueName: "dir"))
    var evidence: String?

    @Option(
        help: ArgumentHelp("Show the split views that are kept in this folder.", valueName: "dir"))
    var show: String?

    @Option(
        name: .customLong("allow-behind"),
        help: ArgumentHelp(
            "Exit 4 only for places that are further behind, as in 90m, 2h or 1d.",
            valueName: "duration"))
    var allowBehind: Duration?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var options: SourceOptions

    func validate() throws {
        if show == nil && places.isEmpty {
            throw ValidationError("at least one place, or --show DIR, expected.")
        }
    }

    func run() async throws {
        if let show { return try showKept(show) }
        let (sources, limits, pin) = try await wanted()
        var report = ComparisonReport()
        for source in sources {
            do throws(MirrorError) {
                report.views.append(
                    try await MirrorView.observe(source, trusting: pin, limits))
            } catch {
                report.failures.append((source.place, error))
            }
        }
        let folder = evidence.map { EvidenceFolder($0) }
        report.comparison = Comparison(report.views, earlier: try folder?.views() ?? [])
        for split in report.comparison.splits { try folder?.keep(split) }
        for view in report.views { try folder?.keep(view) }
        report.allowed = allowBehind?.seconds ?? 0
        if json {
            Output.result(report.json)
        } else {
            Output.raw(report.text(keptIn: evidence))
        }
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }

    private func wanted() async throws -> ([MirrorSource], ClientLimits, [UInt8]) {
        var sources: [MirrorSource] = []
        var root: [UInt8]?
        var limits = ClientLimits()
        for place in places {
            let (options, found, trusted) = try options.sources(place)
            limits = options.limits
            sources += found
            root = root ?? trusted
        }
        if let trusted {
            let repository = try TrustedRepository(named: trusted, home: try Home().state)
            root = try FileSystem.read("\(repository.store)/root.json")
        }
        let pin = try await options.pin(nil, sources, root, limits)
        guard case .root(let bytes) = pin else {
            throw CommandFailure(
                "no root is known to compare by",
                hint: "give it with --root FILE, --fingerprint HEX or --trusted NAME", code: 6)
        }
        return (sources, limits, bytes)
    }

    private func showKept(_ folder: String) throws {
        let kept = try EvidenceFolder(folder).splits()
        if json {
            Output.result([
                "schema": "carnet/mirror-evidence/1",
                "split_views": .array(
                    kept.map { split, isProven in
                        var entry = split.json
                        entry.set("proven", .boolean(isProven))
                        return entry
                    }),
            ])
        } else {
            for (split, isProven) in kept {
                Output.result("\(split)")
                Output.result(
                    isProven
                        ? "  both files are here, and differ, and the repository's keys signed them"
                        : "  the files kept here do not prove it")
            }
            if kept.isEmpty { Output.result("no split view is kept here") }
        }
        if !kept.isEmpty { throw ExitCode(1) }
    }
}

/// What a comparison came to.
struct ComparisonReport {
    static let schema = "carnet/mirror-compare/1"
    var views: [MirrorView] = []
    var failures: [(place: String, error: MirrorError)] = []
    var comparison = Comparison([])
    /// Seconds that a place may be behind.
    var allowed = 0

    private var late: [Comparison.Lag] {
        comparison.behind.filter { $0.seconds > allowed || allowed == 0 }
    }

    var exitCode: Int32 {
        if !comparison.splits.isEmpty { return 1 }
        let codes = failures.map { CommandFailure(mirror: $0.error).code }
        if codes.contains(1) { return 1 }
        if !late.isEmpty { return 4 }
        return codes.max() ?? 0
    }

    func text(keptIn folder: String?) -> String {
        var lines = views.map {
            "  \($0.place): timestamp \($0.timestamp.version), snapshot \($0.snapshot.version), "
                + "root \($0.root)"
        }
        lines += failures.map { "  \($0.place): \($0.error)" }
        lines += comparison.splits.map { "SPLIT VIEW: \($0)" }
        lines += comparison.behind.map { lag in
            "\(lag.place) is behind: timestamp \(lag.timestamp), root \(lag.root), "
                + "\(lag.seconds) s earlier than the newest"
        }
        if comparison.splits.isEmpty, comparison.behind.isEmpty, failures.isEmpty {
            lines.append("All show the same.")
        }
        if let folder, !comparison.splits.isEmpty {
            lines.append("Both files are kept: carnet mirror compare --show \(folder)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    var json: JSON {
        [
            "schema": .text(ComparisonReport.schema),
            "places": .array(
                views.map {
                    [
                        "place": .text($0.place), "timestamp": .integer($0.timestamp.version),
                        "snapshot": .integer($0.snapshot.version), "root": .integer($0.root),
                    ]
                }),
            "failures": .array(
                failures.map { ["place": .text($0.place), "error": .text("\($0.error)")] }),
            "split_views": .array(comparison.splits.map(\.json)),
            "behind": .array(
                comparison.behind.map {
                    [
                        "place": .text($0.place), "timestamp": .integer($0.timestamp),
                        "root": .integer($0.root), "seconds": .integer($0.seconds),
                    ]
                }),
        ]
    }
}
