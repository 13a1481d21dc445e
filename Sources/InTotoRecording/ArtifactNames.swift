// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// Turns paths into the names that a link records.
struct ArtifactNames {
    private let prefixes: [[UInt8]]

    /// - Parameter lstripPaths: beginnings to take off; none may begin like another.
    init(lstripPaths: [String]) throws(RecordingError) {
        for (index, first) in lstripPaths.enumerated() {
            for second in lstripPaths[(index + 1)...]
            where first.utf8.starts(with: second.utf8) || second.utf8.starts(with: first.utf8) {
                throw .overlappingPrefixes(first, second)
            }
        }
        prefixes = lstripPaths.map { Array($0.utf8) }
    }

    /// Names the files of a list from `start` on.
    ///
    /// A backslash becomes a slash, as Python does on every system.
    ///
    /// - Parameter scheme: `file:` or nothing; goes before each name.
    func name(_ files: inout FileList, from start: Int, scheme: String) {
        for index in files.entries.indices[start...] {
            let path = files.entries[index].path
            var name = path
            if files.bytes[path].contains(UInt8(ascii: "\\")) {
                name = files.append(
                    files.bytes[path].map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 })
            }
            if let prefix = prefixes.first(where: { files.bytes[name].starts(with: $0) }) {
                name = name.dropFirst(prefix.count)
            }
            if !scheme.isEmpty { name = files.append(Array(scheme.utf8) + files.bytes[name]) }
            files.entries[index].name = name
        }
    }

    /// The name of a folder that is recorded as one artifact, as it was asked for.
    func name(ofFolder path: String) -> UTF8Text {
        var name = path.utf8.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }[...]
        if let prefix = prefixes.first(where: { name.starts(with: $0) }) {
            name = name.dropFirst(prefix.count)
        }
        return UTF8Text("dir:" + String(decoding: name, as: UTF8.self))
    }

    /// Sorts a list by name and leaves each file in it once.
    ///
    /// - Throws: `.collision`, `.nameEmpty`.
    func sort(_ files: inout FileList) throws(RecordingError) {
        let entries = files.bytes.withUnsafeBytes { bytes in
            files.entries.sorted { compare(bytes, $0.name, $1.name) < 0 }
        }
        var kept: [FileList.Entry] = []
        kept.reserveCapacity(entries.count)
        for entry in entries {
            if entry.name.isEmpty { throw .nameEmpty(path: files.shown(entry.path)) }
            guard let last = kept.last, isEqual(files, last.name, entry.name) else {
                kept.append(entry)
                continue
            }
            guard isEqual(files, last.path, entry.path) else {
                throw .collision(
                    name: files.shown(entry.name), first: files.shown(last.path),
                    second: files.shown(entry.path))
            }
        }
        files.entries = kept
    }

    /// - Throws: `.nameNotUTF8` for the first such name.
    static func checkUTF8(_ files: FileList) throws(RecordingError) {
        for entry in files.entries {
            let isPlain = files.bytes.withUnsafeBufferPointer { bytes in
                bytes[entry.name].allSatisfy { $0 < 0x80 }
            }
            if !isPlain, UTF8Text(validating: files.bytes[entry.name]) == nil {
                throw .nameNotUTF8(path: files.shown(entry.path))
            }
        }
    }

    private func isEqual(_ files: FileList, _ left: Range<Int>, _ right: Range<Int>) -> Bool {
        left.count == right.count
            && files.bytes.withUnsafeBytes { compare($0, left, right) } == 0
    }
}

private func compare(
    _ bytes: UnsafeRawBufferPointer, _ left: Range<Int>, _ right: Range<Int>
) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    let order = memcmp(
        base + left.lowerBound, base + right.lowerBound, min(left.count, right.count))
    return order != 0 ? Int(order) : left.count - right.count
}
