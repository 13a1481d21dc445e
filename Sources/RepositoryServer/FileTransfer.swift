// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// A file's bytes on their way to one client, a chunk at a time.
struct FileTransfer {
    /// Stays open to the last byte: a file put in its place does not mix in.
    private let file: OpenFile
    private var rest: Range<Int>
    private let chunkBytes: Int
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

    /// Reads the next chunk on a thread that may wait for the disk.
    mutating func next(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer> {
        let chunk = rest.prefix(chunkBytes)
        rest = chunk.endIndex..<rest.endIndex
        return NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { [file] in
            var buffer = ByteBuffer()
            try file.read(chunk.count, at: chunk.startIndex, into: &buffer)
            return buffer
        }
    }
}
