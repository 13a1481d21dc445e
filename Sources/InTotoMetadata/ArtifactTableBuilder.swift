// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

extension ArtifactTable {
    /// Makes a table with bytes of its own.
    package struct Builder: ~Copyable {
        private var text: [UInt8] = []
        private var rows: [Row] = []
        private var digests: [Digest] = []
        /// Where the algorithms stand that were named so far, the first few of them.
        private var algorithms: [Range<Int>] = []
        private var isSorted = true

        /// - Parameters:
        ///   - artifacts: how many will come.
        ///   - bytes: how long names and digests will be together, about.
        package init(artifacts: Int = 0, bytes: Int = 0) {
            rows.reserveCapacity(artifacts)
            digests.reserveCapacity(artifacts)
            text.reserveCapacity(bytes)
        }

        /// Begins an artifact, with a name that no other one has.
        package mutating func beginArtifact(_ name: UnsafeBufferPointer<UInt8>) {
            if isSorted, let last = rows.last {
                isSorted = text.withUnsafeBufferPointer { text in
                    let last = UnsafeBufferPointer(
                        rebasing: text[Int(last.nameStart)..<Int(last.nameEnd)])
                    return compareBytes(last, name) < 0
                }
            }
            let place = append(name)
            rows.append(
                Row(
                    nameStart: place.start, nameEnd: place.end,
                    firstDigest: UInt32(digests.count), digestCount: 0))
        }

        /// Adds a digest of the artifact begun last; to be called in the order of algorithms.
        package mutating func addDigest(
            _ algorithm: UnsafeBufferPointer<UInt8>, _ hex: UnsafeBufferPointer<UInt8>
        ) {
            let named = place(ofAlgorithm: algorithm)
            let place = append(hex)
            digests.append(
                Digest(
                    algorithmStart: UInt32(named.lowerBound),
                    algorithmEnd: UInt32(named.upperBound), hexStart: place.start,
                    hexEnd: place.end))
            guard let row = rows.popLast() else { return }
            rows.append(
                Row(
                    nameStart: row.nameStart, nameEnd: row.nameEnd,
                    firstDigest: row.firstDigest, digestCount: row.digestCount + 1))
        }

        private mutating func place(
            ofAlgorithm algorithm: UnsafeBufferPointer<UInt8>
        ) -> Range<Int> {
            let known = text.withUnsafeBufferPointer { text in
                algorithms.first { place in
                    place.count == algorithm.count
                        && compareBytes(
                            UnsafeBufferPointer(rebasing: text[place]), algorithm) == 0
                }
            }
            if let known { return known }
            let place = append(algorithm)
            let range = Int(place.start)..<Int(place.end)
            if algorithms.count < 8 { algorithms.append(range) }
            return range
        }

        /// - Precondition: all texts together are shorter than 4 GiB.
        private mutating func append(
            _ bytes: UnsafeBufferPointer<UInt8>
        ) -> (start: UInt32, end: UInt32) {
            let start = UInt32(text.count)
            text.append(contentsOf: bytes)
            return (start, UInt32(text.count))
        }

        consuming func finish() -> ArtifactTable {
            if !isSorted {
                let text = text
                rows.sort { left, right in
                    text.withUnsafeBufferPointer { text in
                        compareBytes(
                            UnsafeBufferPointer(
                                rebasing: text[Int(left.nameStart)..<Int(left.nameEnd)]),
                            UnsafeBufferPointer(
                                rebasing: text[Int(right.nameStart)..<Int(right.nameEnd)])) < 0
                    }
                }
            }
            return ArtifactTable(text: text, rows: rows, digests: digests)
        }
    }
}
