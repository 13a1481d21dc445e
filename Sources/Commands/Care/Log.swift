// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Releases
import RepositoryStorage
import TUFMetadata
import TUFRepository

struct Log: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Tell the history of a repository in sentences, the newest first.",
        discussion: """
            What each version of root and of the targets roles changed, and who signed it. What \
            was pruned is said.

            Example:  carnet log --role root
            """)

    @Option(help: "Folder of the repository.")
    var repository = "."

    @Option(parsing: .upToNextOption, help: "Only these roles.")
    var role: [String] = []

    @Option(help: "At most so many versions.")
    var last: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        if let last, last < 1 { throw CommandFailure("--last \(last): 1 or more expected") }
        let history = try RepositoryHistory(reading: FolderHistory(repository))
        let roles = role.isEmpty ? nil : Set(role.map { RoleName(UTF8Text($0)) })
        var entries = try history.entries(of: roles, at: currentInstant())
        if let last { entries = Array(entries.prefix(last)) }
        if json { return Output.result(.array(entries.map(\.json))) }
        if entries.isEmpty { Output.remark("no version of that is kept") }
        for entry in entries {
            Output.result(entry.heading)
            for line in entry.lines { Output.result("  \(line)") }
        }
    }
}

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say what differs between two states of a repository: keys, policy, files.",
        discussion: """
            A state is a version of snapshot, as carnet status and a verdict name it, or the \
            folder of a copy of the repository; without B it is the current state.

            Examples:
              carnet diff 41
              carnet diff 41 57
              carnet diff ../copy-of-last-year .
            """)

    @Argument(help: "A version of snapshot, or a folder.")
    var a: String

    @Argument(help: "The same; by default the current state.")
    var b: String?

    @Option(help: "Folder of the repository.")
    var repository = "."

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let old = try contents(a)
        let new =
            try b.map { try contents($0) } ?? FolderHistory(repository).contents(atSnapshot: nil)
        let changes = new.changes(since: old, at: currentInstant())
        if json { return Output.result(.array(changes.map(\.json))) }
        if changes.isEmpty { return Output.result("no difference") }
        for role in changes {
            Output.result("\(role.role)")
            for line in role.lines { Output.result("  \(line)") }
        }
    }

    private func contents(_ name: String) throws -> RepositoryContents {
        if let version = Int(name) {
            return try FolderHistory(repository).contents(atSnapshot: version)
        }
        return try FolderHistory(name).contents(atSnapshot: nil)
    }
}
