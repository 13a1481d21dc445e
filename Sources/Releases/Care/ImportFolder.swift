// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// A folder in which another tool keeps a repository, read as if a server had it.
///
/// A file that is asked for as `3.targets.json` may lie there as `targets.json`, a root also in
/// `root_history/` or as `root.json`: it is checked all the same.
struct ImportFolder: Fetcher {
    /// Base of its URLs; the scheme exists in this process alone.
    static let metadataURL = "import:metadata/"
    static let targetsURL = "import:targets/"

    let metadata: String
    let targets: String?
    /// Paths of the roots by version.
    let roots: [Int: String]

    private static let depth = 4

    init(_ path: String, metadata: String?, targets: String?) throws(ImportError) {
        guard FileSystem.isDirectory(path) else { throw .noMetadata(path: path) }
        if let metadata, !ImportFolder.isMetadata(metadata) { throw .noMetadata(path: metadata) }
        let found: String
        if let metadata {
            found = metadata
        } else {
            found = try ImportFolder.findMetadata(in: path)
        }
        self.metadata = found
        if let targets, !FileSystem.isDirectory(targets) { throw .noTargets(path: targets) }
        if let targets {
            self.targets = targets
        } else {
            self.targets = try ImportFolder.findTargets(beside: found, in: path)
        }
        roots = try ImportFolder.roots(in: found)
    }

    // MARK: finding

    private static func isMetadata(_ path: String) -> Bool {
        guard FileSystem.exists("\(path)/timestamp.json") else { return false }
        if FileSystem.exists("\(path)/root.json") { return true }
        return (try? FileSystem.names(in: path))?
            .contains { RepositoryDirectory.rootVersion(ofFile: $0) != nil } ?? false
    }

    /// Folders below `path` and itself, the nearest first, one list for each depth.
    private static func levels(_ path: String) throws(ImportError) -> [[String]] {
        var levels = [[path]]
        for _ in 1..<depth {
            var next: [String] = []
            for folder in levels[levels.count - 1] {
                let names = try importing { () throws(StorageError) in
                    try FileSystem.names(in: folder)
                }
                next += names.filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }
                    .filter(FileSystem.isDirectory)
            }
            levels.append(next)
        }
        return levels
    }

    private static func findMetadata(in path: String) throws(ImportError) -> String {
        for level in try levels(path) {
            let found = level.filter(isMetadata)
            let named = found.filter { FileSystem.name(of: $0) == "metadata" }
            if named.count == 1 { return named[0] }
            if found.count == 1 { return found[0] }
            guard found.isEmpty else { throw .severalFolders(path: path, found) }
        }
        throw .noMetadata(path: path)
    }

    private static func findTargets(
        beside metadata: String, in path: String
    ) throws(ImportError) -> String? {
        for folder in ["\(FileSystem.parent(of: metadata))/targets", "\(metadata)/targets"]
        where FileSystem.isDirectory(folder) {
            return folder
        }
        for level in try levels(path) {
            let found = level.filter { FileSystem.name(of: $0) == "targets" }
            guard found.count < 2 else { throw .severalFolders(path: path, found) }
            if let only = found.first { return only }
        }
        return nil
    }

    private static func roots(in metadata: String) throws(ImportError) -> [Int: String] {
        var roots: [Int: String] = [:]
        let single = "\(metadata)/root.json"
        let bytes = try importing { () throws(StorageError) in
            try FileSystem.read(single, maximumBytes: 16 << 20)
        }
        if let bytes, let signed = try? SignedFile(bytes).signed, let root = try? Root(signed) {
            roots[root.version] = single
        }
        // Numbered ones take precedence.
        for folder in ["\(metadata)/root_history", metadata] {
            let names = try importing { () throws(StorageError) in
                try FileSystem.names(in: folder)
            }
            for name in names {
                guard let version = RepositoryDirectory.rootVersion(ofFile: name) else { continue }
                roots[version] = "\(folder)/\(name)"
            }
        }
        return roots
    }

    // MARK: reading

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        for path in paths(url) {
            do throws(StorageError) {
                guard let bytes = try FileSystem.read(path, maximumBytes: maximumBytes) else {
                    continue
                }
                return bytes
            } catch {
                throw FetchError(url: path, reason: .unreachable(error.reason))
            }
        }
        throw FetchError(url: url, reason: .notFound)
    }

    func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        guard offset == 0, let path = paths(url).first(where: FileSystem.exists) else {
            throw FetchError(url: url, reason: .notFound)
        }
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw ImportFolder.failure(path) }
        defer { close(descriptor) }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { chunk.deallocate() }
        var total = 0
        while true {
            let count = read(descriptor, chunk.baseAddress, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw ImportFolder.failure(path) }
            if count == 0 { return }
            total += count
            guard total <= maximumBytes else {
                throw FetchError(url: path, reason: .tooLarge(maximumBytes: maximumBytes))
            }
            guard sink.receive(UnsafeRawBufferPointer(rebasing: chunk[0..<count])) else {
                throw FetchError(url: path, reason: .sinkRefused)
            }
        }
    }

    private static func failure(_ path: String) -> FetchError {
        FetchError(url: path, reason: .unreachable(StorageError.system(path).reason))
    }

    /// Where a file may lie; a role's percent signs may be part of its name or not.
    private func paths(_ url: String) -> [String] {
        if let targets, url.utf8.starts(with: ImportFolder.targetsURL.utf8) {
            let encoded = url.dropFirst(ImportFolder.targetsURL.count)
            return percentDecoded(encoded).map { ["\(targets)/\($0)"] } ?? []
        }
        let name = String(url.dropFirst(ImportFolder.metadataURL.count))
        if let version = RepositoryDirectory.rootVersion(ofFile: name) {
            return roots[version].map { [$0] } ?? []
        }
        var names = [name]
        if let plain = MetadataName(UTF8Text(name)), plain.version != nil {
            names.append("\(plain.role).json")
        }
        for name in names where name.utf8.contains(UInt8(ascii: "%")) {
            guard let decoded = percentDecoded(Substring(name)),
                TargetPath(UTF8Text(decoded)) != nil
            else { continue }
            names.append(decoded)
        }
        return names.map { "\(metadata)/\($0)" }
    }
}
