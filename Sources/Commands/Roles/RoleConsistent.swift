// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import TUFRepository

struct RoleConsistent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consistent",
        abstract: "Turn consistent snapshots on, in a repository that was taken over without.",
        discussion: """
            Root says so from its next version on, and must be signed for it. Until then clients \
            can read the repository, and nothing else can be changed.
            """)

    @OptionGroup var options: ChangeOptions

    func run() async throws {
        try await options.apply { (edit) throws(RepositoryError) in
            try edit.turnConsistentSnapshotsOn()
        }
    }
}
