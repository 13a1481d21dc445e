// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import MetadataSigning
import Releases
import TUFClient
import TUFMetadata

struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what the trusted repositories offer, and who vouches for each file.",
        discussion: """
            After "by" stand the roles from the first one below targets to the one that lists the \
            file. Layouts, their keys and links are left out; --all shows them as well.

            Examples:
              carnet list demo
              carnet list 'demo/demo/1.*/*.whl'
            """)

    @Argument(help: "NAME or NAME/PATTERN, where * also matches /; by default every repository.")
    var what: String?

    @Flag(help: "Also layouts, keys and links.")
    var all = false

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "A repository for this command alone") var pinned: PinnedOptions

    @OptionGroup(title: "State and network") var options: ClientOptions

    func run() async throws {
        if let mapped { return try await runMapped(mapped) }
        let (repositories, pattern) = try await wanted()
        let client = try options.client(repositories)
        var rows: [JSON] = []
        var shortfall = Shortfall()
        var count = 0
        for repository in repositories {
            let list: TargetList
            do throws(UpdateError) {
                list = try await found(client.consumer(repository), pattern)
            } catch {
                // One bad repository does not hide the others.
                guard repositories.count > 1 else { throw error }
                shortfall.add(repository.name, error)
                continue
            }
            // Nor does one bad role.
            shortfall.add(repository.name, list.failures)
            count += list.files.count
            for file in list.files {
                if json {
                    rows.append(row(file, repository.name))
                } else {
                    Output.result(line(file, repository.name))
                }
            }
        }
        if json { Output.result(.array(rows)) }
        if count == 0 && shortfall.isEmpty {
            Output.remark(pattern == nil ? "nothing is offered" : "no file matches")
        }
        shortfall.tell()
        if let code = shortfall.code { throw ExitCode(code) }
    }

    private func wanted() async throws -> ([TrustedRepository], String?) {
        if let single = try await pinned.repository(options) { return ([single], what) }
        guard let what else { return (try options.repositories(), nil) }
        let parts = what.split(separator: "/", maxSplits: 1).map(String.init)
        guard let name = parts.first else { throw CommandFailure("NAME expected") }
        return (try options.repositories([name]), parts.count == 2 ? parts[1] : nil)
    }

    private func found(
        _ consumer: Consumer, _ pattern: String?
    ) async throws(UpdateError) -> TargetList {
        let session = try await consumer.session()
        let text = pattern.map { UTF8Text($0) }
        // A plain path needs no look into every role.
        let isPlain = text?.utf8.allSatisfy { ![0x2A, 0x3F, 0x5B].contains($0) } ?? false
        if isPlain, let path = text.flatMap({ TargetPath($0) }) {
            return TargetList(try await session.search.find(path).map { [$0] } ?? [])
        }
        let wildcard = text.map { Wildcard($0) }
        return try await session.list { path in
            (all || !isEvidence(path)) && (wildcard?.matches(path.text) ?? true)
        }
    }

    private func isEvidence(_ path: TargetPath) -> Bool {
        path.text.utf8.starts(with: "\(LayoutTarget.folder)/".utf8)
            || path.text.utf8.starts(with: "\(LayoutTarget.keyFolder)/".utf8)
    }

    private func hasEvidence(_ found: FoundTarget) -> Bool {
        !isEvidence(found.file.path) && found.file.custom?["in-toto"] != nil
    }

    private func line(_ found: FoundTarget, _ name: String) -> String {
        let evidence = hasEvidence(found) ? "  with evidence" : ""
        let below = found.chain.dropFirst().map(\.description)
        let who = below.isEmpty ? "targets" : below.joined(separator: " > ")
        let retired = Retirement(found.file).map { "  retired \($0)" } ?? ""
        return "\(name)/\(found.file.path)  \(found.file.length) bytes  by \(who)\(evidence)"
            + retired
    }

    private func row(_ found: FoundTarget, _ name: String) -> JSON {
        [
            "repository": .text(name), "path": .string(found.file.path.text),
            "length": .integer(found.file.length),
            "sha256": found.file.hashes[.sha256].map(JSON.text) ?? .null,
            "roles": .array(found.chain.map { .string($0.text) }),
            "evidence": .boolean(hasEvidence(found)),
            "retired": Retirement(found.file).map { .text($0.description) } ?? .null,
        ]
    }
}
