// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TUFRepository

struct RoleList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the roles: who may sign, until when, for which paths.")

    @Option(help: "Folder of the repository.")
    var repository = "."

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let directory = RepositoryDirectory(repository)
        guard directory.isRepository else {
            throw PublishingError.repository(.noRepository(path: repository))
        }
        let state = try PublishedState(reading: StagedRepository(directory))
        let lines = try RoleTable(state, now: currentInstant()).lines
        if json { return Output.result(.array(lines.map(\.json))) }
        for line in lines { Output.raw(line.text) }
    }
}

/// The roles of a repository, in the order in which a client asks them.
private struct RoleTable {
    struct Line {
        let name: String
        let depth: Int
        let keys: RoleKeySet
        let version: Int
        let expires: Instant?
        let isExpired: Bool
        let scope: [String]
        let isTerminating: Bool
        let files: Int?

        var text: String {
            let indent = String(repeating: "  ", count: depth)
            let holders = keys.holders.map { "\(quoted($0.name)) (\(shown($0.id)))" }
            var text = "\(indent)\(name): \(keys.threshold) of \(holders.joined(separator: ", "))\n"
            var facts = ["version \(version)"]
            if let expires {
                facts.append(isExpired ? "EXPIRED since \(expires)" : "until \(expires)")
            }
            if let files { facts.append(files == 1 ? "1 file" : "\(files) files") }
            text += "\(indent)    \(facts.joined(separator: ", "))\n"
            if !scope.isEmpty {
                let words = isTerminating ? "   (terminating)" : ""
                text += "\(indent)    for \(scope.joined(separator: ", "))\(words)\n"
            }
            return text
        }

        var json: JSON {
            [
                "role": .text(name), "depth": .integer(depth),
                "threshold": .integer(keys.threshold), "version": .integer(version),
                "keys": .array(
                    keys.holders.map {
                        ["keyid": .string($0.id.text), "holder": .text($0.name)]
                    }),
                "expires": expires.map { .text($0.description) } ?? .null,
                "paths": .array(scope.map(JSON.text)), "terminating": .boolean(isTerminating),
                "files": files.map(JSON.integer) ?? .null,
            ]
        }
    }

    private(set) var lines: [Line] = []
    private let state: PublishedState
    private let edit: RepositoryEdit
    private let now: Instant

    init(_ state: PublishedState, now: Instant) throws {
        self.state = state
        self.now = now
        edit = RepositoryEdit(state, now: now)
        let root = state.root.document
        try add(.root, root.version, root.expires)
        try add(.timestamp, state.timestamp.document.version, state.timestamp.document.expires)
        try add(.snapshot, state.snapshot.document.version, state.snapshot.document.expires)
        let targets = state.targets.document
        try add(.targets, targets.version, targets.expires, files: Array(targets.files).count)
        var seen: Set<RoleName> = [.targets]
        try addDelegations(of: targets, depth: 1, &seen)
    }

    private mutating func add(
        _ role: RoleName, _ version: Int, _ expires: Instant?, depth: Int = 0,
        scope: [String] = [], isTerminating: Bool = false, files: Int? = nil
    ) throws {
        lines.append(
            Line(
                name: role.description, depth: depth, keys: try edit.keys(of: role),
                version: version, expires: expires, isExpired: expires.map { $0 <= now } ?? false,
                scope: scope, isTerminating: isTerminating, files: files))
    }

    private mutating func addDelegations(
        of targets: Targets, depth: Int, _ seen: inout Set<RoleName>
    ) throws {
        switch targets.delegations?.roles {
        case .named(let roles)?:
            for role in roles {
                let scope: [String] =
                    switch role.scope {
                    case .paths(let patterns): patterns.map { quoted($0.text) }
                    case .hashPrefixes(let prefixes): prefixes.map { "SHA-256 \($0)…" }
                    }
                let isNew = seen.insert(role.name).inserted
                let document = try state.delegated(role.name).targets.document
                try add(
                    role.name, document.version, document.expires, depth: depth, scope: scope,
                    isTerminating: role.isTerminating, files: Array(document.files).count)
                if isNew, depth < 32 {
                    try addDelegations(of: document, depth: depth + 1, &seen)
                }
            }
        case .succinct(let bins)?:
            let prefix = RoleName(bins.namePrefix)
            lines.append(
                Line(
                    name: "\(bins.count) hash bins \(bins.name(of: 0)) to "
                        + "\(bins.name(of: bins.count - 1))",
                    depth: depth, keys: try edit.keys(of: prefix),
                    version: state.version(of: bins.name(of: 0)), expires: nil, isExpired: false,
                    scope: [], isTerminating: false, files: nil))
        case nil: break
        }
    }
}
