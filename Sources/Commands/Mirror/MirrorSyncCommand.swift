// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Glibc
import MetadataSigning
import Mirroring
import Releases
import RepositoryStorage
import Synchronization
import TUFClient
import TUFMetadata

struct MirrorSyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Bring a mirror to the state of its source, verified as a client verifies it.",
        discussion: """
            SOURCE is the name of a trusted repository, or a place with --root or --fingerprint; \
            a mirror that is there already goes on with its own roots. Whoever reads DEST sees the \
            old state or the new one, never a mixture. A source that is older than DEST, expired \
            or broken changes nothing: exit 4 or 1.

            Examples:
              carnet mirror sync demo /srv/mirror/demo
              carnet mirror sync https://example.org/demo /srv/demo --fingerprint 5c0f…
              carnet mirror sync demo /srv/demo --watch --metrics /run/demo.prom
            """)

    @Argument(help: "Name of a trusted repository, or the folder or URL of metadata/ and targets/.")
    var source: String

    @Argument(help: "Where the mirror is or is to be.")
    var destination: String

    @Option(
        help: ArgumentHelp(
            "Keep the files of this role alone, with all metadata. Repeat for more.",
            valueName: "role"))
    var role: [String] = []

    @Option(
        help: ArgumentHelp(
            "Keep the files alone whose paths match, where * also matches /. Repeat for more.",
            valueName: "pattern"))
    var path: [String] = []

    @Flag(
        help: "No other process ever writes to DEST: then a registry will do, which has no locks.")
    var onlyWriter = false

    @Flag(help: "Go on, and look for a new state again and again.")
    var watch = false

    @Option(help: ArgumentHelp("With --watch, seconds between two looks.", valueName: "seconds"))
    var every = 300

    @Option(help: "Write how the mirror fares to this file, as Prometheus reads it.")
    var metrics: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var options: SourceOptions

    func validate() throws {
        guard (1...86400).contains(every) else {
            throw ValidationError("--every \(every): 1 to 86400 seconds expected.")
        }
    }

    func run() async throws {
        let work = try await MirrorSyncWork(self)
        guard watch else {
            do {
                let outcome = try await Interrupt.run { try await work.once() }
                work.report(outcome)
                try await work.writeMetrics(succeeded: true)
            } catch {
                try? await work.writeMetrics(succeeded: false)
                throw error
            }
            return
        }
        let lastRoot = RootLooks()
        await Watching(
            isReadyAnyway: true,
            work: { isFirst in
                let outcome = try await work.once(askingForRoot: lastRoot.isDue())
                if isFirst || outcome.kind == .published { work.report(outcome) }
                return Watching.spread(every)
            },
            attempted: { succeeded in
                do { try await work.writeMetrics(succeeded: succeeded) } catch {
                    Output.failure(CommandFailure(error))
                }
            }
        ).run()
    }
}

/// When the source was last asked for a root that comes without a new timestamp: once an hour is
/// enough.
private final class RootLooks: Sendable {
    private let last = Mutex(0)

    func isDue() -> Bool {
        last.withLock { last in
            let now = time(nil)
            guard now - last >= 3600 else { return false }
            last = now
            return true
        }
    }
}

/// Synchronizations of one mirror.
struct MirrorSyncWork: Sendable {
    private let store: any RepositoryStore
    private let sources: [MirrorSource]
    private let pin: MirrorPin
    private let options: MirrorOptions
    private let progress: MirrorProgressLine?
    private let isJSON: Bool
    private let metrics: String?
    private let lastSuccess = SuccessTime()

    init(_ command: MirrorSyncCommand) async throws {
        let place = try StorePlace(command.destination)
        store = try await place.store(
            command.options.limited.transport().0,
            allowingHTTP: command.options.network.allowHTTP,
            waiting: LockWait { folder in
                Output.remark("\(folder) is in use by another process, waiting")
            })
        let (options, sources, trusted) = try command.options.sources(command.source)
        self.sources = sources
        pin = try await command.options.pin(store, sources, trusted, options.limits)
        var changed = options
        changed.selection = MirrorSelection(
            roles: command.role.map { RoleName(UTF8Text($0)) },
            patterns: command.path.map { Wildcard(UTF8Text($0)) })
        let line = command.json ? nil : MirrorProgressLine.onTerminal()
        changed.isOnlyWriter = command.onlyWriter
        if let line { changed.progress = { line.take($0) } }
        changed.notice = { notice in
            line?.end()
            Output.remark("\(notice)")
        }
        self.options = changed
        progress = line
        isJSON = command.json
        metrics = command.metrics
    }

    /// From the first place that can be reached.
    func once(askingForRoot: Bool = false) async throws -> SyncOutcome {
        defer { progress?.end() }
        var options = options
        options.alwaysAsksForRoot = askingForRoot
        var failure: MirrorError?
        for source in sources {
            do throws(MirrorError) {
                let sync = MirrorSync(source, into: store, options: options, now: currentInstant())
                let outcome = try await sync.run(pin)
                lastSuccess.set(currentInstant().seconds)
                return outcome
            } catch {
                failure = failure.map { $0.isUnreachable ? error : $0 } ?? error
                guard !error.isCancelled else { break }
                if sources.count > 1 { Output.remark("\(source.place): \(error)") }
            }
        }
        throw CommandFailure(
            mirror: failure ?? .nothingTrusted(place: store.place), keeping: store.place)
    }

    func report(_ outcome: SyncOutcome) {
        if isJSON { return Output.result(outcome.json(store.place)) }
        Output.result(outcome.text(store.place))
    }

    func writeMetrics(succeeded: Bool) async throws {
        guard let metrics else { return }
        var text = ""
        do throws(MirrorError) {
            text = try await MirrorStatus(of: store, now: currentInstant()).metrics
        } catch  where succeeded {
            throw CommandFailure(mirror: error)
        } catch {
            // Nothing is mirrored yet.
        }
        text += """
            # TYPE carnet_mirror_last_sync_succeeded gauge
            carnet_mirror_last_sync_succeeded \(succeeded ? 1 : 0)
            # TYPE carnet_mirror_last_success_timestamp_seconds gauge
            carnet_mirror_last_success_timestamp_seconds \(lastSuccess.value)

            """
        try FileSystem.write(Array(text.utf8), to: metrics)
    }
}

private final class SuccessTime: Sendable {
    private let seconds = Mutex(0)

    var value: Int { seconds.withLock { $0 } }

    func set(_ value: Int) { seconds.withLock { $0 = value } }
}

extension SyncOutcome {
    static let schema = "carnet/mirror-sync/1"

    func text(_ place: String) -> String {
        let versions = "timestamp \(timestamp), snapshot \(snapshot), root \(root)"
        switch kind {
        case .unchanged: return "\(place) is up to date: \(versions)"
        case .overtaken: return "\(place) was brought up to date by another process: \(versions)"
        case .published:
            let files = "\(progress.received) new file\(progress.received == 1 ? "" : "s")"
            return "\(place) now serves \(versions): \(files), \(progress.bytes) bytes"
        }
    }

    func json(_ place: String) -> JSON {
        let word =
            switch kind {
            case .unchanged: "unchanged"
            case .overtaken: "overtaken"
            case .published: "published"
            }
        return [
            "schema": .text(SyncOutcome.schema), "place": .text(place), "outcome": .text(word),
            "root": .integer(root), "timestamp": .integer(timestamp),
            "snapshot": .integer(snapshot), "roles_seen": .integer(progress.roles),
            "files_seen": .integer(progress.files), "files_received": .integer(progress.received),
            "bytes_received": .integer(progress.bytes),
        ]
    }
}
