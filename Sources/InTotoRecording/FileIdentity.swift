// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What the system says of a file, and what is different as soon as somebody wrote to it.
struct FileIdentity: Equatable {
    let device: UInt64
    let inode: UInt64
    let size: Int
    let modifiedSeconds: Int
    /// When content or attributes last changed; no program can set it.
    let changedSeconds: Int
    let modifiedNanoseconds: UInt32
    let changedNanoseconds: UInt32

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int(status.st_size)
        modifiedSeconds = status.st_mtim.tv_sec
        modifiedNanoseconds = UInt32(truncatingIfNeeded: status.st_mtim.tv_nsec)
        changedSeconds = status.st_ctim.tv_sec
        changedNanoseconds = UInt32(truncatingIfNeeded: status.st_ctim.tv_nsec)
    }

    /// A number that is seldom that of another file.
    var hash: UInt64 {
        let mixed = (inode ^ device << 40) &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ mixed >> 29
    }
}
