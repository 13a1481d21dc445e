// SPDX-License-Identifier: Apache-2.0

/// A SHA-256 in the 32 bytes that it has: what is kept of each of very many files.
///
/// In hexadecimal digits it would be a text with a piece of memory of its own.
public struct SHA256Digest: Sendable, Hashable {
    private let first, second, third, fourth: UInt64

    /// Number of hexadecimal digits.
    public static let digitCount = 64

    /// - Parameter bytes: 32 of them.
    init(_ bytes: UnsafeRawBufferPointer) {
        func word(_ offset: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        (first, second, third, fourth) = (word(0), word(8), word(16), word(24))
    }

    /// Reads 64 lower-case hexadecimal digits; `nil` for anything else.
    public init?(hex text: String) {
        guard let bytes = bytes(fromHex: text), bytes.count == 32 else { return nil }
        self = bytes.withUnsafeBytes { SHA256Digest($0) }
    }

    /// In lower-case hexadecimal digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: SHA256Digest.digitCount) { write(to: $0) }
    }

    /// The first 32 bits, as the number that they are: what hash bins go by.
    package var head: UInt32 { UInt32(truncatingIfNeeded: first >> 32) }

    /// Writes the lower-case hexadecimal digits.
    ///
    /// - Parameter output: has room for them.
    /// - Returns: their number.
    @discardableResult
    package func write(to output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        precondition(output.count >= SHA256Digest.digitCount, "no room for a digest")
        SHA256Digest.write(first, to: output, at: 0)
        SHA256Digest.write(second, to: output, at: 16)
        SHA256Digest.write(third, to: output, at: 32)
        SHA256Digest.write(fourth, to: output, at: 48)
        return SHA256Digest.digitCount
    }

    /// Adds the lower-case hexadecimal digits to a text.
    package func append(to output: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: SHA256Digest.digitCount) {
            write(to: $0)
            output.append(contentsOf: UnsafeBufferPointer($0))
        }
    }

    /// Eight bytes are sixteen digits, made eight at a time.
    @inline(__always)
    private static func write(
        _ word: UInt64, to output: UnsafeMutableBufferPointer<UInt8>, at offset: Int
    ) {
        let raw = UnsafeMutableRawBufferPointer(output)
        raw.storeBytes(
            of: digits(UInt32(truncatingIfNeeded: word >> 32)).bigEndian, toByteOffset: offset,
            as: UInt64.self)
        raw.storeBytes(
            of: digits(UInt32(truncatingIfNeeded: word)).bigEndian, toByteOffset: offset + 8,
            as: UInt64.self)
    }

    /// The digits of four bytes, the first one highest.
    @inline(__always)
    private static func digits(_ value: UInt32) -> UInt64 {
        // Each four bits into a byte of their own.
        var spread = UInt64(value)
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
        // Adding 6 carries into the next four bits where a letter is due.
        let isLetter = ((spread &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return spread &+ 0x3030_3030_3030_3030 &+ isLetter &* 0x27
    }
}
