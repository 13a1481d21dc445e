import ArgumentParser
import CanonicalJSON
// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Releases
import TUFClient
import TUFMetadata

struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what the trusted repositories offer, and who vouches for each file.",
        discussion: "Layouts, their keys and links are left out; --all shows them as well.")

    @Argument(help: "NAME or NAME/PATTERN; by default every trusted repository.")
    var what: String?

    @Flag(help: "Also layouts, keys and links.")
    var all = false

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var network: NetworkOptions

    func run() async throws {
        let home = try Home().state
        var names = try TrustedRepository.names(home: home)
        var pattern: Wildcard?
        if let what {
            let parts = what.split(separator: "/", maxSplits: 1)
            guard let name = parts.first else { throw CommandFailure("NAME expected") }
            names = [String(name)]
            if parts.count == 2 { pattern = Wildcard(UTF8Text(String(parts[1]))) }
        }
        guard !names.isEmpty else { throw TrustError.notTrusted(name: "", known: []) }
        var rows: [JSON] = []
        var code: Int32?
        let transport = network.transport()
        for name in names {
            let files: [FoundTarget]
            do {
                let repository = try TrustedRepository(named: name, home: home)
                files = try await Consumer(repository, transport, now: currentInstant()).list()
            } catch  where names.count > 1 {
                // One bad repository does not hide the others.
                let failure = CommandFailure(error)
                Output.failure(
                    CommandFailure("\(name): \(failure.message)", hint: failure.hint))
                code = code ?? failure.code
                continue
            }
            for file in files where isWanted(file, pattern) {
                if json {
                    rows.append(row(file, name))
                } else {
                    Output.result(line(file, name))
                }
            }
        }
        if json { Output.result(.array(rows)) }
        if let code { throw ExitCode(code) }
    }

    private func isWanted(_ found: FoundTarget, _ pattern: Wildcard?) -> Bool {
        (all || !isEvidence(found)) && (pattern?.matches(found.file.path.text) ?? true)
    }

    private func isEvidence(_ found: FoundTarget) -> Bool {
        let folder = found.file.path.string.split(separator: "/").first.map(String.init) ?? ""
        return folder == LayoutTarget.folder || folder == LayoutTarget.keyFolder
    }

    private func hasEvidence(_ found: FoundTarget) -> Bool {
        !isEvidence(found) && found.file.custom?["in-toto"] != nil
    }

    private func line(_ found: FoundTarget, _ name: String) -> String {
        let evidence = hasEvidence(found) ? "  with evidence" : ""
        return "\(name)/\(found.file.path)  \(found.file.length) bytes  by \(found.role)\(evidence)"
    }

    private func row(_ found: FoundTarget, _ name: String) -> JSON {
        [
            "repository": .text(name), "path": .string(found.file.path.text),
            "length": .integer(found.file.length),
            "sha256": found.file.hashes[.sha256].map(JSON.text) ?? .null,
            "roles": .array(found.chain.map { .string($0.text) }),
            "evidence": .boolean(hasEvidence(found)),
        ]
    }
}
