// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import Synchronization
import TUFClient
import TUFMetadata

/// The target files of a repository that is taken over: each is read once, checked while it is
/// read, and kept in a hidden folder of the new repository until it gets its names.
struct ImportFiles {
    /// A file that was checked.
    struct Taken {
        let digest: FileDigest
        /// Paths below `targets/`.
        let names: [UTF8Text]
    }

    private let source: ImportSource
    private let consistent: Bool
    /// Folder of the files until they get their names.
    private let folder: String

    static func folder(in directory: RepositoryDirectory) -> String {
        "\(directory.path)/.carnet-import"
    }

    init(_ source: ImportSource, consistent: Bool, _ directory: RepositoryDirectory) {
        self.source = source
        self.consistent = consistent
        folder = ImportFiles.folder(in: directory)
    }

    /// Removes what was kept.
    static func sweep(_ directory: RepositoryDirectory) {
        let folder = folder(in: directory)
        for name in (try? FileSystem.names(in: folder)) ?? [] {
            try? FileSystem.remove("\(folder)/\(name)")
        }
        FileSystem.removeEmpty([folder])
    }

    /// Reads the file from where it is under any of the names that it may have, and checks its
    /// length and every digest of a known algorithm.
    ///
    /// - Parameters:
    ///   - number: tells it from others meanwhile.
    ///   - digests: all that its entry lists, in their order.
    func take(
        _ found: FoundTarget, digests: [String], number: Int, durably: Bool
    ) async throws(ImportError) -> Taken {
        guard let targetsURL = source.targetsURL else { throw .noTargets(path: source.name) }
        let path = found.file.path
        let names = ImportNames(path, digests: digests, consistent: consistent)
        let place = "\(folder)/\(number)"
        let sink = try importing { () throws(StorageError) in try ImportSink(place) }
        let fetcher = FirstNamed(
            source.fetcher, names.asked.map { targetsURL + $0.url })
        let download = TargetDownload(
            targetsURL: targetsURL, fetcher: fetcher, consistent: consistent)
        do throws(UpdateError) { try await download.download(found.file, into: sink) } catch {
            if let failure = sink.failure { throw .storage(failure) }
            throw .file(path, role: found.role, error)
        }
        let digest = try importing { () throws(StorageError) in
            try sink.publish(durably: durably)
            return try FileDigest(of: place)
        }
        var given = names.given
        if let used = fetcher.used, names.asked[used] == names.prefixed {
            given.append(names.asked[used])
        }
        return Taken(digest: digest, names: given.map(\.text))
    }
}

/// The names under which one target file may lie.
struct ImportNames {
    struct Name: Equatable {
        /// Path below `targets/`.
        let text: UTF8Text
        /// The same, percent-encoded.
        let url: String
    }

    /// Where it is looked for, in this order.
    let asked: [Name]
    /// What it is called from now on: one name for each digest, as a client may choose any of
    /// them, and without one if clients ask so.
    let given: [Name]
    /// The digest before the whole path, as tuftool has it; `nil` for a path without folders.
    let prefixed: Name?

    /// - Parameter digests: in hexadecimal digits.
    init(_ path: TargetPath, digests: [String], consistent: Bool) {
        let plain = Name(text: path.text, url: path.urlPath(withHash: nil))
        // A file name of more bytes exists nowhere.
        let hashed = digests.filter { $0.utf8.count + path.fileName.utf8.count < 255 }.map {
            Name(text: UTF8Text(path.path(withHash: $0)), url: path.urlPath(withHash: $0))
        }
        prefixed =
            path.directory.isEmpty
            ? nil
            : digests.first.map {
                Name(text: UTF8Text("\($0).\(path.text)"), url: "\($0).\(plain.url)")
            }
        given = consistent ? hashed : hashed + [plain]
        let more = prefixed.map { [$0] } ?? []
        asked = consistent ? hashed + more + [plain] : [plain] + hashed + more
    }
}

/// Writes a file as it comes.
private final class ImportSink: FetchSink, @unchecked Sendable {
    // One thread at a time brings chunks, and whoever made the sink looks when they are over.
    private let file: TemporaryFile
    private(set) var failure: StorageError?

    init(_ path: String) throws(StorageError) { file = try TemporaryFile(replacing: path) }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        do throws(StorageError) { try file.write(chunk) } catch { failure = error }
        return failure == nil
    }

    /// Gives the file its name.
    func publish(durably: Bool) throws(StorageError) { try file.publish(durably: durably) }
}

/// Gives one file, from the first of several URLs that there is.
private final class FirstNamed: Fetcher {
    private let fetcher: any Fetcher
    private let urls: [String]
    private let found = Mutex<Int?>(nil)

    init(_ fetcher: any Fetcher, _ urls: [String]) {
        self.fetcher = fetcher
        self.urls = urls
    }

    /// Which of them it was.
    var used: Int? { found.withLock { $0 } }

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        throw FetchError(url: url, reason: .notFound)
    }

    func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        for (index, url) in urls.enumerated() {
            do throws(FetchError) {
                try await fetcher.stream(
                    url, from: offset, maximumBytes: maximumBytes, into: sink)
                return found.withLock { $0 = index }
            } catch {
                guard error.reason == .notFound else { throw error }
            }
        }
        throw FetchError(url: urls.first ?? url, reason: .notFound)
    }
}
