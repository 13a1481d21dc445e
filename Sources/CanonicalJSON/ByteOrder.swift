// SPDX-License-Identifier: Apache-2.0

/// The numbers of these texts in the order of their bytes; equal ones stay in their own order.
///
/// Very many texts are sorted without being moved, and mostly without being read twice: names in
/// one list tend to begin alike, so each is first compared by the eight bytes that follow what all
/// of them share.
package func numbersInByteOrder(_ texts: [UTF8Text]) -> [Int] {
    var bytes: [UInt8] = []
    var ends: [Int] = []
    ends.reserveCapacity(texts.count)
    for text in texts {
        text.withBytes { bytes.append(contentsOf: $0) }
        ends.append(bytes.count)
    }
    return bytes.withUnsafeBufferPointer { bytes in
        let text = { (number: Int) in
            let start = number == 0 ? 0 : ends[number - 1]
            return UnsafeBufferPointer(rebasing: bytes[start..<ends[number]])
        }
        let shared = sharedCount(ends.count, text)
        var heads: [(head: UInt64, number: Int)] = []
        heads.reserveCapacity(ends.count)
        for number in ends.indices {
            let text = text(number)
            var head: UInt64 = 0
            for offset in shared..<shared + 8 {
                head = head << 8 | UInt64(offset < text.count ? text[offset] : 0)
            }
            heads.append((head, number))
        }
        heads.sort { left, right in
            if left.head != right.head { return left.head < right.head }
            let order = compareBytes(text(left.number), text(right.number))
            return order == 0 ? left.number < right.number : order < 0
        }
        return heads.map(\.number)
    }
}

/// Number of bytes with which all of them begin.
private func sharedCount(_ count: Int, _ text: (Int) -> UnsafeBufferPointer<UInt8>) -> Int {
    guard count > 0 else { return 0 }
    let model = text(0)
    var shared = model.count
    for number in 1..<max(1, count) {
        let other = text(number)
        shared = min(shared, other.count)
        var offset = 0
        while offset < shared, other[offset] == model[offset] { offset += 1 }
        shared = offset
    }
    return shared
}
