// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata

struct LayoutShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Read a layout out in sentences.",
        discussion: """
            Of a source, of a signed layout, or, with --repository, of what is published: every \
            layout, or those that govern the path given. A signed layout does not say whose keys \
            it names; people are called by the files in keys/ beside it.

            Examples:
              carnet layout show layouts/wheel.yaml
              carnet layout show demo/1.0/demo-1.0-py3-none-any.whl --repository releases
            """)

    @Argument(help: "A layout's source, a signed layout, or a path in the repository.")
    var file: String?

    @Option(help: "Folder of the repository whose published layouts are meant.")
    var repository: String?

    @OptionGroup var options: KeyOptions

    func run() async throws {
        if let repository { return try published(repository) }
        guard let file else {
            throw CommandFailure("a layout's file is expected, or --repository DIR")
        }
        guard
            let bytes = try FileSystem.read(file, maximumBytes: SignedLayoutLint.maximumBytes)
        else { throw PublishingError.storage(StorageError(path: file, reason: "no such file")) }
        guard SignedLayoutLint.isSigned(bytes, path: file) else {
            Output.raw(
                try LayoutFile(file, needsKeys: false, reader: Helper.yaml).source.sentences)
            return
        }
        do throws(SigningError) {
            Output.raw(try LayoutReading(file: bytes, names: names(beside: file)).sentences)
        } catch {
            throw PublishingError.damagedLayout(file: file, error)
        }
    }

    private func published(_ repository: String) throws {
        var path: TargetPath?
        if let file {
            guard let target = TargetPath(UTF8Text(file)) else { throw PublishingError.path(file) }
            path = target
        }
        let publisher = Publisher(
            RepositoryDirectory(repository), try options.directory(), now: currentInstant())
        Output.raw(try publisher.layouts(governing: path).joined(separator: "\n"))
    }

    /// Names of the public keys in `keys/` beside a file; what is no key there does not matter.
    private func names(beside file: String) -> [KeyID: String] {
        let folder = "\(FileSystem.parent(of: file))/keys"
        var names: [KeyID: String] = [:]
        for name in (try? FileSystem.names(in: folder)) ?? [] where name.hasSuffix(".pub") {
            guard let bytes = try? FileSystem.read("\(folder)/\(name)", maximumBytes: 6 << 20),
                let key = try? PublicKey(file: bytes)
            else { continue }
            for id in key.ids { names[id] = String(name.dropLast(".pub".count)) }
        }
        return names
    }
}
