// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// The target files that a change lists in a role, or with `nil` lists no more, by path.
///
/// They are kept in order, as they will be written: most come in order.
struct FileChanges: Sendable {
    private(set) var all: [(path: UTF8Text, file: ListedFile?)] = []

    var isEmpty: Bool { all.isEmpty }

    /// About how many bytes they take in canonical form.
    var canonicalSize: Int { all.reduce(0) { $0 + $1.path.count + 110 } }

    /// Adds the canonical form of those that are listed, as members of an object.
    func writeCanonical(to output: inout [UInt8]) {
        var isFirst = true
        for number in all.indices where all[number].file != nil {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            DocumentFrame.writeKey(all[number].path, to: &output)
            all[number].file?.writeCanonical(to: &output)
        }
    }

    /// What is changed at a path; `nil` if nothing is.
    subscript(path: UTF8Text) -> ListedFile?? {
        let place = place(of: path)
        return place < all.count && all[place].path == path ? .some(all[place].file) : nil
    }

    mutating func set(_ file: ListedFile?, at path: UTF8Text) {
        let place = place(of: path)
        if place < all.count, all[place].path == path {
            all[place].file = file
        } else {
            all.insert((path, file), at: place)
        }
    }

    /// Lists many files, which are in order; of two with one path the last counts.
    ///
    /// - Parameter areDistinct: whether no path is there twice.
    mutating func list(_ files: [(path: UTF8Text, file: ListedFile?)], _ areDistinct: Bool) {
        if all.isEmpty && areDistinct {
            all = files
            return
        }
        let old = all
        all = []
        all.reserveCapacity(old.count + files.count)
        var rest = old[...]
        for file in files {
            while let first = rest.first, first.path < file.path {
                all.append(first)
                rest.removeFirst()
            }
            if let first = rest.first, first.path == file.path { rest.removeFirst() }
            if all.last?.path == file.path { all.removeLast() }
            all.append(file)
        }
        all += rest
    }

    /// Where a path is, or would be.
    private func place(of path: UTF8Text) -> Int {
        guard let last = all.last, !(last.path < path) else { return all.count }
        var range = 0..<all.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if all[middle].path < path {
                range = middle + 1..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return range.lowerBound
    }
}
