// SPDX-License-Identifier: Apache-2.0

/// A view of one value that keeps nothing alive: valid inside the call that gave it, and only
/// there.
///
/// Who must look at each of a million entries does it through this, as every ``JSONValue`` and
/// ``UTF8Text`` costs counting and copying.
package struct BorrowedValue {
    @usableFromInline let nodes: UnsafePointer<JSONDocument.Node>
    @usableFromInline let input: UnsafePointer<UInt8>
    @usableFromInline let index: Int

    @inlinable @inline(__always)
    init(_ nodes: UnsafePointer<JSONDocument.Node>, _ input: UnsafePointer<UInt8>, _ index: Int) {
        self.nodes = nodes
        self.input = input
        self.index = index
    }

    @inlinable @inline(__always)
    package var kind: JSONKind { nodes[index].kind }

    /// Which value of its document it is, for ``JSONValue/init(at:of:)``.
    package var place: Int { index }

    /// Whether the keys of this object stand in canonical order.
    @inlinable @inline(__always)
    package var isSorted: Bool { nodes[index].flags.rawValue & 4 != 0 }

    /// The text of a string in which nothing is escaped; `nil` for any other value.
    @inlinable @inline(__always)
    package var plainText: UnsafeBufferPointer<UInt8>? {
        let node = nodes[index]
        guard node.kind == .string, node.flags.rawValue & 2 == 0 else { return nil }
        return UnsafeBufferPointer(
            start: input + Int(node.start), count: Int(node.end) - Int(node.start))
    }

    /// Where the text of a string stands in the document, without its quotes, if nothing in it is
    /// escaped; `nil` for any other value.
    @inlinable @inline(__always)
    package var plainRange: Range<UInt32>? {
        let node = nodes[index]
        guard node.kind == .string, node.flags.rawValue & 2 == 0 else { return nil }
        return Range(uncheckedBounds: (node.start, node.end))
    }

    /// The bytes of a string, escapes resolved; `nil` for any other value.
    package var text: [UInt8]? {
        kind == .string ? decoded(nodes[index], in: input) : nil
    }

    /// Negative, zero or positive as this string sorts before, with or after another one, of
    /// this document or a different one, by their decoded bytes.
    package func compareText(with other: BorrowedValue) -> Int {
        if let left = plainText, let right = other.plainText { return compareBytes(left, right) }
        return decoded(nodes[index], in: input).withUnsafeBufferPointer { left in
            decoded(other.nodes[other.index], in: other.input).withUnsafeBufferPointer { right in
                compareBytes(left, right)
            }
        }
    }

    /// An integer from 0 up, if it has at most 18 digits; `nil` for any other value.
    @inlinable @inline(__always)
    package var shortInteger: Int? {
        let node = nodes[index]
        guard node.kind == .integer, node.end - node.start <= 18 else { return nil }
        var value = 0
        for offset in Int(node.start)..<Int(node.end) {
            let digit = input[offset] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }

    /// The members of an object; none if it is something else.
    @inlinable @inline(__always)
    package var members: Members {
        let node = nodes[index]
        return Members(
            nodes, input, index + 1, end: node.kind == .object ? Int(node.next) : index)
    }

    package struct Members: Sequence, IteratorProtocol {
        @usableFromInline let nodes: UnsafePointer<JSONDocument.Node>
        @usableFromInline let input: UnsafePointer<UInt8>
        @usableFromInline var index: Int
        @usableFromInline let end: Int

        @inlinable @inline(__always)
        init(
            _ nodes: UnsafePointer<JSONDocument.Node>, _ input: UnsafePointer<UInt8>,
            _ index: Int, end: Int
        ) {
            self.nodes = nodes
            self.input = input
            self.index = index
            self.end = end
        }

        @inlinable @inline(__always)
        package mutating func next() -> (key: BorrowedValue, value: BorrowedValue)? {
            guard index < end else { return nil }
            let key = index
            index = Int(nodes[key + 1].next)
            return (BorrowedValue(nodes, input, key), BorrowedValue(nodes, input, key + 1))
        }
    }
}

extension JSONValue {
    /// Calls `body` with a view that must not outlive the call.
    package func borrowing<Result, Failure: Error>(
        _ body: (BorrowedValue) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let nodes = document.nodes
        let bytes = document.bytes
        return try nodes.withUnsafeBufferPointer { (nodes) throws(Failure) in
            try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in
                // A document that was parsed is not empty.
                try body(BorrowedValue(nodes.baseAddress!, bytes.baseAddress!, index))
            }
        }
    }

    /// The same value, to be kept.
    package init(_ borrowed: BorrowedValue, of document: JSONDocument) {
        self.init(document: document, index: borrowed.index)
    }

    /// The value that stood at ``BorrowedValue/place``.
    package init(at place: Int, of document: JSONDocument) {
        self.init(document: document, index: place)
    }
}
