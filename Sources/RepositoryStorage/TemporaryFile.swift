// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A file being written under a hidden name beside the place where it will appear.
///
/// Unless ``publish()`` succeeds, nothing of it stays.
package final class TemporaryFile {
    /// Where it will appear.
    package let destination: String
    private let path: String
    private var descriptor: Int32
    private var isPublished = false

    /// - Parameter mode: permissions of the file, less the process's mask.
    package init(replacing destination: String, mode: UInt32 = 0o644) throws(StorageError) {
        self.destination = destination
        let folder = FileSystem.parent(of: destination)
        // Cut by bytes: with what is added it must not be longer than a file name may be.
        let name = String(
            decoding: FileSystem.name(of: destination).utf8.prefix(60), as: UTF8.self)
        let random = UInt64.random(in: 0...UInt64.max)
        path = "\(folder)/.\(name).\(String(random, radix: 36)).tmp"
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .system(destination) }
    }

    deinit { discard() }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system(destination) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Appends bytes.
    package func write(_ bytes: [UInt8]) throws(StorageError) {
        let outcome = bytes.withUnsafeBytes { buffer in
            Result { () throws(StorageError) in try write(buffer) }
        }
        try outcome.get()
    }

    /// Makes the content durable and gives the file its name.
    ///
    /// The folder is not yet synchronized: who publishes many files does that once for all.
    package func publish() throws(StorageError) {
        guard fsync(descriptor) == 0 else { throw .system(destination) }
        guard rename(path, destination) == 0 else { throw .system(destination) }
        isPublished = true
        close(descriptor)
        descriptor = -1
    }

    /// Removes what was written, unless it is published.
    package func discard() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
        if !isPublished { unlink(path) }
    }
}
