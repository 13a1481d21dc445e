// SPDX-License-Identifier: Apache-2.0

/// Bytes that come one after the other.
public protocol ByteSource: ~Copyable {
    /// Reads what is next.
    ///
    /// - Returns: the number of bytes; 0 only at the end.
    mutating func read(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(ArchiveError) -> Int
}

extension ByteSource where Self: ~Copyable {
    /// Reads to the end, piece by piece.
    public mutating func readAll(
        _ take: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { room.deallocate() }
        while true {
            let count = try read(into: room)
            if count == 0 { return }
            try take(UnsafeRawBufferPointer(rebasing: room[..<count]))
        }
    }
}

/// A part of a file.
public struct FileSource: ByteSource, ~Copyable {
    private let file: ArchiveFile
    private var position: Int
    private let end: Int

    /// - Parameter range: the whole file if `nil`.
    public init(_ file: ArchiveFile, _ range: Range<Int>? = nil) {
        self.file = file
        position = range?.lowerBound ?? 0
        end = range?.upperBound ?? file.size
    }

    public mutating func read(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(ArchiveError) -> Int {
        let wanted = min(buffer.count, end - position)
        guard wanted > 0 else { return 0 }
        let count = try file.read(
            at: position, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
        position += count
        return count
    }
}

/// A source with a buffer before it, of which a part of any size can be asked for.
struct ByteReader<Source: ByteSource & ~Copyable>: ~Copyable {
    private var source: Source
    private let room: Room
    private var buffer: UnsafeMutableRawBufferPointer { room.bytes }
    private var unread = 0..<0

    init(_ source: consuming Source, bufferBytes: Int = 64 << 10) {
        self.source = source
        room = Room(bufferBytes)
    }

    /// What is in the buffer; filled first if nothing is.
    ///
    /// - Returns: nothing only at the end. Valid until the next call.
    mutating func peek() throws(ArchiveError) -> UnsafeRawBufferPointer {
        if unread.isEmpty { unread = 0..<(try source.read(into: buffer)) }
        return UnsafeRawBufferPointer(rebasing: buffer[unread])
    }

    /// Counts bytes of ``peek()`` as read.
    mutating func drop(_ count: Int) { unread = unread.dropFirst(count) }

    var isAtEnd: Bool { mutating get throws(ArchiveError) { try peek().isEmpty } }

    /// Reads exactly `count` bytes, piece by piece.
    ///
    /// - Returns: whether there were as many.
    mutating func read(
        _ count: Int, _ take: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
    ) throws(ArchiveError) -> Bool {
        var rest = count
        while rest > 0 {
            let piece = try peek()
            if piece.isEmpty { return false }
            let part = UnsafeRawBufferPointer(rebasing: piece.prefix(rest))
            try take(part)
            drop(part.count)
            rest -= part.count
        }
        return true
    }

    /// The next `count` bytes, or `nil` if there are not as many.
    mutating func bytes(_ count: Int) throws(ArchiveError) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        return try read(count) { bytes.append(contentsOf: $0) } ? bytes : nil
    }
}

/// Memory for bytes. A class: the compiler forgets the `deinit` of a noncopyable generic struct that
/// is a member of another one (Swift 6.3).
final class Room {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ count: Int) { bytes = .allocate(byteCount: count, alignment: 16) }

    deinit { bytes.deallocate() }
}
