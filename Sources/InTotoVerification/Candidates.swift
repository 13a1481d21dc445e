// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// The artifacts of a list whose names a pattern may match: a range of the sorted names.
struct Candidates {
    private let artifacts: BorrowedArtifacts
    private let pattern: Wildcard
    /// How many bytes each name in ``range`` begins with that the pattern does not see.
    private let skipped: Int
    /// Whether all names in ``range`` match.
    private let isExact: Bool
    let range: Range<Int>

    /// - Parameter prefix: what a name must begin with before the pattern's part.
    init(of pattern: Wildcard, after prefix: [UInt8] = [], in artifacts: BorrowedArtifacts) {
        self.artifacts = artifacts
        self.pattern = pattern
        skipped = prefix.count
        isExact = pattern.isPrefix || pattern.isLiteral
        let head = prefix + pattern.prefix
        range = head.withUnsafeBufferPointer { head in
            guard pattern.isLiteral else { return artifacts.range(of: head) }
            return artifacts.index(of: head).map { $0..<$0 + 1 } ?? 0..<0
        }
    }

    /// Whether the pattern matches the name of an artifact in ``range``.
    func contains(_ index: Int, steps: inout Int) -> Bool {
        isExact || pattern.matches(rest(of: index), steps: &steps)
    }

    /// A name without what the pattern does not see.
    func rest(of index: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: artifacts.name(index)[skipped...])
    }
}

/// What stands after `IN`, as Python's in-toto uses it.
struct MatchPrefix {
    /// With a slash at its end, and slashes for backslashes.
    let bytes: [UInt8]

    /// - Parameter text: not empty.
    init(_ text: UTF8Text) {
        var bytes = Array(text.utf8)
        if bytes.last != slash { bytes.append(slash) }
        self.bytes = bytes.map { $0 == backslash ? slash : $0 }
    }

    /// Whether ``joined(_:)`` makes something else of `rest` than one after the other.
    static func isAltered(_ rest: UnsafeBufferPointer<UInt8>) -> Bool {
        rest.first == slash || rest.contains(backslash)
    }

    /// Python's `os.path.join(prefix, rest).replace("\\", "/")`.
    func joined(_ rest: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let head = rest.first == slash ? [] : bytes
        return head + rest.map { $0 == backslash ? slash : $0 }
    }
}

private let slash = UInt8(ascii: "/")
private let backslash = UInt8(ascii: "\\")
