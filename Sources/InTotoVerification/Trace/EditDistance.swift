// SPDX-License-Identifier: Apache-2.0

/// How many bytes must be put in, taken out or replaced to make one name of another, as long as
/// that is few: work grows with the length of the names times the bound.
package struct EditDistance {
    private let maximum: Int

    /// - Parameter maximum: what is further apart is not measured.
    package init(maximum: Int) { self.maximum = maximum }

    /// - Returns: the distance; `nil` if it is more than ``maximum``.
    package func between(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>)
        -> Int?
    {
        guard abs(left.count - right.count) <= maximum else { return nil }
        let far = maximum + 1
        var row = (0...right.count).map { min($0, far) }
        for index in 0..<left.count {
            // Outside this band every distance is more than the bound.
            let low = max(0, index - maximum)
            let high = min(right.count, index + maximum + 1)
            var diagonal = row[low]
            row[low] = low == 0 ? min(index + 1, far) : far
            var best = row[low]
            for column in low..<high {
                // Beyond the band of the row before it is still what the first row had: far.
                let above = row[column + 1]
                let cost = left[index] == right[column] ? diagonal : diagonal + 1
                row[column + 1] = min(cost, above + 1, row[column] + 1, far)
                diagonal = above
                best = min(best, row[column + 1])
            }
            if best > maximum { return nil }
        }
        return row[right.count] <= maximum ? row[right.count] : nil
    }
}
