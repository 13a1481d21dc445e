// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Mirroring
import RepositoryStorage

struct MirrorPruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove from a mirror what no client may ask for any more.",
        discussion: """
            All roots stay; so does what the current state and the one before it refer to, and \
            those that were current within the grace period. Files that were received within the \
            last hour stay, too: a synchronization may be at work.
            """)

    @Argument(help: "Where the mirror is.")
    var mirror: String

    @Option(help: "Days that a state stays after it was followed by another.")
    var grace = 30

    @Flag(help: "Say what would be removed, and remove nothing.")
    var dryRun = false

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Network") var network: NetworkOptions

    func validate() throws {
        guard (0...36500).contains(grace) else {
            throw ValidationError("--grace \(grace): 0 to 36500 days expected.")
        }
    }

    func run() async throws {
        let store = try StorePlace(mirror).readable(
            network.transport().0, allowingHTTP: network.allowHTTP)
        let outcome = try await mirroring { () throws(MirrorError) in
            try await MirrorPruning(store, graceDays: grace, now: currentInstant())
                .run(isDry: dryRun)
        }
        if json {
            Output.result(outcome.json(isDone: !dryRun))
        } else {
            Output.raw(outcome.text(isDone: !dryRun))
        }
    }
}

extension MirrorPruning.Outcome {
    func text(isDone: Bool) -> String {
        var lines = removals.map { "  \(shown($0.name))   \($0.bytes) bytes" }
        let files = "\(removals.count) file\(removals.count == 1 ? "" : "s")"
        lines.append("\(files) \(isDone ? "removed" : "to be removed"), \(bytes) bytes.")
        let states = snapshots.map(String.init).joined(separator: ", ")
        lines.append(
            "Kept with all their files: \(snapshots.count == 1 ? "state" : "states") \(states)"
                + (young > 0 ? "; \(young) unused files are not old enough." : "."))
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same form as of `carnet prune`.
    func json(isDone: Bool) -> JSON {
        [
            "schema": "carnet/prune/1", "done": .boolean(isDone), "bytes": .integer(bytes),
            "kept_states": .array(snapshots.map(JSON.integer)),
            "not_old_enough": .integer(young),
            "files": .array(
                removals.map { ["path": .string($0.name), "bytes": .integer($0.bytes)] }),
        ]
    }
}

/// A name from a store, fit for a line.
func shown(_ name: UTF8Text) -> String {
    name.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? name.string : quoted(name)
}
