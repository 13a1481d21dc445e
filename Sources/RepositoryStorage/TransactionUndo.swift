// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// What to take back of a change that failed.
struct TransactionUndo: Sendable {
    /// New files: a folder, and the name below it.
    var files: [(base: String, name: UTF8Text)] = []
    /// What stood there before, such as metadata that a crash left behind. A copied file is
    /// named by the digest that it was checked against, so that one need not be kept.
    var replaced: [(path: String, bytes: [UInt8])] = []
    /// New folders, inner ones after those that they are in.
    var made: [String] = []
    /// Folders with new entries.
    var folders: Set<UTF8Text> = []

    /// Adds what another thread did.
    mutating func add(_ other: TransactionUndo) {
        files += other.files
        replaced += other.replaced
        made += other.made
        folders.formUnion(other.folders)
    }

    func run() {
        for (base, name) in files { unlink("\(base)/\(name)") }
        for (path, bytes) in replaced { try? FileSystem.write(bytes, to: path) }
        // One thread may have made a folder in another's.
        for folder in made.sorted(by: { $0.utf8.count > $1.utf8.count }) { rmdir(folder) }
    }
}
