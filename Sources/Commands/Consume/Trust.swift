// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import HTTPTransport
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient

struct Trust: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "Trust a repository, once; everything else follows from its root.",
        subcommands: [
            TrustAdd.self, TrustList.self, TrustShow.self, TrustMirrors.self, TrustRemove.self,
            TrustMapCommand.self,
        ])
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

    @Option(help: "Another place where the repository is, for when the first fails.")
    var mirror: [String] = []

    @Option(name: .customLong("metadata-url"), help: "Where metadata is, if not in metadata/.")
    var metadataURL: String?

    @Option(name: .customLong("targets-url"), help: "Where targets are, if not in targets/.")
    var targetsURL: String?

    @OptionGroup(title: "Network") var network: NetworkOptions

    func run() async throws {
        let base = TrustedRepository.Mirror(url)
        let first = TrustedRepository.Mirror(
            metadataURL: metadataURL ?? base.metadataURL,
            targetsURL: targetsURL ?? base.targetsURL)
        let mirrors = [first] + mirror.map { TrustedRepository.Mirror($0) }
        try TrustedRepository.check(mirrors)
        let repository = try TrustedRepository(
            name: name, mirrors: mirrors, home: try Home().state)
        let version: Int
        switch (root, fingerprint) {
        case (let file?, nil):
            guard let bytes = try FileSystem.read(file, maximumBytes: 512 << 10) else {
                throw TrustError.noRoot(file: file)
            }
            version = try repository.trust(root: bytes)
        case (nil, let fingerprint?):
            let (transport, limits, _) = try network.transport(mirrors.map(\.metadataURL))
            version = try await repository.trust(fingerprint: fingerprint, transport, limits)
        default:
            throw CommandFailure("either --root FILE or --fingerprint HEX is needed")
        }
        Output.result(
            "\(name) is trusted by its root \(version); carnet list \(name) shows its files")
    }
}

struct TrustMirrors: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirrors",
        abstract: "Show or change the places that a repository is fetched from.",
        discussion: """
            The first place is asked first, the next if it fails. A refresh takes all from one \
            place, and no place can lead you back behind what another has shown you.
            """)

    @Argument(help: "Name of the repository.")
    var name: String

    @Option(help: "A place to add at the end: the folder of metadata/ and targets/.")
    var add: [String] = []

    @Option(help: "A place to ask first, whether it is known or new.")
    var prefer: String?

    @Option(help: "A place to remove.")
    var remove: [String] = []

    func run() throws {
        let repository = try TrustedRepository(named: name, home: try Home().state)
        var mirrors = repository.mirrors
        for url in remove {
            let mirror = TrustedRepository.Mirror(url)
            guard mirrors.contains(mirror) else {
                throw CommandFailure(
                    "\(quoted(url)): not a place of \(name)",
                    hint: "carnet trust mirrors \(name) shows them")
            }
            mirrors.removeAll { $0 == mirror }
        }
        for url in add where !mirrors.contains(TrustedRepository.Mirror(url)) {
            mirrors.append(TrustedRepository.Mirror(url))
        }
        if let prefer {
            let mirror = TrustedRepository.Mirror(prefer)
            mirrors = [mirror] + mirrors.filter { $0 != mirror }
        }
        guard !mirrors.isEmpty else {
            throw CommandFailure("\(name): the last place cannot be removed", hint: "--add another")
        }
        if mirrors != repository.mirrors { _ = try repository.saving(mirrors: mirrors) }
        for mirror in mirrors { Output.result(mirror.shown) }
    }
}

extension TrustedRepository.Mirror {
    /// The one folder of both, or both.
    var shown: String {
        guard metadataURL.hasSuffix("/metadata/"), targetsURL.hasSuffix("/targets/"),
            metadataURL.dropLast(9) == targetsURL.dropLast(8)
        else {
            return "metadata \(FetchError.withoutCredentials(metadataURL)), targets "
                + FetchError.withoutCredentials(targetsURL)
        }
        return FetchError.withoutCredentials(String(metadataURL.dropLast(9)))
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
            let more = repository.mirrors.count - 1
            let mirrors = more == 0 ? "" : ", \(more) mirror\(more == 1 ? "" : "s")"
            Output.result("\(name)  \(repository.mirrors[0].shown)\(mirrors)")
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
        for (index, mirror) in repository.mirrors.enumerated() {
            Output.result("\(index == 0 ? "place   " : "mirror  ")  \(mirror.shown)")
        }
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
        let home = try Home().state
        let repository = try TrustedRepository(named: name, home: home)
        do throws(TrustMapError) { try TrustMap.expectUnnamed(name, home: home) } catch {
            guard case .inUse = error else {
                // A map that cannot be read asks nobody, and is no reason to go on trusting.
                Output.remark("note: \(error)")
                return try remove(repository)
            }
            throw CommandFailure(map: error)
        }
        try remove(repository)
    }

    private func remove(_ repository: TrustedRepository) throws {
        try repository.remove()
        Output.result("\(name) is no longer trusted")
    }
}
