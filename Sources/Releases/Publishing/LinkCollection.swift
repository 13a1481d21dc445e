// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import RepositoryStorage

/// The links of one layout's steps, gathered from folders on disk.
struct LinkCollection: Sendable {
    struct Link: Sendable {
        /// Relative name, `build.776a00e2.link` or `build.776a00e2/inner.1234abcd.link`.
        let name: String
        let bytes: [UInt8]
    }

    /// In the order of the steps, and of those who may do each.
    private(set) var links: [Link] = []

    /// SHA-256 over names and digests of all links: names their folder. ITE-2 takes the first
    /// link alone; then two releases of one tag would overwrite each other's links.
    var digest: String? {
        if links.isEmpty { return nil }
        let lines = links.map { link in
            "\(DigestAlgorithm.sha256.hexDigest(of: link.bytes))  \(link.name)\n"
        }
        return DigestAlgorithm.sha256.hexDigest(of: Array(lines.sorted().joined().utf8))
    }

    /// Gathers the links of those the layout allows. Only where a step has none of these are
    /// others' taken, so that the verdict can name the stranger.
    init(_ layout: Layout, folders: [String]) throws(PublishingError) {
        let files = try LinkCollection.files(folders)
        for step in layout.steps {
            var names: [String] = []
            for id in step.pubkeys.flatMap({ layout.functionary($0)?.fileIDs ?? [$0] }) {
                let name = InTotoMetadata.Link.fileName(step: step.name, keyID: id)
                if files[name] != nil && !names.contains(name) { names.append(name) }
            }
            if names.isEmpty {
                let prefix = "\(step.name)."
                names = files.keys.filter {
                    $0.hasPrefix(prefix) && $0.utf8.count == prefix.utf8.count + 13
                }.sorted()
            }
            for name in names {
                links.append(Link(name: name, bytes: try LinkCollection.read(files[name] ?? name)))
                try addFolder(String(name.dropLast(".link".count)), folders)
            }
        }
    }

    /// The links of a sub-chain lie in a folder named like the link that holds its layout.
    private mutating func addFolder(
        _ name: String, _ folders: [String], depth: Int = 0
    ) throws(PublishingError) {
        guard depth < 3 else { return }
        for folder in folders {
            let path = "\(folder)/\(name)"
            let inner = try storing { () throws(StorageError) in try FileSystem.names(in: path) }
            for entry in inner where entry.hasSuffix(".link") {
                let bytes = try LinkCollection.read("\(path)/\(entry)")
                if let known = links.first(where: { $0.name == "\(name)/\(entry)" }) {
                    guard known.bytes == bytes else {
                        throw .differentLinks(known.name, "\(path)/\(entry)")
                    }
                    continue
                }
                links.append(Link(name: "\(name)/\(entry)", bytes: bytes))
                try addFolder(
                    "\(name)/\(entry.dropLast(".link".count))", folders, depth: depth + 1)
            }
        }
    }

    /// Paths of the link files in the folders, by name; one name must have one content.
    private static func files(_ folders: [String]) throws(PublishingError) -> [String: String] {
        var files: [String: String] = [:]
        for folder in folders {
            guard FileSystem.isDirectory(folder) else {
                throw .storage(StorageError(path: folder, reason: "no such folder of links"))
            }
            let names = try storing { () throws(StorageError) in
                try FileSystem.names(in: folder)
            }
            for name in names where name.hasSuffix(".link") {
                let path = "\(folder)/\(name)"
                if let other = files[name], try read(other) != read(path) {
                    throw .differentLinks(other, path)
                }
                files[name] = path
            }
        }
        return files
    }

    private static func read(_ path: String) throws(PublishingError) -> [UInt8] {
        let bytes = try storing { () throws(StorageError) in
            try FileSystem.read(path, maximumBytes: 256 << 20)
        }
        guard let bytes else {
            throw .storage(StorageError(path: path, reason: "no such file"))
        }
        return bytes
    }
}
