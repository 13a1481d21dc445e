// SPDX-License-Identifier: Apache-2.0

/// What packed bytes unpack to: one stream of a packing, or several after one another, and
/// nothing else.
public struct Unpacked<Source: ByteSource & ~Copyable>: ByteSource, ~Copyable {
    private enum State { case between, inside, ended }

    private let packing: Packing
    private let limits: ArchiveLimits
    private var packed: ByteReader<Source>
    private var decoder: Decoder
    private var state = State.inside
    private var taken = 0
    private var made = 0

    /// - Throws: `.noLibrary`.
    public init(
        _ source: consuming Source, _ packing: Packing, limits: ArchiveLimits
    ) throws(ArchiveError) {
        decoder = try Decoder(packing, windowBytes: limits.windowBytes)
        packed = ByteReader(source)
        self.packing = packing
        self.limits = limits
    }

    public mutating func read(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(ArchiveError) -> Int {
        while state != .ended {
            let bytes = try packed.peek()
            if state == .between {
                if bytes.isEmpty {
                    state = .ended
                    break
                }
                try begin(bytes)
            }
            let step = try stepped(bytes, buffer)
            // Without more bytes there may still be something that had no room before.
            if bytes.isEmpty, step.made == 0, step.progress == .goesOn {
                throw .archive(packing.format, taken == 0 ? .otherFormat : .truncated)
            }
            packed.drop(step.taken)
            taken += step.taken
            made += step.made
            guard made <= limits.totalBytes else {
                throw .limit(.totalBytes, found: made, maximum: limits.totalBytes)
            }
            try limits.checkRatio(unpacked: made, packed: taken)
            if step.progress == .ended { state = .between }
            if step.made > 0 { return step.made }
        }
        return 0
    }

    /// Another stream, if that is what follows the one before.
    private mutating func begin(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        guard bytes[0] == packing.magic.first else {
            throw .archive(packing.format, .strayBytes)
        }
        try decoder.restart()
        state = .inside
    }

    private mutating func stepped(
        _ bytes: UnsafeRawBufferPointer, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(ArchiveError) -> (taken: Int, made: Int, progress: Decoder.Progress) {
        let isFirst = taken == 0
        do throws(ArchiveError) { return try decoder.step(bytes, into: buffer) } catch {
            // Damaged from its first bytes on is another format.
            let isOther = isFirst && !bytes.starts(with: packing.magic)
            throw isOther ? .archive(packing.format, .otherFormat) : error
        }
    }
}
