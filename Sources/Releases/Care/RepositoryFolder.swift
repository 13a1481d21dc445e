// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
public import RepositoryStorage
public import TUFClient

/// A repository's folder as a client sees it, with a list of its files.
///
/// Read as it lies there: target files in constant memory, links followed. Listed are files and
/// links to files; not what lies in folders behind links.
public struct RepositoryFolder: Fetcher, RepositoryListing {
    /// Base of its URLs; the scheme exists in this process alone.
    public static let metadataURL = "folder:metadata/"
    public static let targetsURL = "folder:targets/"

    private let directory: RepositoryDirectory
    private static let depth = 64

    public init(_ directory: RepositoryDirectory) { self.directory = directory }

    // MARK: files

    public func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        let buffer = FolderBuffer()
        try await stream(url, from: 0, maximumBytes: maximumBytes, into: buffer)
        return buffer.bytes
    }

    public func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        let descriptor = try open(url)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw FetchError(url: url, reason: .unreachable("not a regular file"))
        }
        let size = Int(status.st_size)
        guard offset == 0 || offset < size, lseek(descriptor, offset, SEEK_SET) == offset else {
            throw FetchError(url: url, reason: .rangeRefused("\(size) bytes, asked from \(offset)"))
        }
        let chunk = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(max(size - offset, 0) + 1, 1 << 18), alignment: 16)
        defer { chunk.deallocate() }
        var total = offset
        while true {
            let count = read(descriptor, chunk.baseAddress, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw FetchError(url: url, reason: .unreachable(String(cString: strerror(errno))))
            }
            if count == 0 { return }
            total += count
            guard total <= maximumBytes else {
                throw FetchError(url: url, reason: .tooLarge(maximumBytes: maximumBytes))
            }
            guard sink.receive(UnsafeRawBufferPointer(rebasing: chunk[0..<count])) else {
                throw FetchError(url: url, reason: .sinkRefused)
            }
        }
    }

    private func open(_ url: String) throws(FetchError) -> Int32 {
        // A role's percent signs are part of its file's name; those of a target path are not.
        let isMetadata = url.utf8.starts(with: RepositoryFolder.metadataURL.utf8)
        let name =
            isMetadata
            ? String(url.dropFirst(RepositoryFolder.metadataURL.count))
            : percentDecoded(url.dropFirst(RepositoryFolder.targetsURL.count)) ?? ""
        let path = "\(directory.path)/\(isMetadata ? "metadata" : "targets")/\(name)"
        // Without O_NONBLOCK a named pipe would keep us waiting for a writer.
        let descriptor = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let isAbsent = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG
            throw FetchError(
                url: url,
                reason: isAbsent ? .notFound : .unreachable(String(cString: strerror(errno))))
        }
        return descriptor
    }

    // MARK: the list

    public func files() throws(StorageError) -> ListedFiles {
        ListedFiles(metadata: try files(in: "metadata"), targets: try files(in: "targets"))
    }

    private func files(in folder: String) throws(StorageError) -> [ListedFile] {
        var files: [ListedFile] = []
        var folders: [(path: String, depth: Int)] = [("", 0)]
        while let (inner, depth) = folders.popLast() {
            let path = "\(directory.path)/\(folder)" + (inner.isEmpty ? "" : "/\(inner)")
            for name in try FileSystem.names(in: path) {
                let below = inner.isEmpty ? name : "\(inner)/\(name)"
                var status = stat()
                guard lstat("\(path)/\(name)", &status) == 0 else {
                    // It went since the folder was read.
                    if errno == ENOENT { continue }
                    throw StorageError(
                        path: "\(path)/\(name)", reason: String(cString: strerror(errno)))
                }
                switch status.st_mode & S_IFMT {
                case S_IFDIR where depth < RepositoryFolder.depth:
                    folders.append((below, depth + 1))
                case S_IFDIR:
                    throw StorageError(path: "\(path)/\(name)", reason: "folders too deep")
                // A client gets what the link leads to; that it does is as old as the link.
                case S_IFLNK:
                    var target = stat()
                    guard stat("\(path)/\(name)", &target) == 0,
                        target.st_mode & S_IFMT == S_IFREG
                    else { continue }
                    files.append(ListedFile(below, status, bytes: Int(target.st_size)))
                default: files.append(ListedFile(below, status, bytes: Int(status.st_size)))
                }
            }
        }
        return files
    }
}

extension ListedFile {
    fileprivate init(_ name: String, _ status: stat, bytes: Int) {
        self.init(
            name: UTF8Text(name), bytes: bytes,
            modified: Instant(seconds: max(status.st_mtim.tv_sec, status.st_ctim.tv_sec)))
    }
}

/// Keeps a file in memory, for one thread.
private final class FolderBuffer: FetchSink, @unchecked Sendable {
    // Filled by the one call that made it, before anybody else sees it.
    private(set) var bytes: [UInt8] = []

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        bytes.append(contentsOf: chunk)
        return true
    }
}

/// A text with its percent escapes taken back.
///
/// - Returns: `nil` for broken escapes, or bytes that are no UTF-8.
func percentDecoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
        bytes.append(value)
        rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
}
