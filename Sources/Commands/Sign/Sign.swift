// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFRepository

struct Sign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Read a change that waits in signing/, and sign it.",
        discussion: """
            The change is shown against what is published, in sentences; then it is signed with \
            those of your keys that may. With the last signature it is published, where the \
            online keys are.

            Signatures made on different machines come together in any order: by git or a shared \
            folder, as each is a file of its own, or by mail:
              alice$ carnet sign --export change.json
              bob$   carnet sign --import change.json --export signed.json
              alice$ carnet sign --import signed.json
            """)

    @Option(name: .customLong("import"), help: "First take over what this file brings.")
    var imported: String?

    @Option(name: .customLong("export"), help: "Then write the change with its signatures there.")
    var exported: String?

    @Flag(help: "Give the change up; nothing of it is published.")
    var abandon = false

    @OptionGroup var options: ChangeOptions

    func run() async throws {
        let publisher = try options.publisher()
        if abandon {
            try publisher.abandon()
            return Output.result("given up; nothing of it was published")
        }
        if let imported {
            guard let bytes = try FileSystem.read(imported, maximumBytes: 64 << 20) else {
                throw StorageError(path: imported, reason: "no such file")
            }
            let count = try publisher.merge(bytes, from: imported)
            Output.remark(
                "\(imported): \(count == 1 ? "1 new signature" : "\(count) new signatures")")
        }
        let before = try publisher.waiting()?.change.own.flatMap(\.signers) ?? []
        let outcome = try await publisher.sign(confirming: options.confirmation)
        if case .waiting(let change) = outcome, change.own.flatMap(\.signers).count == before.count
        {
            Output.remark("nothing was signed: none of the keys at hand is missing")
        }
        options.report(outcome)
        guard let exported else { return }
        guard case .waiting = outcome else {
            return Output.remark("\(exported): not written, the change is published")
        }
        try FileSystem.write(try publisher.exported(), to: exported)
        Output.result("\(exported): written, to be sent")
    }
}

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say what waits for whose signature, and what expires when.")

    @Option(help: "Folder of the repository.")
    var repository = "."

    @OptionGroup var keys: KeyOptions

    func run() throws {
        let publisher = Publisher(
            RepositoryDirectory(repository), try keys.directory(), now: currentInstant())
        guard let waiting = try publisher.waiting() else {
            Output.result("nothing waits for signatures")
            return try expiry(publisher)
        }
        Output.raw(try waiting.edit.sentences())
        Output.raw(waiting.change.sentences(repository))
        for entry in waiting.outdated {
            let holder = waiting.holder(of: entry)
            Output.result(
                "  \(holder)'s signature of \(entry.role) is over an earlier form of it and does "
                    + "not count; to be signed again")
        }
        try expiry(publisher)
    }

    private func expiry(_ publisher: Publisher) throws {
        for line in try publisher.expiries() {
            let words = line.expires <= currentInstant() ? "EXPIRED since" : "good until"
            Output.result("  \(line.role) \(words) \(line.expires)")
        }
    }
}

extension Publisher.Waiting {
    /// Who made a signature, by name if a role of the change lists the key.
    func holder(of entry: SigningEvent.Entry) -> String {
        let known = change.own.flatMap(\.authorities).flatMap(\.entries).first {
            $0.ids.contains(entry.signature.keyID)
        }
        return known.flatMap { MetadataBuilder.holder(of: $0.key) }.map { quoted($0) }
            ?? shown(entry.signature.keyID)
    }
}
