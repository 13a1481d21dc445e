// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

/// A repository whose root alice, bob and carol hold, two of whom must sign; each has a home of
/// his own with his own private key, and the public keys of the others. `publisher` has the
/// online key, and that of targets.
final class Ceremony {
    let stage: Stage
    static let owners = ["alice", "bob", "carol"]

    init() throws {
        stage = try Stage()
        try stage.succeed(
            [
                "init", "repository", "--name", "demo", "--root", "alice", "bob", "carol",
                "--root-threshold", "2", "--unattested", "demo/*/*", "--yes",
            ], home: "publisher")
        for owner in Ceremony.owners {
            try Files.makeFolder(stage.path("\(owner)/keys"))
            for other in Ceremony.owners {
                let publicKey = try Files.read(stage.path("publisher/keys/\(other).pub"))
                try Files.write(publicKey, to: stage.path("\(owner)/keys/\(other).pub"))
            }
            try move("\(owner).pem", from: "publisher", to: owner)
        }
    }

    func move(_ key: String, from: String, to: String) throws {
        let source = stage.path("\(from)/keys/\(key)")
        try Files.write(try Files.read(source), to: stage.path("\(to)/keys/\(key)"))
        Files.remove(source)
    }

    /// Runs `carnet` for a person, in a copy of the repository or in the repository itself.
    @discardableResult
    func carnet(_ person: String, _ words: String..., at repository: String = "repository") throws
        -> Outcome
    {
        try stage.succeed(words + ["--repository", repository], home: person)
    }

    /// What must fail.
    func failure(_ person: String, _ words: String..., at repository: String = "repository") throws
        -> Outcome
    {
        let outcome = try stage.carnet(words + ["--repository", repository], home: person)
        #expect(outcome.status != 0, "\(outcome)")
        return outcome
    }

    /// A copy of the repository for somebody to work in.
    func copy(_ name: String) throws -> String {
        try Files.copy(stage.path("repository"), to: stage.path(name))
        return name
    }

    /// Brings over the files that are new in a copy, as git or a shared folder does.
    func collect(_ copy: String) throws {
        let folder = stage.path("\(copy)/signing/signatures")
        try Files.makeFolder(stage.path("repository/signing/signatures"))
        for name in try Files.names(in: folder) {
            let destination = stage.path("repository/signing/signatures/\(name)")
            if !Files.exists(destination) {
                try Files.write(try Files.read("\(folder)/\(name)"), to: destination)
            }
        }
    }

    /// Version of the newest root.
    var rootVersion: Int {
        (1...99).last { Files.exists(stage.path("repository/metadata/\($0).root.json")) } ?? 0
    }

    /// What python-tuf's client says of the repository.
    func pythonReads(_ targets: String...) throws -> String {
        let outcome = try stage.run(
            [Python.interpreter, Python.script("python_reader.py"), "repository"] + targets)
        guard outcome.status == 0 else { throw CommandFailed(words: ["python"], outcome: outcome) }
        return outcome.output
    }
}

/// The virtual environment that `.ci/setup` makes, and the scripts of the scenarios.
enum Python {
    static let root: String = {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    static var interpreter: String { "\(root)/.build/venv/bin/python3" }

    static func script(_ name: String) -> String { "\(root)/Tests/Scenarios/\(name)" }
}
