// SPDX-License-Identifier: Apache-2.0

/// Finds things by their hash that stand in a list elsewhere: eight bytes a thing, or sixteen.
///
/// A dictionary of names would have each name once more.
struct PlaceTable: Sendable {
    /// The place, counted from 1, in the lower half, and in the upper one the upper half of the
    /// hash; 0 for none. Their number is a power of two, and at most two thirds are taken.
    private var slots: [UInt64] = []
    private var count = 0

    /// The place that has this hash and is the right one.
    func place(_ hash: Int, _ isRight: (Int) -> Bool) -> Int? {
        guard !slots.isEmpty else { return nil }
        var slot = hash & (slots.count - 1)
        while slots[slot] != 0 {
            if slots[slot] >> 32 == PlaceTable.tag(hash) {
                let place = Int(slots[slot] & 0xFFFF_FFFF) - 1
                if isRight(place) { return place }
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Adds a place that is not there.
    ///
    /// - Parameter hashOf: gives the hashes of those that were added before.
    mutating func add(_ place: Int, _ hash: Int, _ hashOf: (Int) -> Int) {
        reserve(count + 1, hashOf)
        insert(place, hash)
        count += 1
    }

    /// Makes room for so many in all.
    mutating func reserve(_ wanted: Int, _ hashOf: (Int) -> Int) {
        guard wanted * 3 > slots.count * 2 else { return }
        var size = max(16, slots.count)
        while wanted * 3 > size * 2 { size *= 2 }
        let old = slots
        slots = [UInt64](repeating: 0, count: size)
        for slot in old where slot != 0 {
            let place = Int(slot & 0xFFFF_FFFF) - 1
            insert(place, hashOf(place))
        }
    }

    private mutating func insert(_ place: Int, _ hash: Int) {
        precondition(place < 0xFFFF_FFFF, "more files than there can be")
        var slot = hash & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = PlaceTable.tag(hash) << 32 | UInt64(place + 1)
    }

    private static func tag(_ hash: Int) -> UInt64 { UInt64(UInt(bitPattern: hash)) >> 32 }
}
