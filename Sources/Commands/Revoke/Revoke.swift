// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata

struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Let a functionary's links count no more.",
        discussion: """
            Links carry no time that anybody could trust. So those that still count are named by \
            their digests, signed offline by the role that makes policy; every other link by the \
            key falls, whenever it was made. Consumers are told who left, when and why.

            --retired: whoever leaves in peace. The links that published releases rest on count \
            on; a new release needs others.
            --compromised: somebody else may have the key. Only the links of the releases that \
            you name with --keep count on, because you know them to be good.

            What would be refused is listed before anything is signed. carnet impact lists it \
            without a change. For keys of roles see carnet role keys.

            Examples:
              carnet revoke bob --retired --reason 'left the project'
              carnet revoke bob --compromised --reason 'laptop stolen' \
            --keep demo/1.0/demo-1.0.tar.gz
            """)

    @Argument(help: "The holder's name, the key's id or its beginning, or a public key's file.")
    var key: String

    @Flag(help: "The key is used no more; what is published with it stands.")
    var retired = false

    @Flag(help: "Somebody else may have the key.")
    var compromised = false

    @Flag(help: "Take an earlier carnet revoke back.")
    var reinstate = false

    @Option(
        parsing: .upToNextOption,
        help: "With --compromised: releases, by their paths, whose links you vouch for.")
    var keep: [String] = []

    @Option(help: "Why, in a few words that consumers see.")
    var reason = ""

    @OptionGroup var options: ChangeOptions

    func run() async throws {
        let dismissal = try dismissal()
        let outcome = try await options.publisher().revoke(
            key, dismissal, since: currentInstant().day, reason: reason,
            confirming: options.confirmation)
        options.report(outcome)
    }

    private func dismissal() throws -> Publisher.Dismissal {
        guard [retired, compromised, reinstate].filter({ $0 }).count == 1 else {
            throw CommandFailure("one of --retired, --compromised and --reinstate is expected")
        }
        guard keep.isEmpty || compromised else {
            throw CommandFailure("--keep goes with --compromised")
        }
        guard reason.isEmpty || !reinstate else {
            throw CommandFailure("--reason goes with --retired or --compromised")
        }
        guard reason.utf8.count <= 200, reason.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw CommandFailure("--reason: one line of at most 200 bytes expected")
        }
        if retired { return .retired }
        guard compromised else { return .reinstated }
        return .compromised(
            keeping: try keep.map { text in
                guard let path = TargetPath(UTF8Text(text)) else {
                    throw PublishingError.path(text)
                }
                return path
            })
    }
}
