// SPDX-License-Identifier: Apache-2.0

extension JSONDocument.Node {
    /// The bytes between the quotes of a string, as they stand there.
    @inline(__always)
    func raw(in input: UnsafePointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: input + Int(start), count: Int(end) - Int(start))
    }
}

/// Negative, zero or positive as `left` sorts before, with or after `right`, byte by byte.
@inline(__always)
package func compareBytes(
    _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>
) -> Int {
    let shared = min(left.count, right.count)
    guard shared > 0, let first = left.baseAddress, let second = right.baseAddress else {
        return left.count - right.count
    }
    var offset = 0
    while offset + 8 <= shared {
        let (one, other) = (word(first + offset), word(second + offset))
        if one != other { return one < other ? -1 : 1 }
        offset += 8
    }
    while offset < shared {
        if first[offset] != second[offset] { return first[offset] < second[offset] ? -1 : 1 }
        offset += 1
    }
    return left.count - right.count
}

/// Eight bytes as a number that compares as they do.
@inline(__always)
private func word(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
    UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self).bigEndian
}

/// Order of two keys by their decoded bytes: the canonical order.
@inline(__always)
func compareKeys(
    _ left: JSONDocument.Node, _ right: JSONDocument.Node, in input: UnsafePointer<UInt8>
) -> Int {
    if left.flags.union(right.flags).contains(.escaped) {
        return compareEscapedKeys(left, right, in: input)
    }
    return compareBytes(left.raw(in: input), right.raw(in: input))
}

@inline(never)
private func compareEscapedKeys(
    _ left: JSONDocument.Node, _ right: JSONDocument.Node, in input: UnsafePointer<UInt8>
) -> Int {
    decoded(left, in: input).withUnsafeBufferPointer { first in
        decoded(right, in: input).withUnsafeBufferPointer { compareBytes(first, $0) }
    }
}

/// Indices of the key nodes of an object, in canonical order.
func keysInOrder(
    of object: Int, nodes: UnsafePointer<JSONDocument.Node>, input: UnsafePointer<UInt8>
) -> [UInt32] {
    var keys: [UInt32] = []
    var isEscaped = false
    var key = object + 1
    while key < Int(nodes[object].next) {
        keys.append(UInt32(truncatingIfNeeded: key))
        isEscaped = isEscaped || nodes[key].flags.contains(.escaped)
        key = Int(nodes[key + 1].next)
    }
    if nodes[object].flags.contains(.sorted) { return keys }
    if isEscaped {
        // Escapes are resolved once, not in every comparison.
        let texts = keys.map { (key: $0, bytes: decoded(nodes[Int($0)], in: input)) }
        return texts.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.map(\.key)
    }
    return sorted(keys, nodes: nodes, input: input)
}

/// Keys without escapes, sorted.
///
/// Names in one object tend to begin alike, so each is first compared by the eight bytes that
/// follow what all of them share.
private func sorted(
    _ keys: [UInt32], nodes: UnsafePointer<JSONDocument.Node>, input: UnsafePointer<UInt8>
) -> [UInt32] {
    guard let first = keys.first else { return [] }
    let model = nodes[Int(first)].raw(in: input)
    var shared = model.count
    for key in keys.dropFirst() {
        let text = nodes[Int(key)].raw(in: input)
        shared = min(shared, text.count)
        var offset = 0
        while offset < shared, text[offset] == model[offset] { offset += 1 }
        shared = offset
    }
    var heads: [(head: UInt64, key: UInt32)] = []
    heads.reserveCapacity(keys.count)
    for key in keys {
        var head: UInt64 = 0
        let text = nodes[Int(key)].raw(in: input)
        for offset in shared..<shared + 8 {
            head = head << 8 | UInt64(offset < text.count ? text[offset] : 0)
        }
        heads.append((head, key))
    }
    heads.sort { left, right in
        if left.head != right.head { return left.head < right.head }
        return compareBytes(
            nodes[Int(left.key)].raw(in: input), nodes[Int(right.key)].raw(in: input)) < 0
    }
    return heads.map(\.key)
}

/// The node of a key that stands twice in an object that is not sorted, or `nil`.
func duplicateKey(
    of object: Int, nodes: UnsafePointer<JSONDocument.Node>, input: UnsafePointer<UInt8>
) -> Int? {
    if isSmallAndDistinct(object, nodes, input) { return nil }
    let keys = keysInOrder(of: object, nodes: nodes, input: input)
    for (left, right) in zip(keys, keys.dropFirst())
    where compareKeys(nodes[Int(left)], nodes[Int(right)], in: input) == 0 {
        return Int(max(left, right))
    }
    return nil
}

/// Compares each key with each where they are few, without making a list of them.
private func isSmallAndDistinct(
    _ object: Int, _ nodes: UnsafePointer<JSONDocument.Node>, _ input: UnsafePointer<UInt8>
) -> Bool {
    let end = Int(nodes[object].next)
    var count = 0
    var key = object + 1
    while key < end {
        count += 1
        if count > 12 || nodes[key].flags.contains(.escaped) { return false }
        var other = object + 1
        while other < key {
            if compareBytes(nodes[other].raw(in: input), nodes[key].raw(in: input)) == 0 {
                return false
            }
            other = Int(nodes[other + 1].next)
        }
        key = Int(nodes[key + 1].next)
    }
    return true
}
