// SPDX-License-Identifier: Apache-2.0
import Glibc
public import MetadataSigning

/// Length and digests of a file on disk.
public struct FileDigest: Sendable {
    public let path: String
    public let length: Int
    /// Size and time of change, and which file it is.
    private let state: FileState?

    /// Whether the file is still the one that was read, and was not written to since.
    var isUnchanged: Bool { state != nil && state == FileState(path) }

    /// In lower-case hexadecimal digits.
    public let digests: [DigestAlgorithm: String]

    public var sha256: String { digests[.sha256] ?? "" }

    /// Reads the file once, whatever its size, in constant memory.
    public init(of path: String) throws(StorageError) {
        // Without O_NONBLOCK a named pipe would keep us waiting for a writer.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StorageError(path: path, reason: "not a regular file")
        }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { chunk.deallocate() }
        var digest = RunningDigest(.sha256)
        var length = 0
        while true {
            let count = read(descriptor, chunk.baseAddress, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(path) }
            if count == 0 { break }
            digest.update(UnsafeRawBufferPointer(rebasing: chunk[0..<count]))
            length += count
        }
        self.path = path
        self.length = length
        // A file that was written to meanwhile has no state that it could be found in again.
        let after = FileState(path)
        state = FileState(status) == after ? after : nil
        digests = [.sha256: hex(digest.finish())]
    }
}

/// What shows that a file was written to; a second name for it does not change that.
private struct FileState: Equatable {
    private let device: UInt
    private let inode: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init(_ status: stat) {
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
