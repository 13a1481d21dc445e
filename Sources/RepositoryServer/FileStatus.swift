// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the file system says of a file: as long as it says the same, the bytes are the same.
struct FileStatus: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64
    /// In bytes.
    let size: Int
    /// Time of the last write, nanoseconds since 1970.
    let modified: Int
    /// Time of the last change to bytes, name or mode, nanoseconds since 1970; unlike
    /// `modified` no program can set it.
    let changed: Int
    let isRegular: Bool

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int(status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
        isRegular = status.st_mode & S_IFMT == S_IFREG
    }

    /// The status of what has this name, a symbolic link's own included; `nil` if nothing has.
    ///
    /// - Parameter path: ends with NUL.
    static func of(_ path: [CChar], below directory: Int32 = AT_FDCWD) -> FileStatus? {
        var status = stat()
        guard fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return FileStatus(status)
    }

    /// Whether the last change is at least this long ago.
    func isSettled(at now: timespec, after seconds: Double) -> Bool {
        Double(Self.nanoseconds(now) - max(modified, changed)) >= seconds * 1e9
    }

    /// A strong validator in quotes (RFC 9110 §8.8.3).
    var entityTag: String {
        let parts = [inode, UInt64(size), UInt64(bitPattern: Int64(modified))]
        let last = String(UInt64(bitPattern: Int64(changed)), radix: 16)
        return "\"" + parts.map { String($0, radix: 16) + "-" }.joined() + last + "\""
    }

    private static func nanoseconds(_ time: timespec) -> Int {
        time.tv_sec &* 1_000_000_000 &+ time.tv_nsec
    }
}
