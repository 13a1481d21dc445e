// SPDX-License-Identifier: Apache-2.0
import Glibc
public import MetadataSigning

/// Length and digest of a file on disk.
public struct FileDigest: Sendable {
    public let path: String
    public let length: Int
    public let digest: SHA256Digest
    private let identity: FileIdentity

    /// Whether the file is still the one that was read, and was not written to since.
    package var isUnchanged: Bool {
        isUnchanged(AT_FDCWD, path)
    }

    /// The same of the file that has this name in an open folder.
    func isUnchanged(_ folder: Int32, _ name: UnsafePointer<CChar>) -> Bool {
        var status = stat()
        guard fstatat(folder, name, &status, 0) == 0 else { return false }
        return identity.hasSameContent(as: FileIdentity(status))
    }

    /// In lower-case hexadecimal digits.
    public var sha256: String { digest.hex }

    public var digests: [DigestAlgorithm: String] { [.sha256: sha256] }

    /// Reads the file once, whatever its size, in constant memory.
    public init(of path: String) throws(StorageError) {
        var running = RunningDigest(.sha256)
        var folder = SourceFolder()
        try self.init(of: path, in: &folder, with: &running)
    }

    /// The same for one of very many files.
    ///
    /// - Parameters:
    ///   - folder: that of the file before.
    ///   - running: a SHA-256 that has taken nothing, and has taken nothing afterwards.
    package init(
        of path: String, in folder: inout SourceFolder, with running: inout RunningDigest
    ) throws(StorageError) {
        // Without O_NONBLOCK a named pipe would keep us waiting for a writer.
        let descriptor = folder.with(path) {
            openat($0, $1, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        }
        guard descriptor >= 0 else { throw .system(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StorageError(path: path, reason: "not a regular file")
        }
        // One more than the file has, so that one call reads all of a small one.
        let size = min(max(Int(status.st_size), 0) + 1, 1 << 18)
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { chunk.deallocate() }
        var length = 0
        while true {
            let count = read(descriptor, chunk.baseAddress, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                let error = StorageError.system(path)
                _ = running.finishSHA256()
                throw error
            }
            running.update(UnsafeRawBufferPointer(rebasing: chunk[0..<count]))
            length += count
            // More was asked for than this, so nothing was left when it was read.
            if count == 0 || length == status.st_size && count < chunk.count { break }
        }
        self.path = path
        self.length = length
        // As it was before it was read: whatever is written to it afterwards shows.
        identity = FileIdentity(status)
        digest = running.finishSHA256()
    }
}
