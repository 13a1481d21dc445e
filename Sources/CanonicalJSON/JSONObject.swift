// SPDX-License-Identifier: Apache-2.0

/// A view of an object: members in the order of the document.
public struct JSONObject: Sendable, Sequence {
    /// The object as a value.
    public let value: JSONValue

    public struct Member: Sendable {
        public let key: UTF8Text
        public let value: JSONValue
    }

    public struct Iterator: IteratorProtocol {
        fileprivate let document: JSONDocument
        fileprivate var index: Int
        fileprivate let end: Int

        public mutating func next() -> Member? {
            guard index < end else { return nil }
            let key = document.text(of: document.nodes[index])
            let value = JSONValue(document: document, index: index + 1)
            index = Int(document.nodes[index + 1].next)
            return Member(key: key, value: value)
        }
    }

    public func makeIterator() -> Iterator {
        Iterator(
            document: value.document, index: value.index + 1,
            end: Int(value.document.nodes[value.index].next))
    }

    /// The member of this name, or `nil`. It looks at each name before it; where many members
    /// of a large object are wanted, ``MemberIndex`` finds them faster.
    public subscript(_ name: UTF8Text) -> JSONValue? {
        let found = value.borrowing { object in
            name.withBytes { wanted in
                for (key, member) in object.members where matches(key, wanted) {
                    return member.index
                }
                return -1
            }
        }
        return found < 0 ? nil : JSONValue(document: value.document, index: found)
    }

    @inline(__always)
    private func matches(_ key: BorrowedValue, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let text = key.plainText else {
            return decoded(key.nodes[key.index], in: key.input).elementsEqual(wanted)
        }
        return text.count == wanted.count && compareBytes(text, wanted) == 0
    }

    /// The member of this name. - Throws: ``JSONError/missing(path:)``.
    public func required(_ name: UTF8Text) throws(JSONError) -> JSONValue {
        if let value = self[name] { return value }
        throw .missing(path: value.index == 0 ? name.string : "\(value.path).\(name)")
    }

    /// The members whose names are not in `known`, as trees: what a rewrite must keep.
    public func others(than known: Set<UTF8Text>) -> [JSON.Member] {
        var result: [JSON.Member] = []
        for member in self where !known.contains(member.key) {
            result.append(JSON.Member(member.key, member.value.tree()))
        }
        return result
    }
}
