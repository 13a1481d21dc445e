// SPDX-License-Identifier: Apache-2.0
import InTotoMetadata

/// The artifacts of one list that no rule has taken yet, in the order of their names: one bit
/// each.
struct ArtifactQueue {
    private var words: [UInt64]
    /// How many are left.
    private(set) var count: Int
    /// How many of those taken out are noted in ``taken``.
    private var noted = 0
    private(set) var taken: [Int] = []

    init(count: Int) {
        words = [UInt64](repeating: .max, count: (count + 63) / 64)
        if count % 64 != 0 { words[count / 64] = 1 << UInt64(count % 64) - 1 }
        self.count = count
    }

    func contains(_ index: Int) -> Bool { words[index / 64] >> UInt64(index % 64) & 1 == 1 }

    /// Takes out those in `range` for which `isTaken` holds; it is asked in order.
    mutating func remove(in range: Range<Int>, where isTaken: (Int) -> Bool) {
        guard count > 0 else { return }
        for position in ArtifactQueue.words(of: range) {
            var removed: UInt64 = 0
            forEach(in: position, of: range) { bit in
                if isTaken(position * 64 + bit) { removed |= 1 << UInt64(bit) }
            }
            words[position] &= ~removed
            count -= removed.nonzeroBitCount
            if taken.count < noted && removed != 0 { note(removed, position) }
        }
    }

    /// From now on notes the first that are taken out, forgetting those noted before.
    mutating func note(upTo maximum: Int) {
        taken.removeAll()
        noted = maximum
    }

    private mutating func note(_ removed: UInt64, _ position: Int) {
        var word = removed
        while word != 0 && taken.count < noted {
            taken.append(position * 64 + word.trailingZeroBitCount)
            word &= word - 1
        }
    }

    /// The first of those left.
    func first(_ maximum: Int) -> [Int] {
        var found: [Int] = []
        for position in words.indices where words[position] != 0 {
            var word = words[position]
            while word != 0 {
                if found.count == maximum { return found }
                found.append(position * 64 + word.trailingZeroBitCount)
                word &= word - 1
            }
        }
        return found
    }

    /// Calls `body` with those left in `range`, in order.
    func forEach(in range: Range<Int>, _ body: (Int) -> Void) {
        guard count > 0 else { return }
        for position in ArtifactQueue.words(of: range) {
            forEach(in: position, of: range) { body(position * 64 + $0) }
        }
    }

    /// The words that hold a range's bits.
    private static func words(of range: Range<Int>) -> Range<Int> {
        range.isEmpty ? 0..<0 : range.lowerBound / 64..<(range.upperBound + 63) / 64
    }

    /// The bits of one word that are set and in `range`.
    private func forEach(in position: Int, of range: Range<Int>, _ body: (Int) -> Void) {
        var word = words[position]
        let first = position * 64
        if first < range.lowerBound { word &= .max << UInt64(range.lowerBound - first) }
        if first + 64 > range.upperBound {
            word &= 1 << UInt64(range.upperBound - first) - 1
        }
        while word != 0 {
            body(word.trailingZeroBitCount)
            word &= word - 1
        }
    }
}
