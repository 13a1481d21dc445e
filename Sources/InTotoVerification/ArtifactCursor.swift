// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// Looks names up in a sorted list, one after the other in the same order: two lists are merged
/// in steps that grow with the gaps, not by a search of the whole for each name.
struct ArtifactCursor {
    private let artifacts: BorrowedArtifacts
    /// How many bytes the names of the list have before the part that is looked up.
    private let skipped: Int
    private var next: Int
    private let end: Int

    /// - Parameter prefix: what goes before each name that is looked up.
    init(_ artifacts: BorrowedArtifacts, prefix: [UInt8] = []) {
        self.artifacts = artifacts
        skipped = prefix.count
        let range = prefix.withUnsafeBufferPointer { artifacts.range(of: $0) }
        next = range.lowerBound
        end = range.upperBound
    }

    /// The artifact of this name, which sorts after those looked up before.
    ///
    /// - Parameter steps: raised by the number of comparisons.
    mutating func index(of name: UnsafeBufferPointer<UInt8>, steps: inout Int) -> Int? {
        var low = next
        var high = next
        var stride = 1
        // Twice as far each time, until the name cannot lie further on.
        while high < end {
            let order = compare(high, name, &steps)
            if order == 0 { return found(high) }
            if order > 0 { break }
            low = high + 1
            high = min(end, low + stride)
            stride *= 2
        }
        while low < high {
            let middle = (low + high) / 2
            let order = compare(middle, name, &steps)
            if order == 0 { return found(middle) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        next = low
        return nil
    }

    private mutating func found(_ index: Int) -> Int {
        next = index + 1
        return index
    }

    private func compare(
        _ index: Int, _ name: UnsafeBufferPointer<UInt8>, _ steps: inout Int
    ) -> Int {
        steps += 1
        let own = artifacts.name(index)
        return compareBytes(UnsafeBufferPointer(rebasing: own[skipped...]), name)
    }
}
