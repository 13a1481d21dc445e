// SPDX-License-Identifier: Apache-2.0
import Glibc
import TUFClient

/// Reads the file of a `file:` URL, with the same limit as any other.
///
/// Not through libcurl, which reads a whole file within one call and would hold all other
/// transfers meanwhile.
struct FileDownload {
    let path: [UInt8]
    /// The first byte that is wanted.
    let start: Int
    /// Of the whole file.
    let maximumBytes: Int

    private static let chunkBytes = 256 * 1024

    /// - Parameter isCancelled: asked between chunks.
    /// - Returns: why there is no whole file; `nil` if the sink got it all.
    func run(into sink: Receiver, isCancelled: () -> Bool) -> FetchError.Reason? {
        let name = path.map { CChar(bitPattern: $0) } + [0]
        // Opening a FIFO must not wait for its writer, only to find that it is no file.
        let descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return openFailure(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return openFailure(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { return .unreachable("no regular file") }
        let announced = Int(status.st_size)
        guard announced <= maximumBytes else { return .tooLarge(maximumBytes: maximumBytes) }
        guard start == 0 || (start < announced && lseek(descriptor, start, SEEK_SET) == start)
        else { return .rangeRefused("\(announced) bytes, asked from \(start)") }
        return withUnsafeTemporaryAllocation(byteCount: Self.chunkBytes, alignment: 16) { buffer in
            copy(descriptor, announced, through: buffer, into: sink, isCancelled)
        }
    }

    private func copy(
        _ descriptor: Int32, _ announced: Int, through buffer: UnsafeMutableRawBufferPointer,
        into sink: Receiver, _ isCancelled: () -> Bool
    ) -> FetchError.Reason? {
        var total = start
        while true {
            if isCancelled() { return .cancelled }
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return .unreachable(lowerFirst(strerror(errno))) }
            guard count > 0 else { return total < announced ? .truncated : nil }
            // It may have grown since we looked.
            guard count <= maximumBytes - total else {
                return .tooLarge(maximumBytes: maximumBytes)
            }
            total += count
            guard sink.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else {
                return .sinkRefused
            }
        }
    }

    private func openFailure(_ code: Int32) -> FetchError.Reason {
        code == ENOENT || code == ENOTDIR
            ? .notFound : .unreachable(lowerFirst(strerror(code)))
    }
}
