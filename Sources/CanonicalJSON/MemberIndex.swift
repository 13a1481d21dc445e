// SPDX-License-Identifier: Apache-2.0

/// Finds members of a large object by halving: four bytes a member.
package struct MemberIndex: Sendable {
    package let object: JSONObject
    /// Nodes of the keys, in canonical order.
    private let keys: [UInt32]

    /// Lists the members of `object` and shows each to `visit` on the way, in the order of the
    /// document.
    package init<Failure: Error>(
        _ object: JSONObject,
        visiting visit: (BorrowedValue, BorrowedValue) throws(Failure) -> Void
    ) throws(Failure) {
        self.object = object
        keys = try object.value.borrowing { (value) throws(Failure) in
            let isSorted = value.nodes[value.index].flags.contains(.sorted)
            var keys: [UInt32] = []
            for (key, member) in value.members {
                if isSorted { keys.append(UInt32(truncatingIfNeeded: key.index)) }
                try visit(key, member)
            }
            return isSorted
                ? keys : keysInOrder(of: value.index, nodes: value.nodes, input: value.input)
        }
    }

    package var count: Int { keys.count }

    /// The member of this name, or `nil`.
    package subscript(_ name: UTF8Text) -> JSONValue? {
        let found = object.value.borrowing { value in
            name.withBytes { place(of: $0, value.nodes, value.input) }
        }
        guard let found else { return nil }
        return JSONValue(document: object.value.document, index: Int(keys[found]) + 1)
    }

    /// The member at a place in canonical order.
    package func member(at place: Int) -> JSONObject.Member {
        let document = object.value.document
        let key = Int(keys[place])
        return JSONObject.Member(
            key: document.text(of: document.nodes[key]),
            value: JSONValue(document: document, index: key + 1))
    }

    /// Calls `body` with a view of all members that must not outlive the call.
    package func borrowing<Result, Failure: Error>(
        _ body: (BorrowedMembers) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try object.value.borrowing { (value) throws(Failure) in
            try keys.withUnsafeBufferPointer { (keys) throws(Failure) in
                try body(BorrowedMembers(value: value, keys: keys))
            }
        }
    }

    private func place(
        of name: UnsafeBufferPointer<UInt8>, _ nodes: UnsafePointer<JSONDocument.Node>,
        _ input: UnsafePointer<UInt8>
    ) -> Int? {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            let order = compare(nodes[Int(keys[middle])], name, input)
            if order == 0 { return middle }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    private func compare(
        _ node: JSONDocument.Node, _ name: UnsafeBufferPointer<UInt8>,
        _ input: UnsafePointer<UInt8>
    ) -> Int {
        if node.flags.contains(.escaped) {
            return decoded(node, in: input).withUnsafeBufferPointer { compareBytes($0, name) }
        }
        return compareBytes(node.raw(in: input), name)
    }
}

/// The members of an object in canonical order, in place.
package struct BorrowedMembers {
    fileprivate let value: BorrowedValue
    fileprivate let keys: UnsafeBufferPointer<UInt32>

    package var count: Int { keys.count }

    package func key(_ place: Int) -> BorrowedValue {
        BorrowedValue(value.nodes, value.input, Int(keys[place]))
    }

    package func value(_ place: Int) -> BorrowedValue {
        BorrowedValue(value.nodes, value.input, Int(keys[place]) + 1)
    }
}
