// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning

extension TemporaryFile {
    /// Appends a copy of a file.
    ///
    /// - Parameters:
    ///   - sha256: of the copy, or it fails; `nil` for any.
    ///   - words: why it fails then.
    func append(
        copyOf source: String, sha256: String?,
        else words: String = "changed while it was being published"
    ) throws(StorageError) {
        var digest = RunningDigest(.sha256)
        let descriptor = open(source, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(source) }
        defer { close(descriptor) }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { chunk.deallocate() }
        while true {
            let count = read(descriptor, chunk.baseAddress, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(source) }
            if count == 0 { break }
            let bytes = UnsafeRawBufferPointer(rebasing: chunk[0..<count])
            digest.update(bytes)
            try write(bytes)
        }
        guard let sha256 else { return }
        guard hex(digest.finish()) == sha256 else {
            throw StorageError(path: source, reason: words)
        }
    }
}
