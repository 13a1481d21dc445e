// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Which file stands at a place, and in which state: it differs once the file is replaced.
struct FileIdentity: Equatable, Sendable {
    private let device: UInt
    private let inode: UInt
    private let size: Int
    /// When its content was changed.
    private let modified: Moment
    /// The same of the inode, which a rename or a new link changes as well.
    private let changed: Moment

    private struct Moment: Equatable {
        let seconds: Int
        let nanoseconds: Int

        init(_ time: timespec) { (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec) }
    }

    /// What a path names itself, be it a symbolic link; `nil` if there is nothing.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// An open file.
    init?(_ descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    init(_ status: stat) {
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        modified = Moment(status.st_mtim)
        changed = Moment(status.st_ctim)
    }

    /// Whether it is the same file, be it in another state.
    func isSameFile(as other: FileIdentity?) -> Bool {
        device == other?.device && inode == other?.inode
    }

    /// Whether it is the same file and was not written to, be it under another name by now.
    func hasSameContent(as other: FileIdentity?) -> Bool {
        isSameFile(as: other) && size == other?.size && modified == other?.modified
    }
}
