// SPDX-License-Identifier: Apache-2.0
import Glibc
public import MetadataSigning

/// Length and digest of a file on disk.
public struct FileDigest: Sendable {
    public let path: String
    public let length: Int
    /// In lower-case hexadecimal digits.
    public let sha256: String
    private let identity: FileIdentity?

    /// Whether the file is still the one that was read, and was not written to since.
    var isUnchanged: Bool {
        identity?.hasSameContent(as: FileIdentity(following: path)) ?? false
    }

    public var digests: [DigestAlgorithm: String] { [.sha256: sha256] }

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
        // One more than the file has, so that one call reads all of a small one.
        let size = min(max(Int(status.st_size), 0) + 1, 1 << 18)
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
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
        let before = FileIdentity(status)
        identity = before.hasSameContent(as: FileIdentity(descriptor)) ? before : nil
        sha256 = hex(digest.finish())
    }
}
