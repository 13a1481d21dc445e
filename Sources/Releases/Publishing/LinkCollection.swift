// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import RepositoryStorage

/// The links of one layout's steps, gathered from where they are.
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
    init(_ layout: Layout, _ supply: LinkSupply) throws(PublishingError) {
        let files = try LinkCollection.files(supply)
        for step in layout.steps {
            var names: [UTF8Text] = []
            for id in step.pubkeys.flatMap({ layout.functionary($0)?.fileIDs ?? [$0] }) {
                let name = UTF8Text(InTotoMetadata.Link.fileName(step: step.name, keyID: id))
                if files[name] != nil && !names.contains(name) { names.append(name) }
            }
            if names.isEmpty {
                let prefix = Array("\(step.name).".utf8)
                names = files.keys.filter {
                    $0.utf8.starts(with: prefix) && $0.utf8.count == prefix.count + 13
                }.sorted()
            }
            for name in names {
                guard let file = files[name] else { continue }
                links.append(Link(name: name.string, bytes: try file.bytes()))
                try addFolder(String(name.string.dropLast(".link".count)), supply)
            }
        }
    }

    /// The links of a sub-chain lie in a folder named like the link that holds its layout.
    private mutating func addFolder(
        _ name: String, _ supply: LinkSupply, depth: Int = 0
    ) throws(PublishingError) {
        guard depth < LinkSupply.maximumDepth else { return }
        for folder in supply.folders {
            let path = "\(folder)/\(name)"
            let inner = try storing { () throws(StorageError) in try FileSystem.names(in: path) }
            for entry in inner where entry.hasSuffix(".link") {
                let place = Place.file("\(path)/\(entry)")
                try add("\(name)/\(entry)", from: place, supply, depth)
            }
        }
        for entry in supply.names(in: name) {
            guard let carried = supply.carried[UTF8Text("\(name)/\(entry)")] else { continue }
            try add("\(name)/\(entry)", from: .carried(carried), supply, depth)
        }
    }

    private mutating func add(
        _ name: String, from place: Place, _ supply: LinkSupply, _ depth: Int
    ) throws(PublishingError) {
        let bytes = try place.bytes()
        if let known = links.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
            guard known.bytes == bytes else { throw .differentLinks(known.name, place.words) }
            return
        }
        links.append(Link(name: name, bytes: bytes))
        try addFolder(String(name.dropLast(".link".count)), supply, depth: depth + 1)
    }

    /// Where a link is.
    private enum Place {
        case file(String)
        case carried(LinkSupply.Carried)

        func bytes() throws(PublishingError) -> [UInt8] {
            switch self {
            case .file(let path): try LinkCollection.read(path)
            case .carried(let link): link.bytes
            }
        }

        /// For messages.
        var words: String {
            switch self {
            case .file(let path): path
            case .carried(let link): link.origin
            }
        }
    }

    /// Where the links are, by name; one name must have one content.
    private static func files(
        _ supply: LinkSupply
    ) throws(PublishingError) -> [UTF8Text: Place] {
        var files: [UTF8Text: Place] = [:]
        for folder in supply.folders {
            guard FileSystem.isDirectory(folder) else {
                throw .storage(StorageError(path: folder, reason: "no such folder of links"))
            }
            let names = try storing { () throws(StorageError) in
                try FileSystem.names(in: folder)
            }
            for name in names where name.hasSuffix(".link") {
                try add(.file("\(folder)/\(name)"), UTF8Text(name), to: &files)
            }
        }
        let slash = UInt8(ascii: "/")
        for (name, link) in supply.carried where !name.utf8.contains(slash) {
            try add(.carried(link), name, to: &files)
        }
        return files
    }

    private static func add(
        _ place: Place, _ name: UTF8Text, to files: inout [UTF8Text: Place]
    ) throws(PublishingError) {
        if let other = files[name] {
            guard try other.bytes() == place.bytes() else {
                throw .differentLinks(other.words, place.words)
            }
            return
        }
        files[name] = place
    }

    fileprivate static func read(_ path: String) throws(PublishingError) -> [UInt8] {
        let bytes = try storing { () throws(StorageError) in
            try FileSystem.read(path, maximumBytes: 256 << 20)
        }
        guard let bytes else {
            throw .storage(StorageError(path: path, reason: "no such file"))
        }
        return bytes
    }
}
