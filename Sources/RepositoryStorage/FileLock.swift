// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A lock that one process at a time holds; the system frees it when the process ends.
package final class FileLock: Sendable {
    private let descriptor: Int32

    /// Waits until the lock is free, then holds it.
    package init(_ path: String) throws(StorageError) {
        while true {
            let opened = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard opened >= 0 else { throw .system(path) }
            while flock(opened, LOCK_EX) != 0 {
                guard errno == EINTR else {
                    let error = StorageError.system(path)
                    close(opened)
                    throw error
                }
            }
            // Whoever held it before may have removed the file with what it made.
            var held = stat()
            var named = stat()
            if fstat(opened, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino,
                held.st_dev == named.st_dev
            {
                descriptor = opened
                return
            }
            close(opened)
        }
    }

    deinit { close(descriptor) }
}
