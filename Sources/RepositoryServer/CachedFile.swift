// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import Synchronization

/// A small file in memory, with its usual answer ready to send.
final class CachedFile: Sendable {
    /// The answer as last sent, and the second its date was written for.
    private struct Answer {
        var second: Int
        var bytes: ByteBuffer
    }

    let representation: Representation
    /// Bytes of memory, all told.
    let cost: Int

    private let status: FileStatus
    /// Where the file is; ends with NUL.
    private let path: [CChar]
    /// A file of this name would be served instead of this one; ends with NUL.
    private let precedence: [CChar]?
    private let headLength: Int
    private let dateIndex: Int
    private let answer: Mutex<Answer>

    init(
        _ file: OpenFile, _ representation: Representation, path: [CChar], precedence: [CChar]?,
        second: Int
    ) throws(Unavailable) {
        let head = ResponseHead(
            status: .ok, lines: [representation.validators, representation.description],
            length: representation.length)
        var bytes = ByteBuffer()
        dateIndex = head.write(second: second, to: &bytes)
        headLength = bytes.readableBytes
        try file.read(representation.length, at: 0, into: &bytes)
        // Written to while it was read: the bytes may belong to no version at all.
        guard file.isUnwritten() else { throw Unavailable() }
        self.representation = representation
        self.path = path
        self.precedence = precedence
        status = file.status
        cost = bytes.storageCapacity + 2 * path.count + 1024
        answer = Mutex(Answer(second: second, bytes: bytes))
    }

    /// Whether the name still means this file with these bytes: one system call.
    func isCurrent() -> Bool {
        if let precedence, FileStatus.of(precedence) != nil { return false }
        return FileStatus.of(path) == status
    }

    /// Head and body of the answer 200 on a connection that stays open.
    func whole(second: Int) -> ByteBuffer {
        answer.withLock {
            if $0.second != second {
                $0.second = second
                $0.bytes.setBytes(HTTPDate.bytes(second), at: dateIndex)
            }
            return $0.bytes
        }
    }

    /// The head of ``whole(second:)`` alone.
    func head(second: Int) -> ByteBuffer {
        whole(second: second).getSlice(at: 0, length: headLength) ?? ByteBuffer()
    }

    /// Some bytes of the file.
    ///
    /// - Parameter range: within the file.
    func body(_ range: Range<Int>) -> ByteBuffer {
        let bytes = answer.withLock { $0.bytes }
        return bytes.getSlice(at: headLength + range.lowerBound, length: range.count)
            ?? ByteBuffer()
    }
}
