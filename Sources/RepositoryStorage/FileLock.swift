// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A lock that one process at a time holds; the system frees it when the process ends.
package final class FileLock: Sendable {
    private let descriptor: Int32

    /// Waits until the lock is free, then holds it.
    package init(_ path: String) throws(StorageError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(path) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let error = StorageError.system(path)
                close(descriptor)
                throw error
            }
        }
    }

    deinit { close(descriptor) }
}
