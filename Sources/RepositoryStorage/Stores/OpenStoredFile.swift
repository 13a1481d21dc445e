// SPDX-License-Identifier: Apache-2.0
import Glibc
import TUFClient

/// A file of a directory, open for reading.
struct OpenStoredFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private let status: stat

    /// - Returns: `nil` if there is none. A symbolic link is not followed.
    init?(_ path: String, _ store: DirectoryStore) throws(RepositoryStoreError) {
        // Without O_NONBLOCK a named pipe would keep us waiting for a writer.
        let opened = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else {
            if DirectoryStore.isAbsence(errno) { return nil }
            if errno == ELOOP {
                throw RepositoryStoreError(path, .local("a symbolic link, not a regular file"))
            }
            throw store.error(.system(path))
        }
        var status = stat()
        guard fstat(opened, &status) == 0 else {
            let error = store.error(.system(path))
            close(opened)
            throw error
        }
        do throws(RepositoryStoreError) { try store.expectRegular(status, path) } catch {
            close(opened)
            throw error
        }
        self.path = path
        self.status = status
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// - Throws: `.tooLarge` before anything is read.
    func whole(_ maximumBytes: Int) throws(RepositoryStoreError) -> StoredFile {
        let size = Int(status.st_size)
        guard size <= maximumBytes else {
            throw RepositoryStoreError(path, .tooLarge(maximumBytes: maximumBytes))
        }
        var failure: Int32 = 0
        // It is replaced by a rename, and never written to: its size stays.
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            while filled < size {
                let count = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, size - filled, filled)
                if count < 0 && errno == EINTR { continue }
                if count < 0 { failure = errno }
                if count <= 0 { return }
                filled += count
            }
        }
        guard failure == 0 else {
            throw RepositoryStoreError(path, .local(String(cString: strerror(failure))))
        }
        return StoredFile(bytes: bytes, tag: StoreTag(status))
    }

    func stream(
        from offset: Int, _ maximumBytes: Int, into sink: any FetchSink
    ) throws(RepositoryStoreError) {
        let size = Int(status.st_size)
        guard size <= maximumBytes else {
            throw RepositoryStoreError(path, .tooLarge(maximumBytes: maximumBytes))
        }
        guard offset == 0 || offset < size else {
            throw RepositoryStoreError(
                path, .unexpected("\(size) bytes, asked from \(offset)"))
        }
        let chunk = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(size - offset + 1, 1 << 18), alignment: 16)
        defer { chunk.deallocate() }
        var position = offset
        while position < size {
            let count = pread(descriptor, chunk.baseAddress, chunk.count, position)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw RepositoryStoreError(path, .local(String(cString: strerror(errno))))
            }
            if count == 0 { return }
            position += count
            guard sink.receive(UnsafeRawBufferPointer(rebasing: chunk[0..<count])) else {
                throw RepositoryStoreError(path, .sinkRefused)
            }
        }
    }
}
