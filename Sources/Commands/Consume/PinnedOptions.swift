// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Releases
import RepositoryStorage

/// A repository that is trusted for one command, by a root at hand: for scripts and machines that
/// have no home.
struct PinnedOptions: ParsableArguments {
    @Option(help: "Trust this root file, for this command alone; FILE is then a path.")
    var root: String?

    @Option(help: "The same by the SHA-256 of a root file of the repository.")
    var fingerprint: String?

    @Option(
        help: ArgumentHelp(
            "Where that repository is: the folder of metadata/ and targets/. Repeat for mirrors.",
            valueName: "url"))
    var from: [String] = []

    @Option(name: .customLong("metadata-url"), help: "Where its metadata is, if not in metadata/.")
    var metadataURL: String?

    @Option(name: .customLong("targets-url"), help: "Where its targets are, if not in targets/.")
    var targetsURL: String?

    var isUsed: Bool {
        root != nil || fingerprint != nil || !from.isEmpty || metadataURL != nil
            || targetsURL != nil
    }

    /// The repository of these options; `nil` if there are none.
    func repository(_ client: ClientOptions) async throws -> TrustedRepository? {
        guard isUsed else { return nil }
        let mirrors = try mirrors()
        let bytes: [UInt8]
        switch (root, fingerprint) {
        case (let file?, nil):
            guard let found = try FileSystem.read(file, maximumBytes: 512 << 10) else {
                throw TrustError.noRoot(file: file)
            }
            bytes = found
        case (nil, _?) where client.offline:
            throw CommandFailure(
                "--fingerprint asks the server for the root, which --offline forbids",
                hint: "give the root itself with --root FILE")
        case (nil, let fingerprint?):
            let (transport, limits, _) = try client.network.transport(
                mirrors.map(\.metadataURL))
            bytes = try await TrustedRepository.root(
                fingerprint: fingerprint, from: mirrors, transport, limits)
        default:
            throw CommandFailure("either --root FILE or --fingerprint HEX is needed")
        }
        return try TrustedRepository.pinned(
            root: bytes, name: name(mirrors[0].metadataURL), mirrors: mirrors,
            folder: client.noCache ? nil : client.cache)
    }

    func mirrors() throws -> [TrustedRepository.Mirror] {
        var mirrors = from.map { TrustedRepository.Mirror($0) }
        if metadataURL != nil || targetsURL != nil {
            let base = mirrors.first
            guard let metadata = metadataURL ?? base?.metadataURL,
                let targets = targetsURL ?? base?.targetsURL
            else {
                throw CommandFailure("--metadata-url and --targets-url go together, or with --from")
            }
            mirrors = [.init(metadataURL: metadata, targetsURL: targets)] + mirrors.dropFirst()
        }
        guard !mirrors.isEmpty else {
            throw CommandFailure("--from URL expected: where the repository is")
        }
        try TrustedRepository.check(mirrors)
        return mirrors
    }

    /// The host, for messages.
    private func name(_ url: String) -> String {
        let rest = url.split(separator: "/", omittingEmptySubsequences: false)
        guard rest.count > 2, let host = rest[2].split(separator: "@").last, !host.isEmpty else {
            return "repository"
        }
        return String(host)
    }
}
