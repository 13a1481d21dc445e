// SPDX-License-Identifier: Apache-2.0

/// Files in memory by request path, never more than a number of bytes.
///
/// Two generations: what is asked for moves to the new one; when that has half the memory, the
/// old one is dropped and the new one becomes old. So the last used survive without a list to
/// keep in order.
package struct FileCache<File: Sendable> {
    private struct Entry {
        let file: File
        let cost: Int
    }

    private let maximumBytes: Int
    private var new: [PathKey: Entry] = [:]
    private var old: [PathKey: Entry] = [:]
    private var newBytes = 0
    private var oldBytes = 0

    package init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    /// Bytes of memory in use.
    package var bytes: Int { newBytes + oldBytes }

    /// The file kept for this path, if any.
    package mutating func file(_ key: PathKey) -> File? {
        if let entry = new[key] { return entry.file }
        guard let entry = old.removeValue(forKey: key) else { return nil }
        oldBytes -= entry.cost
        keep(entry, key)
        return entry.file
    }

    /// Keeps the file in place of what was kept for the path.
    ///
    /// - Parameter cost: bytes of memory; nothing is kept that takes more than half of all.
    package mutating func insert(_ file: File, _ key: PathKey, cost: Int) {
        remove(key)
        guard cost <= maximumBytes / 2 else { return }
        keep(Entry(file: file, cost: cost), key)
    }

    package mutating func remove(_ key: PathKey) {
        if let entry = new.removeValue(forKey: key) { newBytes -= entry.cost }
        if let entry = old.removeValue(forKey: key) { oldBytes -= entry.cost }
    }

    private mutating func keep(_ entry: Entry, _ key: PathKey) {
        if newBytes + entry.cost > maximumBytes / 2 {
            old = new
            oldBytes = newBytes
            new = [:]
            newBytes = 0
        }
        new[key] = entry
        newBytes += entry.cost
    }
}
