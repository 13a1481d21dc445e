// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Why a file could not be read or written.
public struct StorageError: Error, Equatable, Sendable {
    public let path: String
    /// The system's words, such as `No space left on device`.
    public let reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// What the last system call said.
    package static func system(_ path: String) -> StorageError {
        StorageError(path: path, reason: String(cString: strerror(errno)))
    }
}

extension StorageError: CustomStringConvertible {
    public var description: String { "\(path): \(reason)" }
}

/// Files and folders by plain system calls. Paths are relative to the working directory or
/// absolute; symbolic links are followed as the system does, unless said otherwise.
package enum FileSystem {
    /// The whole file; `nil` if there is none.
    ///
    /// - Parameter maximumBytes: a longer file is refused.
    package static func read(
        _ path: String, maximumBytes: Int = 512 << 20
    ) throws(StorageError) -> [UInt8]? {
        // Without O_NONBLOCK a named pipe would keep us waiting for a writer.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .system(path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StorageError(path: path, reason: "not a regular file")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(Int(status.st_size), maximumBytes))
        // One more than the file has, so that one call reads all of a small one.
        let size = min(max(Int(status.st_size), 0) + 1, 1 << 18)
        var chunk = [UInt8](repeating: 0, count: size)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(path) }
            if count == 0 { return bytes }
            guard bytes.count + count <= maximumBytes else {
                throw StorageError(path: path, reason: "longer than \(maximumBytes) bytes")
            }
            bytes.append(contentsOf: chunk[0..<count])
        }
    }

    /// Whether something, of any kind, is there.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Refuses a place where something other than a regular file is: a rename would destroy it.
    package static func expectReplaceable(_ path: String) throws(StorageError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StorageError(path: path, reason: "not a regular file, it is left as it is")
        }
    }

    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Names in a folder, sorted, without `.` and `..`; empty if there is no such folder.
    package static func names(in path: String) throws(StorageError) -> [String] {
        try FolderNames(path) { _, _ in .file }.strings
    }

    /// Paths of the regular files below a folder, relative to it, sorted by their bytes. Links and
    /// hidden files and folders are passed over.
    package static func files(below folder: String) throws(StorageError) -> FilePaths {
        guard isDirectory(folder) else {
            throw StorageError(path: folder, reason: "not a folder")
        }
        return try FilePaths(below: folder)
    }

    /// Makes a folder and those above it.
    ///
    /// - Returns: the folders that were not there before, outermost first.
    @discardableResult
    package static func makeDirectory(
        _ path: String, mode: UInt32 = 0o755
    ) throws(StorageError) -> [String] {
        // Mostly it is there.
        if isDirectory(path) { return [] }
        var made: [String] = []
        var partial = path.hasPrefix("/") ? "/" : ""
        for segment in path.split(separator: "/") {
            partial += partial.isEmpty || partial == "/" ? String(segment) : "/\(segment)"
            if mkdir(partial, mode) == 0 {
                made.append(partial)
            } else if errno != EEXIST || !isDirectory(partial) {
                // A link to nothing is there as well.
                let isTaken = errno == EEXIST
                let error =
                    isTaken
                    ? StorageError(path: partial, reason: "not a folder")
                    : StorageError.system(partial)
                for folder in made.reversed() { rmdir(folder) }
                throw error
            }
        }
        return made
    }

    /// Makes the changes to a folder's entries durable.
    package static func synchronize(directory path: String) throws(StorageError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(path) }
    }

    /// Makes everything durable that was written to the file system around `path`.
    package static func synchronizeAll(around path: String) throws(StorageError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path) }
        defer { close(descriptor) }
        guard carnet_syncfs(descriptor) == 0 else { throw .system(path) }
    }

    /// Replaces or makes a file at once and durably: temporary file, fsync, rename, fsync of the
    /// folder. If it fails, nothing is left behind but a file that has replaced another already.
    ///
    /// - Parameter durably: `false` for what may be lost, or cut, when the power fails.
    package static func write(
        _ bytes: [UInt8], to path: String, mode: UInt32 = 0o644, durably: Bool = true
    ) throws(StorageError) {
        let file = try TemporaryFile(replacing: path, mode: mode)
        try file.write(bytes)
        if durably { try file.publishDurably() } else { try file.publish(durably: false) }
    }

    /// Everything before the last slash; `.` if there is none.
    package static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A path without links and dots, or the path itself where there is nothing yet.
    package static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The last segment of a path.
    package static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    package static func remove(_ path: String) throws(StorageError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .system(path) }
    }

    /// Removes the folders that are empty, innermost first; the others stay.
    package static func removeEmpty(_ folders: [String]) {
        for folder in folders.reversed() { rmdir(folder) }
    }
}
