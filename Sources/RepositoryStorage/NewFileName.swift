// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import TUFMetadata

/// Where a new file goes, below `targets/` or `metadata/`.
///
/// The name of a target file is put together where it is used: that of very many would be as many
/// pieces of memory, three times as long as their paths.
enum NewFileName: Sendable, Comparable {
    /// As it stands.
    case whole(UTF8Text)
    /// A path with a SHA-256 and a dot before its last segment.
    case hashed(TargetPath, SHA256Digest)
    /// A path with something else before its last segment.
    case marked(TargetPath, String)

    /// A name, in memory for the time of a call.
    struct Path {
        /// Without the zero that follows it.
        let bytes: UnsafeBufferPointer<UInt8>
        /// Offset of the last segment.
        let start: Int

        /// What stands before the last segment: empty, or with a slash at its end.
        var folder: UnsafeBufferPointer<UInt8> {
            UnsafeBufferPointer(rebasing: bytes[..<start])
        }

        /// The last segment, ended by a zero.
        var fileName: UnsafePointer<CChar> {
            UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped + start)
                .assumingMemoryBound(to: CChar.self)
        }

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// Calls `body` with the name.
    func withPath<Result, Failure>(
        _ body: (Path) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        switch self {
        case .whole(let text):
            return try NewFileName.compose(text, markLength: nil, { _ in }, body)
        case .hashed(let path, let digest):
            return try NewFileName.compose(
                path.text, markLength: SHA256Digest.digitCount, { digest.write(to: $0) }, body)
        case .marked(let path, let mark):
            return try NewFileName.compose(
                path.text, markLength: mark.utf8.count,
                { _ = $0.update(fromContentsOf: mark.utf8) }, body)
        }
    }

    /// - Parameter mark: writes what goes before the last segment.
    private static func compose<Result, Failure>(
        _ text: UTF8Text, markLength: Int?, _ mark: (UnsafeMutableBufferPointer<UInt8>) -> Void,
        _ body: (Path) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let markCount = markLength.map { $0 + 1 } ?? 0
        let count = text.count + markCount
        let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count + 1)
        defer { output.deallocate() }
        let start = text.withBytes { text in
            let start = text.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
            var offset = output.update(fromContentsOf: text[..<start])
            if let markLength {
                mark(UnsafeMutableBufferPointer(rebasing: output[offset..<offset + markLength]))
                output[offset + markLength] = UInt8(ascii: ".")
                offset += markCount
            }
            offset = output[offset...].update(fromContentsOf: text[start...])
            output[offset] = 0
            return start
        }
        return try body(Path(bytes: UnsafeBufferPointer(rebasing: output[..<count]), start: start))
    }

    /// The same for equal names, however they are made.
    var hash: Int {
        withPath { path in
            var hasher = Hasher()
            hasher.combine(bytes: UnsafeRawBufferPointer(path.bytes))
            return hasher.finalize()
        }
    }

    var text: UTF8Text { withPath { UTF8Text($0.text) } }

    /// What stands before the last segment, in hexadecimal digits.
    var digest: String? {
        switch self {
        case .whole: nil
        case .hashed(_, let digest): digest.hex
        case .marked(_, let mark): mark
        }
    }

    static func == (left: NewFileName, right: NewFileName) -> Bool { compare(left, right) == 0 }

    static func < (left: NewFileName, right: NewFileName) -> Bool { compare(left, right) < 0 }

    private static func compare(_ left: NewFileName, _ right: NewFileName) -> Int {
        // Metadata has no other names, and is sorted by them.
        if case .whole(let left) = left, case .whole(let right) = right {
            return left.withBytes { left in right.withBytes { compareBytes(left, $0) } }
        }
        return left.withPath { left in right.withPath { compareBytes(left.bytes, $0.bytes) } }
    }
}
