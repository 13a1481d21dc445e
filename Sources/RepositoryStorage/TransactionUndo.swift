// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// What to take back of a change that failed.
struct TransactionUndo: Sendable {
    /// New files: numbers of them in a part of the change.
    private var files: [(part: Int, numbers: Range<Int>)] = []
    /// What stood there before, such as metadata that a crash left behind. A copied file is
    /// named by the digest that it was checked against, so that one need not be kept.
    var replaced: [(path: String, bytes: [UInt8])] = []
    /// New folders, inner ones after those that they are in.
    var made: [String] = []
    /// Folders with new entries.
    var folders: Set<UTF8Text> = []

    /// Notes a new file; mostly the one before was its neighbour.
    mutating func note(_ number: Int, of part: Int) {
        if let last = files.indices.last, files[last].part == part,
            files[last].numbers.upperBound == number
        {
            files[last].numbers = files[last].numbers.lowerBound..<number + 1
        } else {
            files.append((part, number..<number + 1))
        }
    }

    /// Adds what another thread did.
    mutating func add(_ other: TransactionUndo) {
        files += other.files
        replaced += other.replaced
        made += other.made
        folders.formUnion(other.folders)
    }

    /// - Parameter parts: the new files that were to be written.
    func run(_ parts: [TransactionPart]) {
        for (part, numbers) in files {
            for number in numbers { unlink(parts[part].path(of: number)) }
        }
        for (path, bytes) in replaced { try? FileSystem.write(bytes, to: path) }
        // One thread may have made a folder in another's.
        for folder in made.sorted(by: { $0.utf8.count > $1.utf8.count }) { rmdir(folder) }
    }
}
