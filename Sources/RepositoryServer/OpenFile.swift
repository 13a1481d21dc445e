// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import NIOCore

/// A regular file, open for reading; closed with the last reference.
///
/// Whoever holds it reads the file that had the name when it was opened, whatever has the name
/// since.
final class OpenFile: Sendable {
    private let descriptor: Int32
    /// As it was when the file was opened.
    let status: FileStatus

    private init(descriptor: Int32, status: FileStatus) {
        self.descriptor = descriptor
        self.status = status
    }

    deinit { close(descriptor) }

    /// Opens the file step by step from `root`, through directories only: no step follows a
    /// symbolic link, so nothing outside `root` is reached.
    ///
    /// - Parameters:
    ///   - root: path of a directory; may itself be a symbolic link.
    ///   - steps: at least one name; none is empty, `.` or `..`, none holds a slash or NUL.
    /// - Returns: `nil` if there is no regular file of that name.
    /// - Throws: Unavailable if the system could not tell.
    static func open(
        _ steps: [ArraySlice<UInt8>], below root: [CChar]
    ) throws(Unavailable) -> OpenFile? {
        var directory = Glibc.open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return try absent() }
        defer { close(directory) }
        for step in steps.dropLast() {
            let next = openat(
                directory, name(step), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard next >= 0 else { return try absent() }
            close(directory)
            directory = next
        }
        guard let last = steps.last else { return nil }
        let file = name(last)
        // Looked at before it is opened: to open a device can do something by itself.
        guard let found = FileStatus.of(file, below: directory), found.isRegular else { return nil }
        let descriptor = openat(
            directory, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return try absent() }
        var status = stat()
        guard fstat(descriptor, &status) == 0, FileStatus(status).isRegular else {
            close(descriptor)
            return nil
        }
        return OpenFile(descriptor: descriptor, status: FileStatus(status))
    }

    /// Whether the bytes are still those of the time when the file was opened; it may have lost
    /// its name since.
    func isUnwritten() -> Bool {
        var now = stat()
        guard fstat(descriptor, &now) == 0 else { return false }
        return now.st_size == status.size && FileStatus(now).modified == status.modified
    }

    /// Appends `length` bytes from `offset` to `buffer`.
    ///
    /// - Throws: Unavailable if the file has fewer bytes by now, or cannot be read.
    func read(_ length: Int, at offset: Int, into buffer: inout ByteBuffer) throws(Unavailable) {
        buffer.reserveCapacity(minimumWritableBytes: length)
        var done = 0
        while done < length {
            var interrupted = false
            let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length - done) {
                let got = pread(descriptor, $0.baseAddress, length - done, off_t(offset + done))
                interrupted = got < 0 && errno == EINTR
                return max(0, got)
            }
            guard got > 0 || interrupted else { throw Unavailable() }
            done += got
        }
    }

    /// Appends what of these bytes the system has in memory, without waiting for the disk.
    ///
    /// - Returns: whether that is all of them.
    func readCached(_ length: Int, at offset: Int, into buffer: inout ByteBuffer) -> Bool {
        let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) {
            max(0, carnet_pread_cached(descriptor, $0.baseAddress, length, off_t(offset)))
        }
        return got == length
    }

    private static func name(_ step: ArraySlice<UInt8>) -> [CChar] {
        step.map { CChar(bitPattern: $0) } + [0]
    }

    /// What the last system call's error means: no such file, or no telling.
    private static func absent() throws(Unavailable) -> OpenFile? {
        switch errno {
        case EMFILE, ENFILE, ENOMEM, EIO, EINTR: throw Unavailable()
        default: return nil
        }
    }
}

/// The system could not say whether there is such a file, or could not read it.
struct Unavailable: Error {}
