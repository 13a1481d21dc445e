// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import InTotoVerification
import Inspecting
import MetadataSigning
import Releases
import RepositoryStorage

/// A layout, the keys that must have signed it, and links: in-toto without a repository.
struct LayoutAtHandOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The signed layout.", valueName: "file"))
    var layout: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Public keys that must all have signed it.", valueName: "file"))
    var key: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Folders of the links.", valueName: "dir"))
    var links: [String] = []

    @Option(help: ArgumentHelp("The file that the chain is to have made.", valueName: "file"))
    var product: String?

    @Option(
        help: ArgumentHelp(
            "The step that must have made it; the last one if it is not given.", valueName: "step"))
    var productOf: String?

    var isUsed: Bool {
        layout != nil || !key.isEmpty || !links.isEmpty || product != nil || productOf != nil
    }

    func check() throws {
        guard layout != nil, !key.isEmpty, !links.isEmpty else {
            throw ValidationError("--layout FILE, --key FILE and --links DIR go together.")
        }
    }

    /// The chain of these files, judged with these parameters.
    func chain(
        _ inspections: InspectionPolicy, _ parameters: [String: String]
    ) throws -> LocalChain {
        let path = layout ?? ""
        var chain = LocalChain(
            name: FileSystem.name(of: path), layout: try read(path, 8 << 20),
            signers: try key.map(signer), evidence: try LinkFolders(links).evidence())
        chain.parameters = parameters
        chain.productOf = productOf.map { UTF8Text($0) }
        chain.inspections = inspections
        chain.file = try product.map { file in
            let digest = try FileDigest(of: file)
            return LocalChain.File(
                name: FileSystem.name(of: file), digests: digest.digests, source: .path(file))
        }
        return chain
    }

    private func signer(_ path: String) throws -> LocalChain.Signer {
        let name = FileSystem.name(of: path)
        let bytes = try read(path, 1 << 20)
        do throws(SigningError) {
            let key = try PublicKey(file: bytes)
            return .init(name: name.hasSuffix(".pub") ? String(name.dropLast(4)) : name, key: key)
        } catch {
            throw CommandFailure("\(path): \(error)")
        }
    }

}

/// Reads a file that must be there.
func read(_ path: String, _ maximumBytes: Int) throws(StorageError) -> [UInt8] {
    guard let bytes = try FileSystem.read(path, maximumBytes: maximumBytes) else {
        throw StorageError(path: path, reason: "no such file")
    }
    return bytes
}

/// Folders of links on disk, with the folders of sublayouts in them.
struct LinkFolders {
    private let folders: [String]

    /// Bounds on what is read.
    private static let files = 10_000
    private static let fileBytes = 128 << 20
    private static let allBytes = 512 << 20
    private static let depth = 8

    init(_ folders: [String]) { self.folders = folders }

    /// All files `*.link`, by their names from the folder on.
    ///
    /// - Throws: `StorageError` if a folder is not there, or there is too much.
    func evidence() throws -> Evidence {
        var files: [UTF8Text: [UInt8]] = [:]
        var bytes = 0
        for folder in folders {
            guard FileSystem.isDirectory(folder) else {
                throw StorageError(path: folder, reason: "no such folder of links")
            }
            try gather(folder, "", 0, &files, &bytes)
        }
        return Evidence(files: files)
    }

    private func gather(
        _ folder: String, _ prefix: String, _ depth: Int, _ files: inout [UTF8Text: [UInt8]],
        _ bytes: inout Int
    ) throws {
        guard depth <= LinkFolders.depth else { return }
        for name in try FileSystem.names(in: folder) where name.hasSuffix(".link") {
            let path = "\(folder)/\(name)"
            let content = try read(path, LinkFolders.fileBytes)
            let known = files.updateValue(content, forKey: UTF8Text(prefix + name))
            guard known == nil || known == content else {
                throw StorageError(path: path, reason: "another link of this name is given, too")
            }
            bytes += content.count
            guard files.count <= LinkFolders.files, bytes <= LinkFolders.allBytes else {
                throw StorageError(path: folder, reason: "too many links, or too large ones")
            }
            let inner = String(name.dropLast(".link".count))
            if FileSystem.isDirectory("\(folder)/\(inner)") {
                try gather("\(folder)/\(inner)", "\(prefix)\(inner)/", depth + 1, &files, &bytes)
            }
        }
    }
}
