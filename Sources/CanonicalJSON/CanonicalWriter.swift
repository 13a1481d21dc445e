// SPDX-License-Identifier: Apache-2.0

/// Writes nodes of a document in canonical form without building a tree.
struct CanonicalWriter {
    private let nodes: UnsafePointer<JSONDocument.Node>
    private let input: UnsafePointer<UInt8>
    private let output: UnsafeMutableBufferPointer<UInt8>
    private var used = 0

    /// The canonical form of `value`, which is never longer than the value as received: escapes
    /// shrink or stay, `-0` and white space shrink, all else is copied.
    static func bytes(of value: JSONValue) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: value.range.count) { output, count in
            count = value.borrowing { borrowed in
                var writer = CanonicalWriter(borrowed, into: output)
                writer.write(borrowed.index)
                return writer.used
            }
        }
    }

    private init(_ value: BorrowedValue, into output: UnsafeMutableBufferPointer<UInt8>) {
        nodes = value.nodes
        input = value.input
        self.output = output
    }

    private mutating func write(_ index: Int) {
        let node = nodes[index]
        if node.flags.contains(.canonical) {
            let inset: UInt32 = node.kind == .string ? 1 : 0
            return copy(from: Int(node.start - inset), to: Int(node.end + inset))
        }
        switch node.kind {
        case .object: writeMembers(index, node)
        case .array:
            put(UInt8(ascii: "["))
            var child = index + 1
            while child < Int(node.next) {
                if child > index + 1 { put(UInt8(ascii: ",")) }
                write(child)
                child = Int(nodes[child].next)
            }
            put(UInt8(ascii: "]"))
        case .string: writeText(node)
        // Of numbers only "-0" is not canonical as it stands.
        case .integer: put(UInt8(ascii: "0"))
        case .boolean, .null: copy(from: Int(node.start), to: Int(node.end))
        }
    }

    private mutating func writeMembers(_ index: Int, _ node: JSONDocument.Node) {
        put(UInt8(ascii: "{"))
        if node.flags.contains(.sorted) {
            var key = index + 1
            while key < Int(node.next) {
                if key > index + 1 { put(UInt8(ascii: ",")) }
                writeMember(key)
                key = Int(nodes[key + 1].next)
            }
        } else {
            var isFirst = true
            for key in keysInOrder(of: index, nodes: nodes, input: input) {
                if !isFirst { put(UInt8(ascii: ",")) }
                isFirst = false
                writeMember(Int(key))
            }
        }
        put(UInt8(ascii: "}"))
    }

    private mutating func writeMember(_ key: Int) {
        write(key)
        put(UInt8(ascii: ":"))
        write(key + 1)
    }

    private mutating func writeText(_ node: JSONDocument.Node) {
        put(UInt8(ascii: "\""))
        for byte in decoded(node, in: input) {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                put(UInt8(ascii: "\\"))
            }
            put(byte)
        }
        put(UInt8(ascii: "\""))
    }

    private mutating func put(_ byte: UInt8) {
        precondition(used < output.count, "the canonical form is longer than the input")
        output[used] = byte
        used += 1
    }

    private mutating func copy(from start: Int, to end: Int) {
        let count = end - start
        precondition(count <= output.count - used, "the canonical form is longer than the input")
        output.baseAddress?.advanced(by: used).update(from: input + start, count: count)
        used += count
    }
}
