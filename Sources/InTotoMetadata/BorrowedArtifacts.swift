// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// A view of artifacts that keeps nothing alive: valid inside the call that gave it, and only
/// there.
package struct BorrowedArtifacts {
    let text: UnsafeBufferPointer<UInt8>
    let rows: UnsafeBufferPointer<ArtifactTable.Row>
    let digests: UnsafeBufferPointer<ArtifactTable.Digest>

    package var count: Int { rows.count }

    /// The bytes of a name.
    package func name(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        slice(rows[index].nameStart, rows[index].nameEnd)
    }

    /// Whether the digests of one artifact are those of another: the same algorithms, digit for
    /// digit.
    package func hasDigests(_ index: Int, of other: BorrowedArtifacts, _ otherIndex: Int) -> Bool {
        let left = rows[index]
        let right = other.rows[otherIndex]
        guard left.digestCount == right.digestCount else { return false }
        for offset in 0..<Int(left.digestCount) {
            let one = digests[Int(left.firstDigest) + offset]
            let two = other.digests[Int(right.firstDigest) + offset]
            guard one.hexEnd - one.hexStart == two.hexEnd - two.hexStart,
                one.algorithmEnd - one.algorithmStart == two.algorithmEnd - two.algorithmStart,
                compareBytes(
                    slice(one.hexStart, one.hexEnd), other.slice(two.hexStart, two.hexEnd)) == 0,
                compareBytes(
                    slice(one.algorithmStart, one.algorithmEnd),
                    other.slice(two.algorithmStart, two.algorithmEnd)) == 0
            else { return false }
        }
        return true
    }

    /// How many digests an artifact has.
    package func digestCount(_ index: Int) -> Int { Int(rows[index].digestCount) }

    /// One of them, in the order of the algorithms.
    package func digest(
        _ place: Int, of index: Int
    ) -> (algorithm: UnsafeBufferPointer<UInt8>, hex: UnsafeBufferPointer<UInt8>) {
        let digest = digests[Int(rows[index].firstDigest) + place]
        return (
            slice(digest.algorithmStart, digest.algorithmEnd),
            slice(digest.hexStart, digest.hexEnd)
        )
    }

    /// Whether one of the digests of an artifact, whatever its algorithm, has these digits.
    package func hasDigest(_ index: Int, _ hex: UnsafeBufferPointer<UInt8>) -> Bool {
        let first = Int(rows[index].firstDigest)
        return (first..<first + Int(rows[index].digestCount)).contains { place in
            let digest = digests[place]
            return Int(digest.hexEnd - digest.hexStart) == hex.count
                && compareBytes(slice(digest.hexStart, digest.hexEnd), hex) == 0
        }
    }

    /// The artifact of this name.
    package func index(of name: UnsafeBufferPointer<UInt8>) -> Int? {
        let found = index(notBefore: name, in: 0..<count)
        return found < count && compareBytes(self.name(found), name) == 0 ? found : nil
    }

    /// The first artifact in `range` whose name does not sort before `name`, or its end.
    package func index(
        notBefore name: UnsafeBufferPointer<UInt8>, in range: Range<Int>
    ) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if compareBytes(self.name(middle), name) < 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The artifacts whose names begin with `prefix`.
    package func range(of prefix: UnsafeBufferPointer<UInt8>) -> Range<Int> {
        if prefix.isEmpty { return 0..<count }
        let start = index(notBefore: prefix, in: 0..<count)
        var (low, high) = (start, count)
        while low < high {
            let middle = (low + high) / 2
            let name = name(middle)
            let head = UnsafeBufferPointer(rebasing: name[..<min(name.count, prefix.count)])
            if compareBytes(head, prefix) == 0 { low = middle + 1 } else { high = middle }
        }
        return start..<low
    }

    /// The first artifact, by name, that is not the same in both, and in which of them it is.
    func firstDifference(from other: BorrowedArtifacts) -> (index: Int, isOther: Bool)? {
        for index in 0..<min(count, other.count) {
            let order = compareBytes(name(index), other.name(index))
            if order != 0 { return (index, order > 0) }
            if !hasDigests(index, of: other, index) { return (index, false) }
        }
        if count == other.count { return nil }
        return (min(count, other.count), count < other.count)
    }

    @inline(__always)
    private func slice(_ start: UInt32, _ end: UInt32) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: text[Int(start)..<Int(end)])
    }
}
