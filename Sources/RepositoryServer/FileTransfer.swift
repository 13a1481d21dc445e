// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// A file's bytes on their way to one client, a chunk at a time.
struct FileTransfer {
    /// Stays open to the last byte: a file put in its place does not mix in.
    private let file: OpenFile
    private var rest: Range<Int>
    private let chunkBytes: Int
    /// Filled again for each chunk, unless the one before is still in use.
    private var buffer = ByteBuffer()
    /// Whether the connection ends after the last byte.
    let closes: Bool

    /// - Parameter range: within the file.
    init(_ file: OpenFile, _ range: Range<Int>, chunkBytes: Int, closes: Bool) {
        self.file = file
        self.rest = range
        self.chunkBytes = chunkBytes
        self.closes = closes
    }

    var isFinished: Bool { rest.isEmpty }

    /// Reads the next chunk: at once if it is in memory, else on a thread that may wait for the
    /// disk.
    mutating func next(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer> {
        let chunk = rest.prefix(chunkBytes)
        rest = chunk.endIndex..<rest.endIndex
        buffer.clear()
        if file.readCached(chunk.count, at: chunk.startIndex, into: &buffer) {
            return eventLoop.makeSucceededFuture(buffer)
        }
        let done = buffer.readableBytes
        return NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { [file, buffer] in
            var buffer = buffer
            try file.read(chunk.count - done, at: chunk.startIndex + done, into: &buffer)
            return buffer
        }
    }
}
