// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import Releases
import RepositoryStorage
import TUFClient
import TUFRepository

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take over a repository that another tool made, with its roots.",
        discussion: """
            SOURCE is a folder with metadata/ and targets/ in it, as tuftool, tuf-on-ci, RSTUF or \
            a script with python-tuf leaves it, or a URL. It is read as a client reads it, from \
            its first root on, every role and every file; that something has expired does not \
            matter. All is kept byte for byte, so clients that trusted the old repository go on. \
            The source is not changed, and of an attempt that fails nothing is left.

            Examples:
              carnet import old/repository repository
              carnet import https://example.org/tuf repository --root 1.root.json
            """)

    @Argument(help: "Folder or URL of the old repository.")
    var source: String

    @Argument(help: "Folder of the new one; there is none yet.")
    var directory: String

    @Option(
        name: .customLong("metadata-url"),
        help: "Where its metadata is, if not in metadata/: a URL, or a folder.")
    var metadataURL: String?

    @Option(
        name: .customLong("targets-url"),
        help: "Where its target files are, if not in targets/: a URL, or a folder.")
    var targetsURL: String?

    @Option(help: "Begin with this root file, which you have and trust.")
    var root: String?

    @Option(help: "Begin with the root of this SHA-256.")
    var fingerprint: String?

    @OptionGroup(title: "Network") var network: NetworkOptions

    func run() async throws {
        let (place, limits) = try place()
        do throws(ImportError) {
            let report = try await RepositoryImport(
                place, into: RepositoryDirectory(directory), now: currentInstant(), limits: limits
            ).run()
            Output.raw(report.text)
        } catch {
            throw CommandFailure(import: error)
        }
    }

    /// The source, and the bounds of reading it.
    private func place() throws -> (ImportSource, ClientLimits) {
        let trust = try trust()
        do throws(ImportError) {
            guard isURL(source) || isURL(metadataURL ?? "") else {
                let folder = try ImportSource(
                    folder: source, metadata: metadataURL, targets: targetsURL, trust: trust)
                return (folder, ClientLimits())
            }
        } catch {
            throw CommandFailure(import: error)
        }
        let base = TrustedRepository.Mirror(source)
        let mirror = TrustedRepository.Mirror(
            metadataURL: metadataURL ?? base.metadataURL,
            targetsURL: targetsURL ?? base.targetsURL)
        try TrustedRepository.check([mirror])
        let (transport, limits, _) = try network.transport([
            mirror.metadataURL, mirror.targetsURL,
        ])
        do throws(ImportError) {
            let server = try ImportSource(
                metadataURL: mirror.metadataURL, targetsURL: mirror.targetsURL,
                fetcher: transport, trust: trust)
            return (server, limits)
        } catch {
            throw CommandFailure(import: error)
        }
    }

    private func isURL(_ text: String) -> Bool { text.contains("://") }

    private func trust() throws -> ImportSource.Trust {
        switch (root, fingerprint) {
        case (nil, nil): return .asFound
        case (let file?, nil):
            guard let bytes = try FileSystem.read(file, maximumBytes: 512 << 10) else {
                throw TrustError.noRoot(file: file)
            }
            return .root(bytes)
        case (nil, let fingerprint?): return .fingerprint(fingerprint)
        default: throw CommandFailure("either --root or --fingerprint is expected, not both")
        }
    }
}

extension CommandFailure {
    /// What a person is told of a repository that was not taken over.
    init(import error: ImportError) {
        switch error {
        case .source(let inner), .file(_, _, let inner):
            self.init("\(error)", code: Refusal(inner).exitCode)
        case .severalFolders:
            self.init(
                "\(error)", hint: "--metadata-url and --targets-url name the folders to be taken")
        case .noTargets:
            self.init("\(error)", hint: "--targets-url names the folder or URL")
        case .unpinned:
            self.init(
                "\(error)",
                hint: "--root FILE, the one that its clients trust, or --fingerprint HEX",
                code: 6)
        case .noSuchRoot: self.init("\(error)", code: 1)
        case .occupied, .notEmpty:
            self.init("\(error)", hint: "name another folder")
        default: self.init("\(error)")
        }
    }
}
