// SPDX-License-Identifier: Apache-2.0
import Glibc

/// An open file, read at any place.
public final class ArchiveFile: Sendable {
    let descriptor: Int32
    public let size: Int

    /// - Throws: `.unreadable`; also for what is no regular file.
    public convenience init(_ path: String) throws(ArchiveError) {
        // Without O_NONBLOCK a named pipe would keep us waiting for a writer.
        try self.init(opened: open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC))
    }

    /// A file that somebody else opened and keeps open.
    public convenience init(descriptor: Int32) throws(ArchiveError) {
        try self.init(opened: fcntl(descriptor, F_DUPFD_CLOEXEC, 0))
    }

    private init(opened descriptor: Int32) throws(ArchiveError) {
        guard descriptor >= 0 else { throw .unreadable(code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw .unreadable(code: code)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .unreadable(code: EINVAL)
        }
        self.descriptor = descriptor
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Reads what is at a place, as much as there is of it.
    ///
    /// - Returns: the number of bytes; less than asked for only at the end of the file.
    func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ArchiveError) -> Int {
        var count = 0
        while count < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            let step = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + count))
            if step < 0, errno == EINTR { continue }
            guard step >= 0 else { throw .unreadable(code: errno) }
            if step == 0 { break }
            count += step
        }
        return count
    }

    /// The bytes at a place, `nil` if the file ends before they do.
    func bytes(at offset: Int, count: Int) throws(ArchiveError) -> [UInt8]? {
        guard offset >= 0, count >= 0, offset <= size - count else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        let outcome = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(ArchiveError) in try read(at: offset, into: buffer) }
        }
        return try outcome.get() == count ? bytes : nil
    }

    /// Reads all of it, piece by piece.
    public func read(
        _ take: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        var source = FileSource(self)
        try source.readAll(take)
    }

    /// What shows that somebody wrote to it.
    public struct State: Equatable, Sendable {
        private let size: Int
        private let times: [Int]

        init(_ status: stat) {
            size = Int(status.st_size)
            times = [
                status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                status.st_ctim.tv_nsec,
            ]
        }
    }

    /// Its state now.
    public func state() throws(ArchiveError) -> State {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(code: errno) }
        return State(status)
    }
}
