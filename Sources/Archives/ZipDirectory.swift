// SPDX-License-Identifier: Apache-2.0

/// Where a zip archive's central directory is (APPNOTE 6.3.10 §4.3.14 to §4.3.16).
///
/// Stricter than readers usually are: the end record is the last thing in the file, what it says
/// lies right before it, and each number that is said twice is the same.
struct ZipDirectory {
    static let all16 = 0xFFFF
    static let all32 = 0xFFFF_FFFF

    let entries: Int
    let start: Int
    let end: Int

    /// - Throws: `.archive(.zip, …)`.
    init(_ file: ArchiveFile) throws(ArchiveError) {
        let (record, place) = try ZipDirectory.endRecord(file)
        var fields = LittleEndianReader(record, at: 4)
        guard let disk = fields.number(2), let firstDisk = fields.number(2),
            let entriesHere = fields.number(2), let entries = fields.number(2),
            let bytes = fields.number(4), let start = fields.number(4)
        else { throw .archive(.zip, .truncated) }
        guard disk == 0 || disk == ZipDirectory.all16, firstDisk == disk else {
            throw .archive(.zip, .unsupported("an archive in several parts"))
        }
        let large = try ZipDirectory.largeRecord(file, before: place)
        if let large {
            try ZipDirectory.expectSame(entries, large.entries, ZipDirectory.all16, "entries")
            try ZipDirectory.expectSame(entriesHere, large.entries, ZipDirectory.all16, "entries")
            try ZipDirectory.expectSame(bytes, large.bytes, ZipDirectory.all32, "directory size")
            try ZipDirectory.expectSame(start, large.start, ZipDirectory.all32, "directory place")
        } else {
            guard disk == 0, entriesHere == entries else {
                throw .archive(.zip, .disagreement("entries"))
            }
        }
        self.entries = large?.entries ?? entries
        self.start = large?.start ?? start
        end = large?.place ?? place
        let size = large?.bytes ?? bytes
        guard self.start <= end, size == end - self.start else {
            // Something before the archive, or between its directory and its end.
            throw .archive(.zip, .strayBytes)
        }
    }

    private static func expectSame(
        _ small: Int, _ large: Int, _ all: Int, _ what: String
    ) throws(ArchiveError) {
        guard small == all || small == large else { throw .archive(.zip, .disagreement(what)) }
    }

    /// The last end record in the file and where it is.
    private static func endRecord(
        _ file: ArchiveFile
    ) throws(ArchiveError) -> (record: [UInt8], place: Int) {
        let count = min(file.size, 22 + all16)
        let tail = try file.bytes(at: file.size - count, count: count) ?? []
        let signature: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
        var index = tail.count - 22
        while index >= 0 {
            if tail[index] == signature[0], tail[index..<(index + 4)].elementsEqual(signature) {
                var comment = LittleEndianReader(tail, at: index + 20)
                guard comment.number(2) == tail.count - index - 22 else {
                    throw .archive(.zip, .strayBytes)
                }
                return (Array(tail[index..<(index + 22)]), file.size - count + index)
            }
            index -= 1
        }
        let begins = try file.bytes(at: 0, count: 4) == [0x50, 0x4B, 0x03, 0x04]
        throw .archive(.zip, begins ? .truncated : .otherFormat)
    }

    private struct Large {
        let entries: Int
        let bytes: Int
        let start: Int
        /// Where the record itself is.
        let place: Int
    }

    /// The record of an archive that needs 64-bit numbers, if there is one.
    private static func largeRecord(
        _ file: ArchiveFile, before end: Int
    ) throws(ArchiveError) -> Large? {
        guard let locator = try file.bytes(at: end - 20, count: 20),
            locator.starts(with: [0x50, 0x4B, 0x06, 0x07])
        else { return nil }
        var fields = LittleEndianReader(locator, at: 4)
        guard fields.number(4) == 0, let place = fields.number(8), fields.number(4) == 1 else {
            throw .archive(.zip, .field("zip64 locator"))
        }
        // Right before the locator, without what else it may hold.
        guard place == end - 20 - 56, let record = try file.bytes(at: place, count: 56) else {
            throw .archive(.zip, .strayBytes)
        }
        fields = LittleEndianReader(record)
        guard fields.number(4) == 0x0606_4B50, fields.number(8) == 44,
            fields.number(4) != nil, fields.number(4) == 0, fields.number(4) == 0,
            let entriesHere = fields.number(8), let entries = fields.number(8),
            let bytes = fields.number(8), let start = fields.number(8), entriesHere == entries
        else { throw .archive(.zip, .field("zip64 end record")) }
        return Large(entries: entries, bytes: bytes, start: start, place: place)
    }
}
