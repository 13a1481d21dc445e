// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import HTTPTransport
import MetadataSigning
import Releases
import RepositoryStorage

struct Trust: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "Trust a repository, once; everything else follows from its root.",
        subcommands: [TrustAdd.self, TrustList.self, TrustShow.self, TrustRemove.self])
}

struct TrustAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Trust a repository by its root file or by the root's fingerprint.",
        discussion: """
            Get the fingerprint from somebody you trust: their site, a mail, a business card. The \
            server cannot give it to you.

            Example:  carnet trust add demo https://example.org/releases --fingerprint 5c0f…
            """)

    @Argument(help: "Your name for the repository.")
    var name: String

    @Argument(help: "Where it is: the folder of metadata/ and targets/.")
    var url: String

    @Option(help: "A root file that you have and trust.")
    var root: String?

    @Option(help: "SHA-256 of a root file, in hexadecimal digits.")
    var fingerprint: String?

    @Option(name: .customLong("metadata-url"), help: "Where metadata is, if not in metadata/.")
    var metadataURL: String?

    @Option(name: .customLong("targets-url"), help: "Where targets are, if not in targets/.")
    var targetsURL: String?

    @OptionGroup var network: NetworkOptions

    func run() async throws {
        for address in [url, metadataURL, targetsURL].compactMap({ $0 }) { try check(address) }
        let repository = try TrustedRepository(
            name: name, url: url, metadataURL: metadataURL, targetsURL: targetsURL,
            home: try Home().state)
        let version: Int
        switch (root, fingerprint) {
        case (let file?, nil):
            guard let bytes = try FileSystem.read(file, maximumBytes: 512 << 10) else {
                throw TrustError.noRoot(file: file)
            }
            version = try repository.trust(root: bytes)
        case (nil, let fingerprint?):
            version = try await repository.trust(
                fingerprint: fingerprint, network.transport())
        default:
            throw CommandFailure("either --root FILE or --fingerprint HEX is needed")
        }
        Output.result(
            "\(name) is trusted by its root \(version); carnet list \(name) shows its files")
    }

    private func check(_ url: String) throws {
        let isURL = ["https://", "http://", "file://"].contains { scheme in
            url.lowercased().hasPrefix(scheme) && url.utf8.count > scheme.utf8.count
        }
        guard isURL, !url.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) else {
            throw CommandFailure("URL \(quoted(url)) found, expected such as https://example.org/x")
        }
    }
}

struct TrustList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the repositories that are trusted.")

    func run() throws {
        let home = try Home().state
        let names = try TrustedRepository.names(home: home)
        if names.isEmpty { Output.remark("no repository is trusted yet; carnet trust add") }
        for name in names {
            let repository = try TrustedRepository(named: name, home: home)
            Output.result("\(name)  \(repository.metadataURL)")
        }
    }
}

struct TrustShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what is known of a trusted repository.")

    @Argument(help: "Name of the repository.")
    var name: String

    func run() throws {
        let repository = try TrustedRepository(named: name, home: try Home().state)
        Output.result("name      \(repository.name)")
        Output.result("metadata  \(repository.metadataURL)")
        Output.result("targets   \(repository.targetsURL)")
        if let root = try repository.rootSummary() { Output.result("root      \(root)") }
        Output.result("state     \(repository.folder)")
    }
}

struct TrustRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "No longer trust a repository; what was seen of it is forgotten.")

    @Argument(help: "Name of the repository.")
    var name: String

    func run() throws {
        try TrustedRepository(named: name, home: try Home().state).remove()
        Output.result("\(name) is no longer trusted")
    }
}
