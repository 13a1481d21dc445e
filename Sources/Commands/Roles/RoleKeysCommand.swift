// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import TUFMetadata
import TUFRepository

struct RoleKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Change whose keys may sign a role.",
        discussion: """
            A key is removed or replaced by its holder's name or the beginning of its id. New \
            keys are named as in the folder of keys, or by the path of a .pub file. For root, \
            holders of old keys and of new ones must sign the change.

            Examples:
              carnet role keys root --add keys/dora.pub --threshold 2
              carnet role keys targets --replace bob=keys/bob-2026.pub
              carnet role keys releases --remove old-ci
            """)

    @Argument(help: "Name of the role; the prefix of hash bins means all of them.")
    var role: String

    @Option(parsing: .upToNextOption, help: "Keys to add.")
    var add: [String] = []

    @Option(parsing: .upToNextOption, help: "Keys to remove.")
    var remove: [String] = []

    @Option(parsing: .upToNextOption, help: "OLD=NEW: a key in another's place.")
    var replace: [String] = []

    @Option(help: "How many keys must sign from now on.")
    var threshold: Int?

    @OptionGroup var options: ChangeOptions

    func run() async throws {
        guard !(add + remove + replace).isEmpty || threshold != nil else {
            throw CommandFailure(
                "nothing to change, expected --add, --remove, --replace or --threshold")
        }
        var replaced: [(old: String, new: RoleKeySet.Holder)] = []
        for pair in replace {
            guard let sign = pair.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                throw CommandFailure("--replace \(quoted(pair)): OLD=NEW expected")
            }
            let new = String(pair[pair.utf8.index(after: sign)...])
            replaced.append((String(pair[..<sign]), try options.holder(new)))
        }
        let added = try add.map { try options.holder($0) }
        let name = RoleName(UTF8Text(role))
        let (removed, threshold) = (remove, threshold)
        let swapped = replaced
        try await options.apply { (edit) throws(RepositoryError) in
            var keys = try edit.keys(of: name)
            for (old, new) in swapped { try keys.replace(old, with: new) }
            for holder in added { try keys.add(holder) }
            for old in removed { try keys.remove(old) }
            if let threshold { keys.set(threshold: threshold) }
            try edit.set(keys, of: name)
        }
    }
}

struct RoleThreshold: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "threshold", abstract: "Change how many keys must sign a role.")

    @Argument(help: "Name of the role.")
    var role: String

    @Argument(help: "How many different keys must sign.")
    var count: Int

    @OptionGroup var options: ChangeOptions

    func run() async throws {
        let name = RoleName(UTF8Text(role))
        let count = count
        try await options.apply { (edit) throws(RepositoryError) in
            var keys = try edit.keys(of: name)
            keys.set(threshold: count)
            try edit.set(keys, of: name)
        }
    }
}

struct RoleExpire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "Sign a role anew, and change for how long its signatures are good.",
        discussion: """
            Without --days the role keeps its period and is only signed anew.

            Example, a year more for targets:  carnet role expire targets
            """)

    @Argument(help: "Name of the role.")
    var role: String

    @Option(help: "Days its signatures are good for.")
    var days: Int?

    @OptionGroup var options: ChangeOptions

    func run() async throws {
        let name = RoleName(UTF8Text(role))
        let days = days
        try await options.apply { (edit) throws(RepositoryError) in
            if let days { try edit.set(days: days, of: name) } else { try edit.renew(name) }
        }
    }
}

struct RoleBins: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bins",
        abstract: "Spread a role's files over hash bins, or over more of them.",
        discussion: """
            Adding one file to a role of many means to sign and send all of it; in hash bins it \
            means one bin. A client reads the one bin that its file is in. The bins have the \
            keys of the role.

            Example:  carnet role bins releases 256
            """)

    @Argument(help: "Name of the role.")
    var role: String

    @Argument(help: "Number of bins: a power of two from 2 to 65536.")
    var count: Int

    @Option(help: "Beginning of the bins' names; by default the role's name.")
    var prefix: String?

    @Option(help: "Days the bins' signatures are good for; by default those of the role.")
    var days: Int?

    @OptionGroup var options: ChangeOptions

    func run() async throws {
        let name = RoleName(UTF8Text(role))
        let (count, days) = (count, days)
        let prefix = prefix.map { RoleName(UTF8Text($0)) }
        try await options.apply { (edit) throws(RepositoryError) in
            try edit.spread(name, over: count, prefix: prefix, days: days)
        }
    }
}
