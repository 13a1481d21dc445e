// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import RepositoryStorage

/// Links to try the rules of a layout on, as they are: nobody looks at their signatures.
public struct LinksAtHand: Sendable {
    /// By step, each in the order of the files' names.
    private(set) var links: [UTF8Text: [Entry]] = [:]
    /// Files that hold a layout, and how many levels of layouts lie below each; 1 for none.
    private(set) var sublayouts: [(file: String, levels: Int)] = []
    /// Files that are neither, and why.
    private(set) var faults: [(file: String, reason: String)] = []
    /// Whether there were too many of them.
    private(set) var isCut = false
    private var left = LinksAtHand.maximumBytes

    struct Entry: Sendable {
        let file: String
        let link: Link
    }

    static let maximumBytes = 512 << 20
    static let maximumFiles = 2000
    /// As deep as a verifier goes, and one more.
    static let maximumLevels = 9

    /// None.
    public init() {}

    /// Reads all `….link` files in the folders.
    ///
    /// - Throws: `.storage` if a folder or file cannot be read.
    public init(folders: [String]) throws(PublishingError) {
        for folder in folders {
            guard FileSystem.isDirectory(folder) else {
                throw .storage(StorageError(path: folder, reason: "no such folder of links"))
            }
            for name in try LinksAtHand.names(in: folder) { try add(folder, name) }
        }
    }

    var isEmpty: Bool { links.isEmpty && sublayouts.isEmpty && faults.isEmpty }

    private static func names(in folder: String) throws(PublishingError) -> [String] {
        let names = try storing { () throws(StorageError) in try FileSystem.names(in: folder) }
        let links = names.filter { $0.utf8.suffix(5).elementsEqual(".link".utf8) }
        return links.map { UTF8Text($0) }.sorted().map(\.string)
    }

    private mutating func add(_ folder: String, _ name: String) throws(PublishingError) {
        let path = "\(folder)/\(name)"
        guard let bytes = try read(path) else { return }
        do throws(SigningError) {
            let file = try InTotoFile(bytes)
            if file.type == "layout" {
                sublayouts.append((path, try levels(below: String(path.dropLast(5)), 1)))
            } else {
                let link = try LinksAtHand.link(file)
                links[link.name, default: []].append(Entry(file: path, link: link))
            }
        } catch {
            faults.append((path, "\(error)"))
        }
    }

    private static func link(_ file: InTotoFile) throws(SigningError) -> Link {
        do throws(JSONError) {
            switch file.container {
            case .metablock(let file): return try Link(file.signed)
            case .envelope(let envelope): return try Link(JSONDocument(envelope.payload).root)
            }
        } catch {
            throw .malformed(error)
        }
    }

    /// - Returns: `nil` if there is too much to read.
    private mutating func read(_ path: String) throws(PublishingError) -> [UInt8]? {
        let count = links.values.reduce(sublayouts.count + faults.count) { $0 + $1.count }
        guard count < LinksAtHand.maximumFiles, left > 0 else {
            isCut = true
            return nil
        }
        let room = left
        let bytes: [UInt8]?
        do throws(StorageError) {
            bytes = try FileSystem.read(path, maximumBytes: room)
        } catch {
            faults.append((path, error.reason))
            return nil
        }
        left -= bytes?.count ?? 0
        return bytes
    }

    /// How many layouts lie inside one another, the one whose folder this is included.
    private mutating func levels(below folder: String, _ level: Int) throws(SigningError) -> Int {
        guard level < LinksAtHand.maximumLevels, FileSystem.isDirectory(folder) else {
            return level
        }
        var deepest = level
        for name in (try? LinksAtHand.names(in: folder)) ?? [] {
            let path = "\(folder)/\(name)"
            guard let bytes = try? read(path), let file = try? InTotoFile(bytes),
                file.type == "layout"
            else { continue }
            deepest = max(deepest, try levels(below: String(path.dropLast(5)), level + 1))
        }
        return deepest
    }
}
