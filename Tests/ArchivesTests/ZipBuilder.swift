// SPDX-License-Identifier: Apache-2.0

/// One entry of a zip archive; what is not set is what it should be.
struct ZipEntry {
    var name: [UInt8]
    var content: [UInt8]
    var method = 0
    /// What stands in the file; the content itself if `nil`.
    var packed: [UInt8]?
    var flags = 0x800
    var host = 3
    var mode = 0o100644
    var extra: [UInt8] = []
    var localExtra: [UInt8]?
    var localName: [UInt8]?
    var localFlags: Int?
    var localMethod: Int?
    var localBytes: Int?
    var crc: UInt32?
    var localCRC: UInt32?
    var bytes: Int?
    var packedBytes: Int?
    var place: Int?
    /// What stands after the data.
    var descriptor: [UInt8] = []

    init(_ name: String, _ content: String = "") {
        self.name = Array(name.utf8)
        self.content = Array(content.utf8)
    }
}

/// Makes zip archives, also such as no tool would.
struct ZipBuilder {
    var entries: [ZipEntry] = []
    /// Before the first entry, and between the last one and the directory.
    var prefix: [UInt8] = []
    var gap: [UInt8] = []
    var comment: [UInt8] = []
    var statedEntries: Int?
    var statedStart: Int?
    var disk = 0
    var isLarge = false

    static func archive(_ build: (inout ZipBuilder) -> Void) -> [UInt8] {
        var builder = ZipBuilder()
        build(&builder)
        return builder.bytes
    }

    mutating func add(
        _ name: String, _ content: String = "", _ change: (inout ZipEntry) -> Void = { _ in }
    ) {
        var entry = ZipEntry(name, content)
        change(&entry)
        entries.append(entry)
    }

    var bytes: [UInt8] {
        var bytes = prefix
        var directory: [UInt8] = []
        for entry in entries {
            let place = bytes.count
            let data = entry.packed ?? entry.content
            let crc = entry.crc ?? ZipBuilder.crc(entry.content)
            let localName = entry.localName ?? entry.name
            let localExtra = entry.localExtra ?? entry.extra
            let packedBytes = entry.packedBytes ?? data.count
            let count = entry.bytes ?? entry.content.count
            bytes += number(0x0403_4B50, 4) + number(20, 2)
            bytes += number(entry.localFlags ?? entry.flags, 2)
            bytes += number(entry.localMethod ?? entry.method, 2) + number(0, 4)
            bytes += number(Int(entry.localCRC ?? crc), 4) + number(packedBytes, 4)
            bytes += number(entry.localBytes ?? count, 4)
            bytes += number(localName.count, 2) + number(localExtra.count, 2)
            bytes += localName + localExtra + data + entry.descriptor
            directory += number(0x0201_4B50, 4) + number(entry.host << 8 | 20, 2) + number(20, 2)
            directory += number(entry.flags, 2) + number(entry.method, 2) + number(0, 4)
            directory += number(Int(crc), 4) + number(packedBytes, 4) + number(count, 4)
            directory += number(entry.name.count, 2) + number(entry.extra.count, 2)
            directory += number(0, 2) + number(0, 2) + number(0, 2) + number(entry.mode << 16, 4)
            directory += number(entry.place ?? place, 4) + entry.name + entry.extra
        }
        bytes += gap
        let start = bytes.count
        bytes += directory
        let count = statedEntries ?? entries.count
        if isLarge {
            let record = bytes.count
            bytes += number(0x0606_4B50, 4) + number(44, 8) + number(45, 2) + number(45, 2)
            bytes += number(0, 4) + number(0, 4) + number(count, 8) + number(count, 8)
            bytes += number(directory.count, 8) + number(statedStart ?? start, 8)
            bytes += number(0x0706_4B50, 4) + number(0, 4) + number(record, 8) + number(1, 4)
        }
        bytes += number(0x0605_4B50, 4) + number(disk, 2) + number(disk, 2)
        bytes += number(isLarge ? 0xFFFF : count, 2) + number(isLarge ? 0xFFFF : count, 2)
        bytes += number(isLarge ? 0xFFFF_FFFF : directory.count, 4)
        bytes += number(isLarge ? 0xFFFF_FFFF : statedStart ?? start, 4)
        return bytes + number(comment.count, 2) + comment
    }

    /// The CRC-32, bit by bit.
    static func crc(_ bytes: [UInt8]) -> UInt32 {
        var state: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            state ^= UInt32(byte)
            for _ in 0..<8 { state = state & 1 == 0 ? state >> 1 : state >> 1 ^ 0xEDB8_8320 }
        }
        return ~state
    }
}

/// A number in so many bytes, the lowest first.
func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
