// SPDX-License-Identifier: Apache-2.0
import CDecompression

/// One of the libraries at work on one stream.
struct Decoder: ~Copyable {
    enum Progress { case goesOn, ended }

    private let packing: Packing
    private let windowBytes: Int
    private let handle: OpaquePointer

    init(_ packing: Packing, windowBytes: Int) throws(ArchiveError) {
        try packing.load()
        guard let handle = carnet_decoder_new(packing.code, UInt64(windowBytes)) else {
            throw .outOfMemory
        }
        self.packing = packing
        self.windowBytes = windowBytes
        self.handle = handle
    }

    deinit { carnet_decoder_free(handle) }

    /// Begins another stream of the same packing.
    mutating func restart() throws(ArchiveError) {
        guard carnet_decoder_restart(handle) == 0 else { throw .outOfMemory }
    }

    /// Takes some of `bytes` and fills some of `room`.
    ///
    /// - Throws: `.archive(_, .damaged)`, `.archive(_, .window)`.
    mutating func step(
        _ bytes: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) throws(ArchiveError) -> (taken: Int, made: Int, progress: Progress) {
        var taken = 0
        var made = 0
        let answer = carnet_decoder_step(
            handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &taken,
            room.baseAddress?.assumingMemoryBound(to: UInt8.self), room.count, &made)
        switch UInt32(bitPattern: answer) {
        case carnet_unpacking_goes_on.rawValue:
            // With bytes and room there is always something to do.
            if taken == 0, made == 0, !bytes.isEmpty, !room.isEmpty {
                throw .archive(packing.format, .damaged)
            }
            return (taken, made, .goesOn)
        case carnet_unpacking_ended.rawValue: return (taken, made, .ended)
        case carnet_unpacking_memory.rawValue:
            throw .archive(packing.format, .window(maximumBytes: windowBytes))
        default: throw .archive(packing.format, .damaged)
        }
    }
}
