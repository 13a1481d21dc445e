// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Releases
import TUFMetadata
import TUFRepository

struct RoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role",
        abstract: "Say who holds what: roles, keys, thresholds, delegations.",
        discussion: """
            Each change is shown in sentences before it is signed. If keys of others must sign, \
            it waits in signing/ until they have: see carnet status and carnet sign.

            Example, alice's new key takes the place of her old one:
              carnet role keys root --replace alice=keys/alice-2026.pub
            """,
        subcommands: [
            RoleList.self, RoleAdd.self, RoleKeysCommand.self, RoleThreshold.self,
            RoleExpire.self, RolePaths.self, RoleBins.self, RoleUnattested.self,
            RoleConsistent.self, RoleRemove.self,
        ])
}

struct RoleAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Delegate to a new role.",
        discussion: """
            A client asks the roles in their order; the first that covers a path and lists it \
            decides, and after a terminating one it asks no further.

            Example:  carnet role add nightly --signers bot --paths 'nightly/*' --days 7
            """)

    @Argument(help: "Name of the role.")
    var role: String

    @Option(name: .customLong("signers"), parsing: .upToNextOption, help: "Keys that may sign it.")
    var signers: [String]

    @Option(help: "How many of them must sign; by default all.")
    var threshold: Int?

    @Option(name: .customLong("in"), help: "Role that delegates to it.")
    var delegator = "targets"

    @Option(
        parsing: .upToNextOption, help: "Path patterns; * does not cross a slash.")
    var paths: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: "Beginnings of the path's SHA-256 in hexadecimal digits, in place of patterns.")
    var hashPrefixes: [String] = []

    @Flag(help: "End the search here: no later role may speak for its paths.")
    var terminating = false

    @Option(help: "Put it before this role; by default it comes last.")
    var before: String?

    @Flag(help: "Put it before all others.")
    var first = false

    @Option(help: "Days its signatures are good for.")
    var days = 30

    @OptionGroup var options: ChangeOptions

    func run() async throws {
        guard paths.isEmpty != hashPrefixes.isEmpty else {
            throw CommandFailure("either --paths or --hash-prefixes is expected")
        }
        guard !(first && before != nil) else {
            throw CommandFailure("either --first or --before is expected, not both")
        }
        let plan = DelegationPlan(
            role: RoleName(UTF8Text(role)),
            keys: try options.keySet(signers, threshold: threshold),
            scope: paths.isEmpty
                ? .hashPrefixes(hashPrefixes) : .patterns(paths.map { UTF8Text($0) }),
            isTerminating: terminating,
            position: first ? .first : before.map { .before(RoleName(UTF8Text($0))) } ?? .last,
            days: days)
        let delegator = RoleName(UTF8Text(delegator))
        try await options.apply { (edit) throws(RepositoryError) in
            try edit.add(plan, to: delegator)
        }
    }
}

struct RoleRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Delegate to a role no more.",
        discussion: "Its files are offered no longer, unless another role lists them.")

    @Argument(help: "Name of the role.")
    var role: String

    @OptionGroup var options: ChangeOptions

    func run() async throws {
        let name = RoleName(UTF8Text(role))
        try await options.apply { (edit) throws(RepositoryError) in
            try edit.removeDelegation(to: name)
        }
    }
}

struct RolePaths: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paths",
        abstract: "Change which paths a role may speak for, and its place in the order.")

    @Argument(help: "Name of the role.")
    var role: String

    @Option(parsing: .upToNextOption, help: "All its path patterns, in place of the old ones.")
    var paths: [String] = []

    @Option(parsing: .upToNextOption, help: "All its hash prefixes, in place of the old ones.")
    var hashPrefixes: [String] = []

    @Flag(
        inversion: .prefixedNo,
        help: "Whether the search ends with it for the paths that it covers.")
    var terminating: Bool?

    @Option(help: "Put it before this role.")
    var before: String?

    @Flag(help: "Put it before all others.")
    var first = false

    @Flag(help: "Put it behind all others.")
    var last = false

    @OptionGroup var options: ChangeOptions

    func run() async throws {
        guard paths.isEmpty || hashPrefixes.isEmpty else {
            throw CommandFailure("either --paths or --hash-prefixes is expected, not both")
        }
        guard [first, last, before != nil].filter({ $0 }).count <= 1 else {
            throw CommandFailure("one of --first, --last and --before is expected")
        }
        var scope: DelegationPlan.Scope?
        if !paths.isEmpty { scope = .patterns(paths.map { UTF8Text($0) }) }
        if !hashPrefixes.isEmpty { scope = .hashPrefixes(hashPrefixes) }
        var position: DelegationPlan.Position?
        if first { position = .first }
        if last { position = .last }
        if let before { position = .before(RoleName(UTF8Text(before))) }
        guard scope != nil || position != nil || terminating != nil else {
            throw CommandFailure(
                "nothing to change, expected --paths, --hash-prefixes, --terminating or a place")
        }
        let name = RoleName(UTF8Text(role))
        try await options.apply { (edit) throws(RepositoryError) in
            try edit.changeDelegation(
                to: name, scope: scope, isTerminating: terminating, position: position)
        }
    }
}

struct RoleUnattested: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unattested",
        abstract: "Say which files need no evidence of how they were made.",
        discussion: """
            The holders of targets say so; a file that a layout covers needs its evidence all \
            the same.

            Example:  carnet role unattested --add 'nightly/*'
            """)

    @Option(parsing: .upToNextOption, help: "Path patterns to add.")
    var add: [String] = []

    @Option(parsing: .upToNextOption, help: "Path patterns to remove.")
    var remove: [String] = []

    @OptionGroup var options: ChangeOptions

    func run() async throws {
        guard !(add + remove).isEmpty else {
            throw CommandFailure("nothing to change, expected --add or --remove")
        }
        let (added, removed) = (add.map { UTF8Text($0) }, remove.map { UTF8Text($0) })
        try await options.apply { (edit) throws(RepositoryError) in
            try edit.edit(.targets) { (document) throws(RepositoryError) in
                // A repository that was taken over has no policy of ours yet.
                var policy =
                    document[RepositoryPolicy.member]
                    ?? RepositoryPolicy.json(layoutsRole: .targets, unattested: [])
                var patterns = policy["unattested"]?.elements?.compactMap(\.text) ?? []
                for pattern in removed {
                    guard patterns.contains(pattern) else {
                        throw .senseless("pattern \(quoted(pattern)): not in the list")
                    }
                    patterns.removeAll { $0 == pattern }
                }
                patterns += added.filter { !patterns.contains($0) }
                policy.set("unattested", .array(patterns.map(JSON.string)))
                document.set(RepositoryPolicy.member, policy)
            }
        }
    }
}
