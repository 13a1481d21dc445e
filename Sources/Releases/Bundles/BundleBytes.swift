// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage

/// An open file, read at any place.
final class BundleBytes: Sendable {
    let size: Int
    private let descriptor: Int32

    /// - Throws: ``BundleError/storage(_:)``; also for what is no regular file.
    init(_ path: String) throws(BundleError) {
        // Without O_NONBLOCK a named pipe would keep us waiting for a writer.
        let opened = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else { throw .storage(.system(path)) }
        var status = stat()
        guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(opened)
            throw .storage(StorageError(path: path, reason: "not a regular file"))
        }
        descriptor = opened
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Reads as much as there is at a place.
    ///
    /// - Returns: the number of bytes; less than there is room for only at the end of the file,
    ///   or if it cannot be read.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        BundleBytes.read(descriptor, at: offset, into: buffer)
    }

    static func read(
        _ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        var count = 0
        while count < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            let step = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + count))
            if step < 0, errno == EINTR { continue }
            if step <= 0 { break }
            count += step
        }
        return count
    }

    /// `nil` if the file ends before, as it was when it was opened or as it is now.
    func bytes(_ range: Range<Int>) -> [UInt8]? {
        guard range.upperBound <= size else { return nil }
        var bytes = [UInt8](repeating: 0, count: range.count)
        let count = bytes.withUnsafeMutableBytes { read(at: range.lowerBound, into: $0) }
        return count == range.count ? bytes : nil
    }
}
