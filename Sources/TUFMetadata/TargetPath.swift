// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import MetadataSigning

/// The path of a target file: relative, with `/` between segments.
///
/// Only paths that name one place below a folder and nothing else exist as values: no empty
/// segment, no `.` or `..`, no leading slash, backslash, NUL or other control character, at most
/// 1024 bytes and 190 a segment: with a SHA-256 and a dot before it, a file name of 255.
public struct TargetPath: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let text: UTF8Text

    /// Takes the path if it is a safe one; `nil` if not.
    public init?(_ text: UTF8Text) {
        guard text.withBytes(TargetPath.isSafe) else { return nil }
        self.text = text
    }

    /// Whether these bytes are a path.
    static func isSafe(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        guard (1...1024).contains(path.count) else { return false }
        var start = 0
        for (offset, byte) in path.enumerated() {
            if byte == slash {
                guard isSegment(path, start..<offset) else { return false }
                start = offset + 1
            } else if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\\") {
                return false
            }
        }
        return isSegment(path, start..<path.count)
    }

    @inline(__always)
    private static func isSegment(_ path: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        guard (1...190).contains(range.count) else { return false }
        // Neither "." nor "..".
        return range.count > 2 || !range.allSatisfy { path[$0] == UInt8(ascii: ".") }
    }

    /// Everything before the last slash; empty for a path of one segment.
    public var directory: String {
        text.withBytes { path in
            String(decoding: path[..<max(0, TargetPath.startOfName(path) - 1)], as: UTF8.self)
        }
    }

    /// The last segment.
    public var fileName: String {
        text.withBytes { String(decoding: $0[TargetPath.startOfName($0)...], as: UTF8.self) }
    }

    /// Offset of the last segment.
    private static func startOfName(_ path: UnsafeBufferPointer<UInt8>) -> Int {
        path.lastIndex(of: slash).map { $0 + 1 } ?? 0
    }

    /// The path under which the file lies when consistent snapshots are on: the digest goes
    /// before the last segment (TUF 1.0.34 §6.2).
    public func path(withHash digest: String?) -> String {
        guard let digest else { return string }
        return text.withBytes { path in
            UTF8Text(digest).withBytes { digest in
                let count = path.count + digest.count + 1
                return String(unsafeUninitializedCapacity: count) { output in
                    let name = TargetPath.startOfName(path)
                    var offset = output[..<name].update(fromContentsOf: path[..<name])
                    offset = output[offset...].update(fromContentsOf: digest)
                    output[offset] = UInt8(ascii: ".")
                    return output[(offset + 1)...].update(fromContentsOf: path[name...])
                }
            }
        }
    }

    /// ``path(withHash:)`` for a URL: each segment percent-encoded, slashes kept.
    public func urlPath(withHash digest: String?) -> String {
        path(withHash: digest).utf8.split(separator: slash)
            .map { percentEncoded($0) }.joined(separator: "/")
    }

    /// SHA-256 of the path: what hash prefixes and hash bins go by (TUF 1.0.34 §4.5).
    public var hash: [UInt8] {
        text.withBytes { DigestAlgorithm.sha256.digest(of: UnsafeRawBufferPointer($0)) }
    }

    public var string: String { text.string }

    public static func < (left: TargetPath, right: TargetPath) -> Bool { left.text < right.text }

    /// The path, fit for a message.
    public var description: String {
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 }
        return isPlain && text.count <= 200 ? string : quoted(text)
    }
}

private let slash = UInt8(ascii: "/")

/// A path pattern of a delegation: segments matched one by one, so `*` does not cross a slash
/// (TUF 1.0.34 §4.5).
public struct PathPattern: Sendable, Hashable, CustomStringConvertible {
    public let text: UTF8Text
    private let segments: [Wildcard]
    /// Number of bytes before the first that could mean something else than itself.
    private let literalCount: Int
    /// Whether each segment is either `*` or itself: then bytes alone say what matches.
    private let isPlain: Bool

    public init(_ text: UTF8Text) {
        self.text = text
        literalCount = text.utf8.prefix { !"*?[\\".utf8.contains($0) }.count
        segments = text.string.utf8.split(separator: slash, omittingEmptySubsequences: false)
            .map { Wildcard(UTF8Text(String(Substring($0)))) }
        isPlain = segments.allSatisfy { segment in
            segment.isAnything || !segment.text.utf8.contains { "*?[\\".utf8.contains($0) }
        }
    }

    /// Whether the whole path matches, case-sensitively.
    public func matches(_ path: TargetPath) -> Bool {
        if isPlain {
            return text.withBytes { pattern in
                path.text.withBytes { PathPattern.matches($0, plain: pattern) }
            }
        }
        // A role may delegate to thousands, and nearly all of them end here.
        guard beginsAlike(path) else { return false }
        return path.text.withBytes { path in
            var start = 0
            for (number, segment) in segments.enumerated() {
                let end = path[start...].firstIndex(of: slash) ?? path.count
                // As many segments as the pattern has.
                guard (end == path.count) == (number == segments.count - 1) else { return false }
                let part = UnsafeBufferPointer(rebasing: path[start..<end])
                guard segment.matches(part) else { return false }
                start = end + 1
            }
            return true
        }
    }

    /// The same for a pattern whose segments are `*` or themselves.
    private static func matches(
        _ path: UnsafeBufferPointer<UInt8>, plain pattern: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var (place, offset) = (0, 0)
        while place < pattern.count {
            guard pattern[place] == UInt8(ascii: "*") else {
                guard offset < path.count, path[offset] == pattern[place] else { return false }
                place += 1
                offset += 1
                continue
            }
            // Stars can only be the whole of a segment here.
            while place < pattern.count, pattern[place] != slash { place += 1 }
            while offset < path.count, path[offset] != slash { offset += 1 }
        }
        return offset == path.count
    }

    private func beginsAlike(_ path: TargetPath) -> Bool {
        path.text.count >= literalCount
            && text.withBytes { pattern in
                path.text.withBytes { path in
                    compareBytes(
                        UnsafeBufferPointer(rebasing: pattern[..<literalCount]),
                        UnsafeBufferPointer(rebasing: path[..<literalCount])) == 0
                }
            }
    }

    public static func == (left: PathPattern, right: PathPattern) -> Bool {
        left.text == right.text
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    public var description: String { text.string }
}
