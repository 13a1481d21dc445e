// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MetadataSigning
import Releases
import RepositoryStorage

struct LayoutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "layout",
        abstract: "Say how releases must come about, and who may do which step.",
        discussion: """
            A layout is written as YAML, signed by those who own the policy, and published. It \
            says which steps a file must have gone through, whose keys may vouch for each, and \
            what must follow from what.
            """,
        subcommands: [
            LayoutNew.self, LayoutLint.self, LayoutShow.self, LayoutSign.self, LayoutAdd.self,
        ])
}

struct LayoutSign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Add a signature to a layout.",
        discussion: """
            The signed layout stands beside its source: wheel.yaml, wheel.layout. Signatures of \
            others stay as long as the source is what they signed; after a change of the source \
            everybody signs anew.
            """)

    @Argument(help: "The layout's source.")
    var file: String

    @Option(parsing: .upToNextOption, help: "Keys to sign with.")
    var key: [String]

    @Option(name: .shortAndLong, help: "Where to write the signed layout.")
    var output: String?

    @OptionGroup var options: KeyOptions

    func run() throws {
        let layout = try LayoutFile(file, signed: output, reader: Helper.yaml)
        let now = currentInstant()
        let signed = try layout.signed(adding: try signers(key, options), now: now)
        try FileSystem.write(signed, to: layout.signedPath)
        let count = try SignedFile(signed).count(by: layout.authority(at: now))
        Output.result(
            "\(layout.signedPath): signed by \(count.accepted.count), \(count.required) needed")
        let missing = layout.missing(count)
        if !count.isMet {
            Output.result("  may still sign: \(missing.joined(separator: ", "))")
        }
    }
}

struct LayoutAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Publish a layout with its public keys.",
        discussion: """
            Takes the signatures that carnet layout sign left beside the source, adds those of \
            the given keys, and refuses a layout that fewer have signed than it wants itself. \
            Released files that would be verified no more are listed before it is published.
            """)

    @Argument(help: "The layout's source.")
    var file: String

    @Option(parsing: .upToNextOption, help: "Keys to sign the layout with.")
    var key: [String] = []

    @Option(help: "Folder of the repository.")
    var repository = "."

    @Flag(help: "Leave it to others to sign, if no key of the layouts role is at hand.")
    var propose = false

    @Flag(help: "Let it stand beside other layouts that govern the same paths.")
    var also = false

    @Flag(help: "Publish it even if released files would be verified no more.")
    var yes = false

    @OptionGroup var options: KeyOptions

    func run() async throws {
        let layout = try LayoutFile(file, reader: Helper.yaml)
        let now = currentInstant()
        let signed = try layout.signed(adding: try signers(key, options), now: now)
        let publisher = Publisher(
            RepositoryDirectory(repository), try options.directory(), now: now)
        let (path, waiting) = try await publisher.publish(
            layout, signed: signed, besideOthers: also, waits: propose ? .always : .ifSigned,
            confirming: confirmation)
        for finding in layout.findings(at: now) where finding.weight != .note {
            Output.remark("\(file): \(finding)")
        }
        if let waiting {
            Output.raw(waiting.sentences(repository))
            return
        }
        Output.result("published \(path) in \(repository)")
        Output.raw(layout.source.sentences)
    }

    /// Asks only where something would be lost.
    private var confirmation: @Sendable (Foresight) throws(PublishingError) -> Bool {
        let yes = yes
        return { (foresight) throws(PublishingError) in
            Output.raw(foresight.sentences)
            if yes || foresight.falling.isEmpty { return true }
            guard Terminal.isInteractive else { throw .unconfirmed }
            return Terminal.confirms("Publish it all the same?")
        }
    }
}

/// The private keys of these names, unlocked.
private func signers(
    _ names: [String], _ options: KeyOptions
) throws -> [(name: String, key: any Signer)] {
    let directory = try options.directory()
    var signers: [(name: String, key: any Signer)] = []
    for name in names { signers.append((name, try directory.signer(named: name))) }
    return signers
}
