// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Mirroring
import RepositoryStorage

struct MirrorStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say what a mirror serves, until when, and how far it is behind its source.",
        discussion: """
            Exit 0 if clients can use the mirror; 4 if a role has expired, if the source shows an \
            older state, or if the mirror is further behind than --allow-behind; 1 if the source \
            shows a state that no client would take.

            Example, for cron:  carnet mirror status /srv/demo --source demo --allow-behind 2h
            """)

    @Argument(help: "Where the mirror is.")
    var mirror: String

    @Option(help: "The source to compare with: the name of a trusted repository, or its place.")
    var source: String?

    @Option(
        name: .customLong("allow-behind"),
        help: ArgumentHelp(
            "Exit 4 only if the mirror is further behind, as in 90m, 2h or 1d.",
            valueName: "duration"))
    var allowBehind: Duration?

    @Option(help: "Write the same to this file, as Prometheus reads it.")
    var metrics: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var options: SourceOptions

    func run() async throws {
        let store = try options.mirror(mirror)
        var (mirrorOptions, sources) = (MirrorOptions(), [MirrorSource]())
        var trusted: [UInt8]?
        if let source { (mirrorOptions, sources, trusted) = try options.sources(source) }
        let pin = try await options.pin(store, sources, trusted, mirrorOptions.limits)
        let status = try await status(store, pin, sources, mirrorOptions)
        if json {
            Output.result(status.json)
        } else {
            Output.raw(status.text)
        }
        if let metrics { try FileSystem.write(Array(status.metrics.utf8), to: metrics) }
        let code = exitCode(status)
        if code != 0 { throw ExitCode(code) }
    }

    /// By the first source that can be reached.
    private func status(
        _ store: any RepositoryStore, _ pin: MirrorPin, _ sources: [MirrorSource],
        _ options: MirrorOptions
    ) async throws -> MirrorStatus {
        let now = currentInstant()
        var last: MirrorStatus?
        for source in sources.map(Optional.some) + (sources.isEmpty ? [nil] : []) {
            let status = try await mirroring { () throws(MirrorError) in
                try await MirrorStatus(of: store, pin, source: source, options: options, now: now)
            }
            last = last ?? status
            if case .refused(let error) = status.source, error.isUnreachable { continue }
            return status
        }
        guard let last else { throw CommandFailure("no source is known") }
        return last
    }

    private func exitCode(_ status: MirrorStatus) -> Int32 {
        if status.isExpired { return 4 }
        switch status.source {
        case .notAsked: return 0
        case .refused(let error): return CommandFailure(mirror: error).code
        case .answered(let lag):
            guard let allowBehind, status.isBehind else { return 0 }
            return lag.seconds > allowBehind.seconds ? 4 : 0
        }
    }
}

/// A length of time as a person writes it: `90`, `90s`, `15m`, `2h`, `1d`.
struct Duration: ExpressibleByArgument {
    let seconds: Int

    init?(argument: String) {
        let factors: [UInt8: Int] = [0x73: 1, 0x6D: 60, 0x68: 3600, 0x64: 86400]
        let factor = argument.utf8.last.flatMap { factors[$0] }
        let digits = factor == nil ? argument[...] : argument.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(digits), number <= 1 << 31
        else { return nil }
        seconds = number * (factor ?? 1)
    }
}
