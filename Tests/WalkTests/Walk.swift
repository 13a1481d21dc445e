// SPDX-License-Identifier: Apache-2.0

/// The walk of the README from nothing to a release, done once.
final class Walk: Sendable {
    static let shared = Result { try Walk() }

    /// Each command as the README has it.
    static let commands = [
        ["init", "repository", "--name", "demo"],
        [
            "layout", "new", "build-package", "--project", "demo", "--functionary", "alice",
            "-o", "repository/layouts/package.yaml",
        ],
        [
            "layout", "add", "repository/layouts/package.yaml", "--key", "alice",
            "--repository", "repository",
        ],
        [
            "run", "-n", "build", "--key", "alice", "-m", "src", "-p", "src", "build", "--",
            "cp", "src/main.txt", "build/main.txt",
        ],
        [
            "run", "-n", "package", "--key", "alice", "-m", "build", "-p", "dist", "--",
            "tar", "-czf", "dist/demo-1.2.0.tar.gz", "build",
        ],
        ["release", "dist/demo-1.2.0.tar.gz", "--repository", "repository"],
    ]

    let folder: String
    /// The words of the line that `init` gives for consumers.
    let invitation: [String]
    /// What `release` said.
    let release: Outcome

    private init() throws {
        let stage = try Stage()
        try Files.write("all of demo\n", to: stage.path("src/main.txt"))
        try Files.makeFolder(stage.path("build"))
        try Files.makeFolder(stage.path("dist"))
        let outcomes = try Walk.commands.map { try stage.succeed($0) }
        let line = try needed(
            outcomes[0].lines.first { $0.hasPrefix("  carnet trust add ") }, "the one line")
        invitation = line.split(separator: " ").map(String.init)
        release = try needed(outcomes.last, "release")
        folder = try stage.keep()
    }
}
