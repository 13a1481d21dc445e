// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A lock that one process at a time holds; the system frees it when the process ends, however
/// it ends.
package final class FileLock: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Waits until the lock is free, then holds it. The thread sleeps meanwhile.
    ///
    /// - Throws: `StorageError`; also if the wait takes too long, or the file system has no
    ///   locks.
    package static func waiting(
        for path: String, _ wait: LockWait = LockWait()
    ) throws(StorageError) -> FileLock {
        var patience = LockPatience(path, wait)
        while true {
            if let lock = try attempt(path) { return lock }
            var pause = timespec(tv_sec: 0, tv_nsec: Int(try patience.pause()))
            nanosleep(&pause, nil)
        }
    }

    /// Waits until the lock is free, then holds it. No thread of the pool waits meanwhile, so that
    /// any number of tasks may wait for another of the same process.
    package static func awaiting(
        _ path: String, _ wait: LockWait = LockWait()
    ) async throws(StorageError) -> FileLock {
        var patience = LockPatience(path, wait)
        while true {
            if let lock = try attempt(path) { return lock }
            let pause = try patience.pause()
            guard !Task.isCancelled else {
                throw StorageError(path: path, reason: "in use by another process, wait cancelled")
            }
            await Waiting.pause(nanoseconds: pause)
        }
    }

    /// Holds the lock if it is free.
    ///
    /// - Returns: `nil` if another holds it.
    package static func attempt(_ path: String) throws(StorageError) -> FileLock? {
        let opened = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw .system(path) }
        let lock = FileLock(opened)
        while flock(opened, LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return nil }
            if errno == EINTR { continue }
            throw StorageError(
                path: path, reason: "cannot be locked, \(String(cString: strerror(errno)))")
        }
        // Whoever held it before may have removed the file with what it made.
        return HeldFile.names(path, opened) ? lock : nil
    }
}
