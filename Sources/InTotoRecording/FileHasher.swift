// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Hashes one file after another; each thread has its own.
struct FileHasher: ~Copyable {
    /// Why a file has no digest.
    enum Fault: Error {
        case opening(SystemError)
        case system(SystemError)
        case changed
    }

    private static let bufferBytes = 256 << 10

    private var digests: FileDigests
    private let buffer: UnsafeMutableRawBufferPointer
    private let normalizesLineEndings: Bool

    init(_ kind: KnownDigests.Kind) {
        normalizesLineEndings = kind.normalizesLineEndings
        digests = FileDigests(kind.digests)
        buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: FileHasher.bufferBytes, alignment: 64)
    }

    deinit { buffer.deallocate() }

    /// Hashes a file that does not change meanwhile.
    ///
    /// - Parameters:
    ///   - isLink: whether to follow a symbolic link at the end of the path; unless told to, a
    ///     link that has come there since the walk is a change.
    ///   - row: where the digests go.
    ///   - onProgress: called with the number of bytes read since the last call.
    mutating func hash(
        _ name: UnsafePointer<CChar>, in folder: Int32, isLink: Bool,
        into row: UnsafeMutableRawBufferPointer, onProgress: (Int) -> Void
    ) throws(Fault) -> FileIdentity {
        // A pipe that has taken the file's place must not make the open wait.
        let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (isLink ? 0 : O_NOFOLLOW)
        let descriptor = openat(folder, name, flags)
        guard descriptor >= 0 else { throw .opening(.latest) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(.latest) }
        guard status.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG) else { throw .changed }
        let before = FileIdentity(status)
        digests.begin(byteCount: before.size)
        try read(descriptor, size: before.size, onProgress)
        digests.finish(into: row)
        guard fstat(descriptor, &status) == 0 else { throw .system(.latest) }
        guard FileIdentity(status) == before else { throw .changed }
        return before
    }

    /// Feeds the file to the digest; more or fewer bytes than `size` are a change.
    private mutating func read(
        _ descriptor: Int32, size: Int, _ onProgress: (Int) -> Void
    ) throws(Fault) {
        var total = 0
        var endsWithReturn = false
        repeat {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 {
                let error = SystemError.latest
                if error.number == EINTR { continue }
                digests.discard()
                throw .system(error)
            }
            total += count
            if count == 0 || total > size { break }
            feed(count, &endsWithReturn)
            onProgress(count)
        } while total < size
        guard total == size else {
            digests.discard()
            throw .changed
        }
        if endsWithReturn { update("\n") }
    }

    private mutating func feed(_ count: Int, _ endsWithReturn: inout Bool) {
        guard normalizesLineEndings else {
            digests.update(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
            return
        }
        let (length, isPending) = FileHasher.normalize(buffer, count, after: endsWithReturn)
        if endsWithReturn { update("\n") }
        endsWithReturn = isPending
        digests.update(UnsafeRawBufferPointer(rebasing: buffer[0..<length]))
    }

    private mutating func update(_ text: StaticString) {
        text.withUTF8Buffer { digests.update(UnsafeRawBufferPointer($0)) }
    }

    /// Makes `\n` of `\r\n` and `\r` in place.
    ///
    /// - Parameter after: whether a `\r` before these bytes is still to be written.
    /// - Returns: the new length, and whether a final `\r` was kept back.
    private static func normalize(
        _ buffer: UnsafeMutableRawBufferPointer, _ count: Int, after pending: Bool
    ) -> (length: Int, isPending: Bool) {
        var written = 0
        var afterReturn = pending
        for position in 0..<count {
            let byte = buffer[position]
            if byte == UInt8(ascii: "\n"), afterReturn {
                // The line end was written for the `\r`, or is owed from the bytes before.
                afterReturn = false
                continue
            }
            afterReturn = byte == UInt8(ascii: "\r")
            if afterReturn, position == count - 1 { return (written, true) }
            buffer[written] = afterReturn ? UInt8(ascii: "\n") : byte
            written += 1
        }
        return (written, false)
    }
}
