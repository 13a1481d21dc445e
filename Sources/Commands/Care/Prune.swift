// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Releases
import RepositoryStorage
import TUFRepository

struct Prune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove files that no client may ask for any more.",
        discussion: """
            Metadata of old states, and target files that none of the kept states lists. Roots \
            stay, all of them; so does what a client may still ask for that began with a state \
            of the grace period, or of the last two.
            """)

    @Option(help: "Folder of the repository.")
    var repository = "."

    @Option(help: "Days that a state stays after it was followed by another.")
    var grace = 30

    @Flag(help: "Say what would be removed, and remove nothing.")
    var dryRun = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        guard (0...36500).contains(grace) else {
            throw CommandFailure("--grace \(grace): 0 to 36500 days expected")
        }
        let directory = RepositoryDirectory(repository)
        guard directory.isRepository else {
            throw PublishingError.repository(.noRepository(path: repository))
        }
        let pruner = Pruner(directory, graceDays: grace, now: currentInstant())
        let plan: PrunePlan
        do {
            plan = dryRun ? try await pruner.plan() : try await pruner.prune()
        } catch {
            throw CommandFailure("\(error)", hint: error.hint, code: 1)
        }
        if json {
            Output.result(plan.json(isDone: !dryRun))
        } else {
            Output.raw(plan.text(isDone: !dryRun))
        }
    }
}
